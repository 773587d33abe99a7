"""Reading a clean session extends its time to live, with one call for many readings."""

from __future__ import annotations

import pytest
import trio

from persistence.health import StoreHealth
from persistence.hot import keys
from persistence.hot.session_ttl_refresher import SessionTtlRefresher
from persistence.observer import StoreObserver
from persistence.records import Commit, SessionDelta
from tests.support.faulty_stores import with_faults
from tests.support.game import SESSION_TTL_S, World

PERIOD_S = 10.0
BAG = keys.session("inventory", "bag")


@pytest.fixture
async def use(world: World, nursery: trio.Nursery) -> SessionTtlRefresher:
    hot = with_faults(world.hot, world.redis)
    made = SessionTtlRefresher(hot, StoreHealth(hot, world.cold, StoreObserver()), PERIOD_S)
    nursery.start_soon(made.run)
    return made


async def store_bag(world: World, *, dirty: bool) -> None:
    bag = SessionDelta(BAG, (b"metadata", b"{}"), full=True, dirty=dirty)
    named = (b"inventory_session_id", b"bag")
    await world.hot.commit([Commit(1, 1, 1, "a", named, (bag,), full=True, dirty=dirty)])


async def test_a_session_that_is_read_lives_on(world: World, use: SessionTtlRefresher) -> None:
    await store_bag(world, dirty=False)
    for _ in range(5):
        await trio.sleep(SESSION_TTL_S / 2)
        use.note(BAG)
    await trio.sleep(PERIOD_S + 1)
    assert world.hot.session(BAG)


async def test_many_readings_are_one_call(world: World, use: SessionTtlRefresher) -> None:
    await store_bag(world, dirty=False)
    for _ in range(1_000):
        use.note(BAG)
    await trio.sleep(2 * PERIOD_S + 1)
    assert world.redis.calls_of("touch") == [([BAG],)]


async def test_reading_a_dirty_session_gives_it_no_time_to_live(
    world: World, use: SessionTtlRefresher
) -> None:
    await store_bag(world, dirty=True)
    use.note(BAG)
    await trio.sleep(PERIOD_S + 1)
    assert world.hot.ttl_s(BAG) is None
    assert world.hot.session(BAG)


async def test_a_redis_that_does_not_answer_is_tried_again_later(
    world: World, use: SessionTtlRefresher
) -> None:
    world.redis.lose_request("touch")
    use.note(BAG)
    await trio.sleep(PERIOD_S + 1)
    use.note(BAG)
    await trio.sleep(PERIOD_S)
    assert world.redis.count("touch") == 1
