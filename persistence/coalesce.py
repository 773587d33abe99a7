"""Many callers, one round trip: what waits while a batch is under way goes together in the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from functools import partial
from itertools import islice, repeat
from typing import Any, Generic, TypeVar, cast

import outcome
import trio

A = TypeVar("A", bound=Hashable)
R = TypeVar("R")


class Coalescer(Generic[A, R]):
    """Calls `batch` with everything that waits, at most `most` at a time, one call in flight.

    `batch` answers in the order of its arguments, which are distinct: who asks the same while it
    waits shares the answer. If it raises, every caller of that batch gets the error. A caller that
    is cancelled stops waiting; what it asked is done all the same."""

    def __init__(
        self, batch: Callable[[Sequence[A]], Awaitable[Sequence[R]]], most: int = 500
    ) -> None:
        self._batch = batch
        self._most = most
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
            answers = [partial(outcome.Value, one) for one in await self._batch(list(taken))]
        except Exception as error:  # noqa: BLE001  (the callers' to handle, each gets it)
            answers = repeat(partial(outcome.Error, error), len(taken))
        for waiters, answer in zip(taken.values(), answers, strict=True):
            for waiter in waiters:
                waiter.settle(answer())


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
