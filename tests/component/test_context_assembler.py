"""`core.snapshot`: a session under a `temp:` key, for other services."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from trio.testing import wait_all_tasks_blocked

from gamestate.contract.state import Session
from gamestate.game.context_assembler import ContextAssembler
from gamestate.game.message_result import MessageResult
from gamestate.modules.core.module import NoSessionError
from persistence.errors import FencedOutError, HotStoreUnavailableError
from persistence.hot import keys
from tests.support.game import Server, World, eventually
from tests.support.modules.probe import ProbeModule


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def snapshot(server: Server, hero: int, module: str) -> MessageResult:
    return await server.send(hero, "core.snapshot", module=module)


def read(world: World, key: str) -> Any:
    """What another service reads."""
    value = world.hot.snapshot(key.encode())
    return value and orjson.loads(value)


async def test_the_snapshot_is_of_the_live_session(world: World, server: Server) -> None:
    hero = await server.character()
    granted = await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    [item] = granted.reply["items"]
    receipt = await snapshot(server, hero, "inventory")
    assert (receipt.version, receipt.reply["expires_in_s"]) == (2, keys.TEMP_TTL_S)
    key = receipt.reply["key"]
    assert key.startswith("temp:inventory:")
    assert world.hot.ttl_s(key.encode()) == pytest.approx(keys.TEMP_TTL_S)
    assert read(world, key) == {
        "char_id": hero,
        "items": [[item["item_id"], "acid", 5, None, 0, None, None, 1]],
        "state": None,
        "state_schema": 1,
        "document": None,
    }


async def test_each_snapshot_has_a_key_of_its_own(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.view")
    keys_ = {(await snapshot(server, hero, "inventory")).reply["key"] for _ in range(3)}
    assert len(keys_) == 3


async def test_a_session_that_is_not_loaded_is_loaded_first(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    await server.login(hero)
    found = read(world, (await snapshot(server, hero, "inventory")).reply["key"])
    assert [row[1:3] for row in found["items"]] == [["acid", 5]]


async def test_a_document_comes_with_the_id_of_its_session(world: World) -> None:
    assembler = ContextAssembler(world.hot, {"probe": ProbeModule()})
    session = Session("5f0c", 0.0, True, 1, "ä")
    found = read(world, await assembler.put("probe", 7, session))
    assert (found["char_id"], found["document"]) == (7, ["5f0c", '"ä"', 1])


@pytest.mark.parametrize("module", ["probe", "chess"])
async def test_without_a_session_there_is_no_snapshot(
    world: World, server: Server, module: str
) -> None:
    hero = await server.character()
    with pytest.raises(NoSessionError) as refused:
        await snapshot(server, hero, module)
    assert (refused.value.code, refused.value.facts) == (
        "no_session",
        {"char_id": hero, "module": module},
    )
    stored = world.hot.keys()
    assert not any(key.startswith(b"temp:") for key in stored)


async def test_without_redis_there_is_no_snapshot(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.view")
    world.redis.go_down()
    with pytest.raises(HotStoreUnavailableError):
        await snapshot(server, hero, "inventory")


async def test_the_key_is_given_when_what_the_snapshot_shows_is_safe(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    server.submit(hero, "inventory.grant", template_id="acid", quantity=5)
    await gate.reached()
    waiting = server.submit(hero, "core.snapshot", module="inventory")
    await wait_all_tasks_blocked()
    assert not waiting.done
    gate.open()
    await eventually(lambda: waiting.done)
    assert waiting.value.version == 2


async def test_a_character_that_is_lost_meanwhile_gives_no_key(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.view")
    gate = world.redis.hold("put_snapshot")
    waiting = server.submit(hero, "core.snapshot", module="inventory")
    await gate.reached()
    server.activation(hero).fenced_by("redis")
    gate.open()
    await eventually(lambda: waiting.done)
    assert isinstance(waiting.error, FencedOutError)
