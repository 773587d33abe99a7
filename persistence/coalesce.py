"""Many callers, one round trip: calls that arrive during a batch share the next one."""

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
    """Calls `batch` with the waiting arguments, at most `most` at a time, one call in flight.

    `batch` answers in the order of its arguments, which are distinct: equal arguments share one
    answer. If it raises, every caller of that batch gets the error, except that a BadRecordError
    goes to those who asked about its character, and the others are asked again. A caller that is
    cancelled stops waiting; its argument is still asked.

    `check` is called with the arguments and answers of each batch: if it raises, every caller gets
    that error."""

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
        """Run until cancelled."""
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
        """One record is unreadable: fail those who asked for it, or all if none did."""
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
        coalescer = Coalescer(batch, check=partial(self._invariants.answered, what))
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
