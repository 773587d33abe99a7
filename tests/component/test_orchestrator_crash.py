"""A handler that raises kills its own actor only, and for a moment only."""

from __future__ import annotations

import pytest

from actors.errors import ActorCrashedError, ActorGaveUpError
from tests.support.game import Server, World, eventually


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def character(server: Server) -> int:
    """A character with a probe session."""
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    return hero


async def crash(server: Server, hero: int) -> None:
    with pytest.raises(ActorCrashedError):
        await server.send(hero, "probe.write", text="bang", then="crash")


async def test_the_others_go_on(server: Server) -> None:
    hero, other = await character(server), await character(server)
    await crash(server, hero)
    assert (await server.send(other, "probe.write", text="fine")).version == 3


async def test_the_crashed_actor_goes_on_from_its_last_committed_state(
    world: World, server: Server
) -> None:
    hero = await character(server)
    await crash(server, hero)
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    assert (await server.send(hero, "probe.write", text="again")).version == 3
    assert server.metric("actor_restarts_total") == 1
    assert world.row(hero).epoch == 1


async def test_changes_under_way_before_the_crash_are_kept(world: World, server: Server) -> None:
    hero = await character(server)
    gate = world.redis.hold("commit")
    change = server.submit(hero, "probe.write", text="kept")
    crashing = server.submit(hero, "probe.write", text="bang", then="crash")
    after = server.submit(hero, "probe.read")
    await gate.reached()
    gate.open()
    await eventually(lambda: after.done)
    assert change.value.version == 3
    assert isinstance(crashing.error, ActorCrashedError)
    assert after.value.reply == {"text": "kept"}


async def test_the_message_that_crashed_it_is_not_tried_again(server: Server) -> None:
    hero = await character(server)
    await crash(server, hero)
    await server.send(hero, "probe.read")
    assert server.metric("actor_crashes_total") == 1
    assert server.metric("dead_letters_total", reason="crashed") == 1


async def test_an_actor_that_crashes_too_often_is_stopped_until_the_next_login(
    world: World, server: Server
) -> None:
    hero, other = await character(server), await character(server)
    for _ in range(6):
        await crash(server, hero)
    with pytest.raises(ActorGaveUpError):
        await server.send(hero, "probe.read")
    assert server.metric("actors_given_up_total") == 1
    assert (await server.send(other, "probe.read")).reply == {"text": "hello"}
    assert server.game.health.missing == []
    await server.login(hero)
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}


async def test_what_a_given_up_character_had_not_saved_reaches_postgres(world: World) -> None:
    server = await world.start(max_restarts=0, backup_interval_s=5)
    hero = await character(server)
    await server.send(hero, "probe.write", text="precious")
    await crash(server, hero)
    await server.pause(20)
    assert world.row(hero).version == 3
    assert (await world.cold.documents("probe", [hero]))[hero].data == b'"precious"'
