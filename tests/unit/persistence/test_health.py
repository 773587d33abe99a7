"""Which store answers: noticed when a call fails, and noticed when it answers again."""

from __future__ import annotations

import pytest
import trio

from persistence.errors import HotStoreUnavailableError
from persistence.health import PROBE_DOWN_S, PROBE_UP_S, StoreHealth
from persistence.observer import StoreObserver
from tests.support.faulty_stores import with_faults
from tests.support.game import World, eventually


@pytest.fixture
async def health(world: World, nursery: trio.Nursery) -> StoreHealth:
    hot, cold = with_faults(world.hot, world.redis), with_faults(world.cold, world.postgres)
    made = StoreHealth(hot, cold, StoreObserver())
    nursery.start_soon(made.run)
    return made


@pytest.mark.parametrize("store", ["redis", "postgres"])
async def test_a_store_that_goes_down_is_missing_until_it_answers(
    world: World, health: StoreHealth, store: str
) -> None:
    faults = getattr(world, store)
    faults.go_down()
    await trio.sleep(PROBE_UP_S + 0.01)
    assert health.missing == [store]
    faults.come_back()
    await trio.sleep(PROBE_DOWN_S + 0.01)
    assert health.missing == []


async def test_a_reported_failure_is_probed_at_once(world: World, health: StoreHealth) -> None:
    await trio.sleep(PROBE_UP_S / 2)
    health.failed(HotStoreUnavailableError("a commit failed"))
    assert health.missing == ["redis"]
    await trio.sleep(PROBE_DOWN_S)
    assert health.missing == []


async def test_the_return_of_redis_is_announced_once(world: World, health: StoreHealth) -> None:
    returns = 0

    async def back() -> None:
        nonlocal returns
        returns += 1

    health.on_redis_recovered(back)
    await trio.sleep(10 * PROBE_UP_S)
    assert returns == 0
    world.redis.go_down()
    await trio.sleep(10 * PROBE_UP_S)
    world.redis.come_back()
    await trio.sleep(10 * PROBE_UP_S)
    assert returns == 1


async def test_a_redis_that_lost_its_data_between_two_probes_is_announced_once(
    world: World, health: StoreHealth
) -> None:
    welcomes: list[str] = []

    async def back() -> None:
        welcomes.append("with everything it lacks")

    health.on_redis_recovered(back)
    await trio.sleep(PROBE_UP_S / 2)
    world.restart_redis_empty()
    await trio.sleep(10 * PROBE_UP_S)
    assert len(welcomes) == 1


async def test_a_redis_that_fails_during_its_recovery_is_announced_again(
    world: World, health: StoreHealth
) -> None:
    welcomes: list[str] = []

    async def back() -> None:
        welcomes.append("begun")
        if len(welcomes) == 1:
            raise HotStoreUnavailableError("gone again")

    health.on_redis_recovered(back)
    world.redis.go_down()
    await eventually(lambda: health.missing)
    world.redis.come_back()
    await eventually(lambda: len(welcomes) == 2)
    assert health.missing == []


async def test_a_silent_postgres_does_not_delay_the_probe_of_redis(
    world: World, health: StoreHealth
) -> None:
    silence = world.postgres.hold("ping")
    world.redis.go_down()
    await silence.reached()
    await eventually(lambda: health.missing == ["redis"])
    world.redis.come_back()
    await trio.sleep(PROBE_DOWN_S + 0.01)
    assert health.missing == []
    silence.open()
