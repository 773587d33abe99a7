"""Sessions: loaded when they are needed, kept while they are used, rebuilt when they are lost."""

from __future__ import annotations

import orjson
import pytest
import trio

from persistence.errors import ColdStoreUnavailableError
from tests.support.game import SESSION_TTL_S, Server, World, eventually
from tests.support.modules.probe import NoProbeError


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(backup_interval_s=10, passivate_after_s=10_000)


async def granted(server: Server, hero: int, quantity: int = 5) -> None:
    await server.send(hero, "inventory.grant", template_id="acid", quantity=quantity)


async def quantity_of_acid(server: Server, hero: int) -> int:
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    return sum(item["quantity"] for item in backpack if item["template_id"] == "acid")


def metadata(world: World, key: bytes) -> dict[str, object]:
    fields: dict[str, object] = orjson.loads(world.hot.session(key)[b"metadata"])
    return fields


async def test_a_session_is_loaded_with_the_first_message_that_needs_it(
    world: World, server: Server
) -> None:
    hero = await server.character()
    assert world.postgres.count("items") == 0
    assert await quantity_of_acid(server, hero) == 0
    assert await quantity_of_acid(server, hero) == 0
    assert world.postgres.count("items") == 1


async def test_loading_a_session_is_no_change_of_the_character(
    world: World, server: Server
) -> None:
    hero = await server.character()
    assert (await server.send(hero, "inventory.view")).version == 1
    assert not world.is_dirty(hero)
    key = world.session_key(hero, "inventory")
    assert metadata(world, key) == {
        "char_id": hero, "loaded_at": metadata(world, key)["loaded_at"], "dirty": False, "schema": 1
    }  # fmt: skip


async def test_a_dirty_session_has_no_time_to_live_and_a_clean_one_has(world: World) -> None:
    server = await world.start(backup_interval_s=10)
    hero = await server.character()
    await granted(server, hero)
    key = world.session_key(hero, "inventory")
    assert world.hot.ttl_s(key) is None
    assert metadata(world, key)["dirty"] is True
    await eventually(lambda: not world.is_dirty(hero))
    assert world.hot.ttl_s(key) is not None
    assert metadata(world, key)["dirty"] is False


async def test_reading_a_clean_session_keeps_it_alive(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.view")
    key = world.session_key(hero, "inventory")
    for _ in range(4):
        await trio.sleep(SESSION_TTL_S / 2)
        await server.send(hero, "inventory.view")
    assert world.hot.session(key)


async def test_a_clean_session_that_nobody_reads_leaves_redis(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.view")
    key = world.session_key(hero, "inventory")
    await trio.sleep(SESSION_TTL_S + 30)
    assert not world.hot.session(key)


async def test_a_session_that_expired_in_redis_is_written_again_with_its_next_change(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await granted(server, hero)
    await trio.sleep(SESSION_TTL_S + 30)
    key = world.session_key(hero, "inventory")
    assert not world.hot.session(key)
    await granted(server, hero)
    assert b"metadata" in world.hot.session(key)
    await server.kill()
    server = await world.start()
    assert await quantity_of_acid(server, hero) == 10


async def test_a_session_that_redis_lost_is_rebuilt_and_counted(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await granted(server, hero)
    await server.orchestrator.backup_full_state(hero)
    await server.kill()
    world.hot.lose(world.session_key(hero, "inventory"))
    server = await world.start()
    await server.login(hero)
    assert server.metric("sessions_lost_total", module="inventory") == 1
    assert await quantity_of_acid(server, hero) == 5
    assert world.hot.session(world.session_key(hero, "inventory"))


async def test_a_lost_document_is_rebuilt_under_its_own_id(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.orchestrator.backup_full_state(hero)
    key = world.session_key(hero, "probe")
    await server.kill()
    world.hot.lose(key)
    server = await world.start()
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    assert world.session_key(hero, "probe") == key


async def test_a_lost_session_can_not_be_rebuilt_while_postgres_is_down(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await granted(server, hero)
    await server.orchestrator.backup_full_state(hero)
    await server.kill()
    world.hot.lose(world.session_key(hero, "inventory"))
    server = await world.start()
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await server.login(hero)
    world.postgres.come_back()
    assert (await server.login(hero)).character["sessions"]["inventory"]


async def test_a_session_that_is_stored_nowhere_is_refused_to_whoever_needs_it(
    server: Server,
) -> None:
    hero = await server.character()
    with pytest.raises(NoProbeError):
        await server.send(hero, "probe.read")
    assert (await server.view(hero))["sessions"].get("probe") is None


async def test_a_session_that_ended_is_not_found_again(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.orchestrator.backup_full_state(hero)
    await server.send(hero, "probe.end")
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    await server.login(hero)
    with pytest.raises(NoProbeError):
        await server.send(hero, "probe.read")


async def test_a_session_that_ended_is_not_found_again_before_postgres_knows(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.orchestrator.backup_full_state(hero)
    gate = world.postgres.hold("save")
    await server.send(hero, "probe.end")
    read = server.submit(hero, "probe.read")
    await gate.reached()
    gate.open()
    await eventually(lambda: read.done)
    assert isinstance(read.error, NoProbeError)


async def test_a_state_whose_session_is_stored_nowhere_is_left(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    world.cold.session_documents.clear()
    assert (await server.login(hero)).character["state"] == "exploration"


async def test_messages_wait_while_a_session_is_loaded_and_keep_their_order(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.postgres.hold("items")
    first = server.submit(hero, "inventory.grant", template_id="acid", quantity=1)
    await gate.reached()
    second = server.submit(hero, "core.move", location="forest")
    gate.open()
    await eventually(lambda: first.done and second.done)
    assert (first.value.version, second.value.version) == (2, 3)


async def test_the_gauges_tell_the_sessions_in_memory(world: World, server: Server) -> None:
    hero, other = await server.character(), await server.character("Bran")
    await granted(server, hero)
    await server.send(other, "inventory.view")
    assert server.metric("sessions", module="inventory") == 2
    assert server.metric("dirty_sessions", module="inventory") == 1
    await eventually(lambda: not world.is_dirty(hero))
    assert server.metric("dirty_sessions", module="inventory") == 0
