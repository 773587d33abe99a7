"""The fake's own: a clock that a test moves, and no need of an event loop."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from attrs import define

from persistence.hot import keys
from persistence.records import LOGGED_OUT, Commit, HotClaim, HotRelease, HotState, SessionDelta
from persistence.testing import MemoryHotStore

T = TypeVar("T")

BAG = keys.session("inventory", "bag")
NAMED = (b"inventory_session_id", b"bag")


@define
class Clock:
    """Stands still until it is moved."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryHotStore:
    return MemoryHotStore(session_ttl_s=1800, modules=["inventory"], clock=clock)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Without a loop: the fake never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("the fake waited for something")


def whole(*, dirty: bool) -> Commit:
    bag = SessionDelta(BAG, (b"metadata", b"{}"), full=True, dirty=dirty)
    return Commit(1, 1, 1, "a", NAMED, (bag,), receipts=(b"r",), full=True, dirty=dirty)


def test_a_clean_session_is_gone_when_its_time_is_over(store: MemoryHotStore, clock: Clock) -> None:
    run(store.commit([whole(dirty=False)]))
    clock.now_s += 1799
    assert store.session(BAG)
    clock.now_s += 1
    assert not store.session(BAG)
    state = run(store.claim([HotClaim(1, 2, "b")]))[0]
    assert isinstance(state, HotState)
    assert state.sessions["inventory"].fields is None


def test_touching_a_clean_session_starts_its_time_again(
    store: MemoryHotStore, clock: Clock
) -> None:
    run(store.commit([whole(dirty=False)]))
    clock.now_s += 1000
    run(store.touch([BAG]))
    clock.now_s += 1000
    assert store.session(BAG)


def test_a_dirty_session_outlives_everything(store: MemoryHotStore, clock: Clock) -> None:
    run(store.commit([whole(dirty=True)]))
    clock.now_s += 10**9
    assert store.session(BAG)


def test_a_logged_out_character_is_forgotten(store: MemoryHotStore, clock: Clock) -> None:
    run(store.commit([whole(dirty=False)]))
    run(store.release([HotRelease(1, 1, 1, LOGGED_OUT)]))
    clock.now_s += 1800
    assert store.keys() == set()
    assert run(store.peek([1])) == [None]


def test_a_snapshot_is_gone_after_a_minute(store: MemoryHotStore, clock: Clock) -> None:
    run(store.put_snapshot(b"temp:inventory:x", b"snapshot"))
    clock.now_s += 60
    assert store.snapshot(b"temp:inventory:x") is None
