"""A storm of logins ends with all of them in: in order, each restored once, and all in time."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Sequence

import trio
from trio.testing import wait_all_tasks_blocked

from actors.errors import TooManyStartsError
from persistence.records import NewCharacter
from tests.support.game import Server, World, eventually

STORM = 10_000
NEW = NewCharacter("Mira", None, "start", {}, b"{}")


async def crowd(world: World, many: int) -> list[int]:
    """That many characters, logged out."""
    return [(await world.cold.create(NEW)).char_id for _ in range(many)]


async def log_in_as_told(server: Server, char_id: int) -> int:
    """As a client does that retries after `Retry-After`; how often it was refused."""
    refusals = 0
    while True:
        try:
            await server.login(char_id)
        except TooManyStartsError as error:
            refusals += 1
            await trio.sleep(error.retry_after_s)
        else:
            return refusals


def begun(world: World) -> list[int]:
    """The characters in the order in which their starts began: with a look at their owners."""
    return [char_id for (batch,) in world.redis.calls_of("peek") for char_id in batch]


def claimed(world: World) -> list[int]:
    """The characters that were claimed, each time they were."""
    claims = world.postgres.calls_of("claim")
    return [claim.char_id for (batch,) in claims for claim in batch]


def epochs(world: World, heroes: Sequence[int]) -> set[int]:
    return {world.row(hero).epoch for hero in heroes}


async def test_ten_thousand_logins_at_once_are_all_let_in_in_order_and_once(world: World) -> None:
    server = await world.start()
    heroes = await crowd(world, STORM)
    arrived: list[int] = []

    async def log_in(hero: int) -> None:
        arrived.append(hero)
        await server.login(hero)

    async with trio.open_nursery() as nursery:
        for hero in heroes:
            nursery.start_soon(log_in, hero)
    assert server.game.system.registry.activations == STORM
    assert begun(world) == arrived
    assert sorted(claimed(world)) == sorted(heroes)
    assert epochs(world, heroes) == {1}
    assert server.metric("logins_total", restored_from="postgres") == STORM
    assert server.metric("starts_waiting") == 0
    assert server.metric("start_wait_seconds_count") == STORM


async def test_a_storm_that_is_too_much_is_let_in_as_it_comes_back(world: World) -> None:
    """The stores let in fewer than a hundred a second; two thousand come, and wait for a second at
    most."""
    server = await world.start(max_concurrent_restores=64, login_queue_timeout_s=1)
    heroes = await crowd(world, 2_000)
    world.postgres.slow_down(0.25, timeout_s=10)
    world.redis.slow_down(0.1, timeout_s=2)
    logins = [world.soon(log_in_as_told, server, hero) for hero in heroes]
    await wait_all_tasks_blocked()
    assert server.metric("starts_waiting") == 2_000 - 64
    await eventually(lambda: all(login.done for login in logins))
    refusals = [login.value for login in logins]
    assert sum(refusals) == server.metric("starts_refused_total", reason="too_late") > 1_000
    assert max(refusals) < 20
    assert server.game.system.registry.activations == 2_000
    assert epochs(world, heroes) == {1}


async def test_a_storm_of_messages_wakes_everybody_once(world: World) -> None:
    server = await world.start()
    heroes = await crowd(world, 1_000)
    for hero in heroes:
        await server.login(hero)
    await server.stop()
    server = await world.start()
    slots = [server.submit(hero, "core.view") for hero in heroes for _ in range(3)]
    await wait_all_tasks_blocked()
    assert all(slot.value for slot in slots)
    assert epochs(world, heroes) == {2}


async def test_a_queue_that_is_full_takes_no_more_and_costs_little(world: World) -> None:
    server = await world.start()
    heroes = await crowd(world, 21_000)
    gate = world.postgres.hold("peek")
    await wait_all_tasks_blocked()
    tracemalloc.start()
    slots = [server.submit(hero, "core.view") for hero in heroes]
    await gate.reached()
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    refused = [slot for slot in slots if isinstance(slot.error, TooManyStartsError)]
    assert len(refused) == 1_000
    assert len(server.game.system.registry) == 20_000
    assert used / 20_000 < 4_000
    gate.open()


async def test_a_login_whose_client_went_away_is_not_restored(world: World) -> None:
    server = await world.start(max_concurrent_restores=1)
    first, left = await crowd(world, 2)
    gate = world.postgres.hold("claim")
    login = server.login_soon(first)
    await gate.reached()
    with trio.move_on_after(1):
        await server.login(left)
    gate.open()
    await wait_all_tasks_blocked()
    assert login.value.restored_from == "postgres"
    assert epochs(world, [left]) == {0}
    assert server.metric("starts_refused_total", reason="abandoned") == 1


async def test_what_a_crash_left_is_recovered_though_players_log_in(world: World) -> None:
    server = await world.start()
    left = await server.character()
    await server.send(left, "core.move", location="forest")
    await server.kill()
    world.redis.lose_request("dirty")  # so that the start finds nothing to recover
    server = await world.start(max_concurrent_restores=1, login_queue_timeout_s=1)
    (hero,) = await crowd(world, 1)
    gate = world.postgres.hold("claim")
    server.login_soon(hero)
    await gate.reached()
    world.soon(server.orchestrator.recover, left)
    await server.pause(3)
    assert server.metric("starts_refused_total", reason="too_late") > 0
    gate.open()
    await eventually(lambda: world.row(left).version == 2)
