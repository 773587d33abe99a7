"""Many callers, one round trip: what waits while a batch is under way goes together in the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from functools import partial
from itertools import islice, repeat
from typing import Any, Generic, TypeVar, cast

import outcome
import trio

from persistence.errors import BadRecordError
from persistence.invariants import Invariants

A = TypeVar("A", bound=Hashable)
R = TypeVar("R")


class Coalescer(Generic[A, R]):
    """Calls `batch` with everything that waits, at most `most` at a time, one call in flight.

    `batch` answers in the order of its arguments, which are distinct: who asks the same while it
    waits shares the answer. If it raises, every caller of that batch gets the error; but a
    BadRecordError is for those alone who asked about its character, and the others are asked for
    again. A caller that is cancelled stops waiting; what it asked is done all the same.

    `check` is given the arguments and the answers of a batch that has some: if it raises, every
    caller gets that error, and nobody an answer that may be another's."""

    def __init__(
        self,
        batch: Callable[[Sequence[A]], Awaitable[Sequence[R]]],
        most: int = 500,
        check: Callable[[Sequence[A], Sequence[R]], None] | None = None,
    ) -> None:
        self._batch = batch
        self._most = most
        self._check = check
        self._waiting: dict[A, list[_Waiter]] = {}
        self._wanted = trio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    async def ask(self, argument: A) -> R:
        """The answer to one argument. Raises: what `batch` raises."""
        waiter = _Waiter()
        self._waiting.setdefault(argument, []).append(waiter)
        self._wanted.set()
        return cast("R", await waiter.wait())

    async def run(self) -> None:
        """Answer for ever."""
        while True:
            await self._wanted.wait()
            arguments = list(islice(self._waiting, self._most))
            await self._answer({argument: self._waiting.pop(argument) for argument in arguments})
            if not self._waiting:
                self._wanted = trio.Event()

    async def _answer(self, taken: dict[A, list[_Waiter]]) -> None:
        answers: Iterable[Callable[[], outcome.Outcome[R]]]  # an Outcome serves one waiter only
        try:
            found = await self._batch(list(taken))
            if self._check is not None:
                self._check(list(taken), found)
            answers = [partial(outcome.Value, one) for one in found]
        except BadRecordError as error:
            await self._answer_others(taken, error)
            return
        except Exception as error:  # noqa: BLE001  (the callers' to handle, each gets it)
            answers = repeat(partial(outcome.Error, error), len(taken))
        for waiters, answer in zip(taken.values(), answers, strict=True):
            for waiter in waiters:
                waiter.settle(answer())

    async def _answer_others(self, taken: dict[A, list[_Waiter]], error: BadRecordError) -> None:
        """One record can't be read: that is for who asked for it, unless nobody did."""
        bad = [argument for argument in taken if _character(argument) == error.char_id]
        for argument in bad or list(taken):
            for waiter in taken.pop(argument):
                waiter.settle(outcome.Error(error))
        if taken:
            await self._answer(taken)


class CoalescerGroup:
    """Coalescers that share their checks and run together."""

    def __init__(self, invariants: Invariants) -> None:
        self._invariants = invariants
        self._coalescers: list[Coalescer[Any, Any]] = []

    def add(
        self, batch: Callable[[Sequence[A]], Awaitable[Sequence[R]]], what: str
    ) -> Coalescer[A, R]:
        """A coalescer that checks each answer with `Invariants.answered`; `what` is asked for."""
        coalescer = Coalescer(batch, check=self._invariants.answers(what))
        self._coalescers.append(coalescer)
        return coalescer

    async def run(self) -> None:
        """Run all of them until cancelled."""
        async with trio.open_nursery() as nursery:
            for coalescer in self._coalescers:
                nursery.start_soon(coalescer.run)


def _character(argument: Any) -> int:
    char_id: int = getattr(argument, "char_id", argument)
    return char_id


class _Waiter:
    """One parked task."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = None

    async def wait(self) -> Any:
        self._task = trio.lowlevel.current_task()
        return await trio.lowlevel.wait_task_rescheduled(self._abandon)

    def settle(self, result: outcome.Outcome[Any]) -> None:
        if self._task is not None:
            trio.lowlevel.reschedule(self._task, result)
            self._task = None

    def _abandon(self, _: Callable[[], Any]) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED
