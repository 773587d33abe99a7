"""One turn: all of it or nothing, one commit, one version."""

from __future__ import annotations

import pytest

from actors.errors import ActorCrashedError
from gamestate.errors import InvalidPayloadError, RefusedError
from gamestate.modules.core.module import StatOutOfRangeError
from persistence.hot import keys
from tests.support.game import Server, World
from tests.support.modules.probe import NotNowError


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def test_a_change_is_one_version_and_one_commit(world: World, server: Server) -> None:
    hero = await server.character()
    commits = world.redis.count("commit")
    receipt = await server.send(hero, "core.move", location="forest")
    assert (receipt.version, receipt.durability, receipt.duplicate) == (2, "redis", False)
    assert world.redis.count("commit") == commits + 1
    assert world.version_in_redis(hero) == 2


async def test_a_change_sends_only_the_fields_it_changed(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    (commits,) = world.redis.calls_of("commit")[-1]
    assert [commit.core[::2] for commit in commits] == [(b"location",)]


async def test_a_change_of_one_item_sends_one_item(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=60)
    first = (await server.send(hero, "inventory.view")).reply["backpack"][0]["item_id"]
    await server.send(hero, "inventory.drop", item_id=first, quantity=1)
    (commits,) = world.redis.calls_of("commit")[-1]
    (delta,) = commits[0].sessions
    assert delta.put[::2] == (b"metadata", f"item:{first}".encode())


async def test_a_read_is_no_version_and_no_commit(world: World, server: Server) -> None:
    hero = await server.character()
    commits = world.redis.count("commit")
    receipt = await server.send(hero, "core.view")
    assert receipt.version == 1
    assert world.redis.count("commit") == commits


async def test_a_refused_turn_changes_nothing_anywhere(world: World, server: Server) -> None:
    hero = await server.character()
    before, stored = await server.view(hero), world.hot.core(hero)
    with pytest.raises(StatOutOfRangeError):
        await server.send(hero, "core.adjust_stats", strength=1, agility=-11)
    assert await server.view(hero) == before
    assert world.hot.core(hero) == stored
    assert not world.is_dirty(hero)


async def test_what_a_module_asks_of_the_core_is_in_the_same_version(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    receipt = await server.send(hero, "probe.write", text="ouch", hp=-30)
    stored = world.hot.core(hero)
    assert receipt.version == world.version_in_redis(hero) == 3
    assert stored[b"vitals"] == b'{"hp":{"cur":70,"max":100},"mp":{"cur":50,"max":50}}'
    assert world.hot.session(world.session_key(hero, "probe"))[b"text"] == b'"ouch"'


async def test_if_a_later_effect_is_refused_the_earlier_ones_did_not_happen(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    before, stored = await server.view(hero), world.hot.core(hero)
    with pytest.raises(NotNowError):
        await server.send(hero, "probe.write", text="ouch", hp=-30, then="refuse")
    assert await server.view(hero) == before
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    assert world.hot.core(hero) == stored
    assert world.hot.session(world.session_key(hero, "probe"))[b"text"] == b'"hello"'


async def test_a_handler_that_returns_no_transition_is_named(server: Server) -> None:
    hero = await server.character()
    with pytest.raises(ActorCrashedError) as caught:
        await server.send(hero, "probe.forget")
    assert str(caught.value.__cause__) == "a handler of probe returned None, not a Transition"


async def test_if_a_later_effect_crashes_the_earlier_ones_did_not_happen(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    before, stored = await server.view(hero), world.hot.core(hero)
    with pytest.raises(ActorCrashedError) as caught:
        await server.send(hero, "probe.write", text="ouch", hp=-30, then="crash")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert await server.view(hero) == before
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    assert world.hot.core(hero) == stored


async def test_a_payload_that_makes_no_sense_is_no_crash(server: Server) -> None:
    hero = await server.character()
    with pytest.raises(InvalidPayloadError):
        await server.send(hero, "core.adjust_vitals", luck=1)
    assert server.metric("actor_crashes_total") == 0


async def test_a_session_that_ends_is_gone_from_redis_and_from_the_core(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    key = world.session_key(hero, "probe")
    await server.send(hero, "probe.end")
    assert not world.hot.session(key)
    assert world.hot.core(hero)[keys.session_field("probe").encode()] == b""
    assert (await server.view(hero))["state"] == "exploration"


async def test_every_outcome_is_counted_by_type(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    with pytest.raises(RefusedError):
        await server.send(hero, "core.adjust_stats", strength=-11)
    with pytest.raises(InvalidPayloadError):
        await server.send(hero, "core.adjust_vitals", luck=1)
    for type_, outcome in {
        "core.move": "ok", "core.adjust_stats": "refused", "core.adjust_vitals": "error"
    }.items():  # fmt: skip
        assert server.metric("messages_total", type=type_, outcome=outcome) == 1
