"""The output gate: no answer leaves before everything it was computed from is safe."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from gamestate.modules.core.module import StatOutOfRangeError
from persistence.errors import FencedOutError
from persistence.records import HotClaim
from tests.support.game import Server, World


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def test_a_change_is_not_answered_before_it_is_stored(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    change = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    assert not change.done
    gate.open()
    await wait_all_tasks_blocked()
    assert change.value.version == 2


async def test_a_read_waits_for_the_change_it_saw(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    change = server.submit(hero, "core.move", location="forest")
    read = server.submit(hero, "core.view")
    await gate.reached()
    assert not read.done
    gate.open()
    await wait_all_tasks_blocked()
    assert change.done
    assert read.value.reply["location"]["current"] == "forest"


async def test_a_refusal_waits_for_the_change_it_was_computed_from(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    server.submit(hero, "core.adjust_stats", strength=-10)
    refused = server.submit(hero, "core.adjust_stats", strength=-1)
    await gate.reached()
    assert not refused.done
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(refused.error, StatOutOfRangeError)


async def test_a_duplicate_waits_for_its_first_application(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    server.submit(hero, "core.move", "m-1", location="forest")
    again = server.submit(hero, "core.move", "m-1", location="forest")
    await gate.reached()
    assert not again.done
    gate.open()
    await wait_all_tasks_blocked()
    assert (again.value.version, again.value.duplicate) == (2, True)


async def test_an_idle_characters_read_does_not_wait_for_anothers_change(
    world: World, server: Server
) -> None:
    hero, other = await server.character(), await server.character("Bran")
    await server.view(other)
    gate = world.redis.hold("commit")
    server.submit(hero, "core.move", location="forest")
    await gate.reached()
    assert server.submit(other, "core.view").done


async def test_what_was_computed_from_a_fenced_turn_fails_with_it(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    first = server.submit(hero, "core.move", location="forest")
    read = server.submit(hero, "core.view")
    await gate.reached()
    second = server.submit(hero, "core.move", location="lake")
    stored = world.hot.core(hero)[b"location"]
    await world.hot.claim([HotClaim(hero, 99, "server-b")])
    gate.open()
    await wait_all_tasks_blocked()
    assert [type(it.error) for it in (first, read, second)] == [FencedOutError] * 3
    assert world.hot.core(hero)[b"location"] == stored


async def test_turns_made_while_a_commit_is_under_way_land_in_their_order(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    first = server.submit(hero, "core.move", location="place-0")
    await gate.reached()
    rest = [server.submit(hero, "core.move", location=f"place-{n}") for n in range(1, 20)]
    gate.open()
    await wait_all_tasks_blocked()
    assert [it.value.version for it in (first, *rest)] == list(range(2, 22))
    assert world.version_in_redis(hero) == 21
    assert world.hot.core(hero)[b"location"] == b'{"current":"place-19","prev":"place-18"}'


async def test_what_waits_while_a_commit_is_under_way_goes_in_one_call(
    world: World, server: Server
) -> None:
    heroes = [await server.character() for _ in range(10)]
    gate = world.redis.hold("commit")
    server.submit(heroes[0], "core.move", location="forest")
    await gate.reached()
    for hero in heroes[1:]:
        server.submit(hero, "core.move", location="forest")
    calls = world.redis.count("commit")
    gate.open()
    await wait_all_tasks_blocked()
    assert world.redis.count("commit") == calls + 2
    assert [world.version_in_redis(hero) for hero in heroes] == [2] * 10
