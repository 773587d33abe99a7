"""Each call that a store does not answer is reported, and nothing else is."""

from __future__ import annotations

import pytest
import trio

from persistence.errors import (
    BadRecordError,
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    StoreUnavailableError,
)
from persistence.health import StoreHealth
from persistence.hot.store import HotStore
from persistence.observer import StoreObserver
from persistence.reporting import reporting
from tests.support.faulty_stores import with_faults
from tests.support.game import World


@pytest.fixture
def reported() -> list[StoreUnavailableError]:
    return []


@pytest.fixture
def hot(world: World, reported: list[StoreUnavailableError]) -> HotStore:
    faulty: HotStore = with_faults(world.hot, world.redis)
    return reporting(faulty, reported.append)


async def test_a_call_without_an_answer_is_reported_and_fails(
    world: World, hot: HotStore, reported: list[StoreUnavailableError]
) -> None:
    world.redis.lose_request("peek")
    with pytest.raises(HotStoreUnavailableError) as raised:
        await hot.peek([1])
    assert reported == [raised.value]


async def test_an_answer_is_passed_on_and_not_reported(
    world: World, hot: HotStore, reported: list[StoreUnavailableError]
) -> None:
    assert await hot.peek([1, 2]) == [None, None]
    assert world.redis.calls_of("peek") == [([1, 2],)]
    assert not reported


async def test_an_answer_that_is_an_error_is_not_reported(
    world: World, hot: HotStore, reported: list[StoreUnavailableError]
) -> None:
    world.redis.refuse("read", BadRecordError(1, "no epoch"))
    with pytest.raises(BadRecordError):
        await hot.read([1])
    assert not reported


async def test_a_caller_that_is_cancelled_is_not_reported(
    world: World, hot: HotStore, reported: list[StoreUnavailableError]
) -> None:
    world.redis.hold("dirty")
    with trio.move_on_after(1) as scope:
        await hot.dirty()
    assert scope.cancelled_caught
    assert not reported


async def test_a_subscription_that_breaks_is_not_reported(
    world: World, hot: HotStore, reported: list[StoreUnavailableError]
) -> None:
    world.redis.lose_request("listen")
    with pytest.raises(HotStoreUnavailableError):
        await hot.listen(b"channel", print, print)
    assert not reported


@pytest.mark.parametrize(
    "error", [HotStoreUnavailableError("gone"), ColdStoreUnavailableError("gone")]
)
async def test_the_store_of_the_error_is_the_one_that_counts_as_down(
    world: World, error: StoreUnavailableError
) -> None:
    health = StoreHealth(world.hot, world.cold, StoreObserver())
    health.failed(error)
    assert health.missing == [error.store]
    assert health.redis_up == (error.store != "redis")
    assert health.postgres_up == (error.store != "postgres")
