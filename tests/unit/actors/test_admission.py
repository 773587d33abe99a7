"""Starts go in as they came, so many at once; who waits too long is refused, and spread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.envelope import ReplySlot
from actors.errors import AskTimeoutError, TooManyStartsError
from actors.observer import ActorObserver
from actors.system import ActorSystem, SystemSettings, open_actor_system
from actors.testing import ProbeActor

STORM = 10_000


class Gatekeeper(ActorObserver):
    """Records the hooks of the queue."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.refusals: list[str] = []

    def start_admitted(self, waited_s: float) -> None:
        self.waits.append(waited_s)

    def start_refused(self, reason: str) -> None:
        self.refusals.append(reason)


class House:
    """Actors whose start is one function, in the order in which they were started."""

    def __init__(self, on_start: Callable[[], Awaitable[object]]) -> None:
        self.started: list[Any] = []
        self.keeper = Gatekeeper()
        self.system: ActorSystem
        self._on_start = on_start

    @asynccontextmanager
    async def open(self, **settings: Any) -> AsyncIterator[ActorSystem]:
        async with open_actor_system(self._make, SystemSettings(**settings), self.keeper) as system:
            yield system

    def _make(self, key: Any) -> ProbeActor:
        async def on_start(intent: Any) -> None:
            self.started.append(key)
            await self._on_start()

        probe = ProbeActor(key)
        probe.on_start = on_start
        return probe


def send(system: ActorSystem, key: Any) -> ReplySlot:
    """A message to this actor, and the slot of its answer."""
    slot = ReplySlot()
    system.registry.deliver(key, "hello", slot)
    return slot


async def test_a_storm_is_let_in_in_the_order_it_came() -> None:
    house = House(trio.lowlevel.checkpoint)
    arrived: list[int] = []

    async def log_in(key: int) -> None:
        arrived.append(key)
        await system.registry.activate(key)

    async with house.open(max_starts=64) as system:
        async with trio.open_nursery() as nursery:
            for key in range(STORM):
                nursery.start_soon(log_in, key)
        assert system.registry.activations == len(system.registry) == STORM
        assert system.registry.waiting == system.registry.starting == 0
    assert house.started == arrived
    assert len(house.keeper.waits) == STORM


async def test_logins_and_messages_that_wake_stand_in_the_same_queue() -> None:
    gate = trio.Event()
    house = House(gate.wait)
    async with house.open(max_starts=1) as system, trio.open_nursery() as nursery:
        slots = [send(system, "message 1")]
        await wait_all_tasks_blocked()
        nursery.start_soon(system.registry.activate, "login")
        await wait_all_tasks_blocked()
        slots.append(send(system, "message 2"))
        assert (system.registry.waiting, house.started) == (2, ["message 1"])
        gate.set()
        await wait_all_tasks_blocked()
        assert house.started == ["message 1", "login", "message 2"]
        assert [slot.value for slot in slots] == ["hello", "hello"]


async def test_a_caller_that_waits_too_long_for_a_start_is_refused(autojump_clock: object) -> None:
    gate = trio.Event()
    house = House(gate.wait)
    async with house.open(max_starts=1, start_patience_s=5) as system:
        first, late = send(system, "first"), send(system, "late")
        await trio.sleep(3)
        later = send(system, "later")
        await trio.sleep(2.5)
        assert isinstance(late.error, TooManyStartsError)
        assert not first.done
        assert not later.done
        gate.set()
        await wait_all_tasks_blocked()
        assert (first.value, later.value) == ("hello", "hello")
        assert house.started == ["first", "later"]
        assert house.keeper.refusals == ["too_late"]
        assert send(system, "late").done is False  # it may come back
        await wait_all_tasks_blocked()
        assert house.started[-1] == "late"


async def test_everybody_who_shares_a_start_hears_that_it_was_refused(
    autojump_clock: object,
) -> None:
    house = House(trio.sleep_forever)
    async with house.open(max_starts=1, start_patience_s=5) as system:
        send(system, "first")
        slot = send(system, "late")
        with pytest.raises(TooManyStartsError):
            await system.registry.activate("late", "login")
        assert isinstance(slot.error, TooManyStartsError)
        assert (system.registry.waiting, len(system.registry)) == (0, 1)


async def test_refused_callers_get_retry_times_spread_over_the_time_they_need(
    autojump_clock: object,
) -> None:
    """Ten a second are let in, so that a thousand need a hundred seconds."""

    async def slow() -> None:
        await trio.sleep(1)

    house = House(slow)
    async with house.open(max_starts=10, start_patience_s=20) as system:
        slots = [send(system, key) for key in range(1000)]
        await trio.sleep(30)
        refused = [it.error for it in slots if isinstance(it.error, TooManyStartsError)]
        again = [error.retry_after_s for error in refused]
        assert 700 < len(again) < 850
        assert min(again) < 10
        assert max(again) == 60
        assert 30 < sum(again) / len(again) < 60


async def test_a_short_queue_calls_back_sooner_than_a_long_one(autojump_clock: object) -> None:
    async def mean_retry_s(many: int) -> float:
        house = House(trio.sleep_forever)
        async with house.open(max_starts=1, max_waiting_starts=many) as system:
            for key in range(many):
                send(system, key)
            asked = []
            for _ in range(200):
                with pytest.raises(TooManyStartsError) as refused:
                    send(system, "one too many")
                asked.append(refused.value.retry_after_s)
            return sum(asked) / len(asked)

    short, long = await mean_retry_s(10), await mean_retry_s(400)
    assert 0 < 10 * short < long


async def test_a_start_that_no_caller_waits_for_is_not_run(autojump_clock: object) -> None:
    gate = trio.Event()
    house = House(gate.wait)
    async with house.open(max_starts=1, start_patience_s=60) as system:
        send(system, "first")
        with pytest.raises(AskTimeoutError):
            await system.ref("timed out").ask("hello", timeout_s=1)
        with trio.move_on_after(1):
            await system.registry.activate("cancelled")
        send(system, "patient")
        gate.set()
        await wait_all_tasks_blocked()
        assert house.started == ["first", "patient"]
        assert house.keeper.refusals == ["abandoned", "abandoned"]
        assert system.registry.starting == 0


async def test_a_start_goes_on_as_long_as_one_of_its_askers_waits(autojump_clock: object) -> None:
    gate = trio.Event()
    house = House(gate.wait)
    async with house.open(max_starts=1, start_patience_s=60) as system:
        send(system, "first")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.registry.activate, "shared")
            with trio.move_on_after(1):
                await system.registry.activate("shared")
            gate.set()
        assert house.started == ["first", "shared"]


async def test_a_message_that_expects_no_answer_starts_its_actor() -> None:
    gate = trio.Event()
    house = House(gate.wait)
    async with house.open(max_starts=1) as system:
        send(system, "first")
        system.ref("told").tell("hello")
        gate.set()
        await wait_all_tasks_blocked()
        assert house.started == ["first", "told"]
