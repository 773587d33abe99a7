"""The door to the system: starts go in as they came, only so many at once, and none waits for ever.

A start is taken from the queue by a task that is ready to run it, so that the order of starts is
the order of arrival whatever the scheduler does. What has waited too long is refused, and told when
to come back: at a moment drawn from twice the time that the queue will take, so that a herd does
not come back at once. What nobody waits for any more is not run."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import trio

from actors.errors import ActorStoppedError, TooManyStartsError
from actors.observer import ActorObserver

if TYPE_CHECKING:
    from actors.cell import Cell

MIN_RETRY_S: Final = 0.25
MAX_RETRY_S: Final = 60.0
"""The shortest and the longest that somebody is told to stay away, seconds."""

FIRST_GUESS_S: Final = 0.05
"""How long a start takes, seconds, until one was seen."""

MEAN_WEIGHT: Final = 0.05
"""What the latest start counts for in the mean."""

REFUSALS_PER_CHECKPOINT: Final = 64
"""Starts that are refused before others may run."""


class Start:
    """One activation, waiting for its turn or under way, shared by all who wait for it.

    Attributes:
        error: why it failed; None until it ends, and if it did not.
    """

    __slots__ = ("_askers", "_over", "cell", "error", "intent", "since")

    def __init__(self, cell: Cell, intent: Any) -> None:
        self.cell = cell
        self.intent = intent
        self.since = trio.current_time()
        self.error: Exception | None = None
        self._askers = 0
        self._over = trio.Event()

    @property
    def wanted(self) -> bool:
        """Whether somebody still waits for it, or for the answer to a message that woke it."""
        return self.cell.alive and (self._askers > 0 or self.cell.awaited)

    async def ended(self) -> None:
        """Return when it has ended, or was refused."""
        self._askers += 1
        try:
            await self._over.wait()
        finally:
            self._askers -= 1

    def end(self) -> None:
        """Tell those who wait for it."""
        self._over.set()


class Admission:
    """The queue of starts.

    Args:
        run: starts an actor; raises nothing.
        refuse: drops a start that will not be run.
        most: how many run at once.
        patience_s: how long one waits, seconds.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        run: Callable[[Start], Awaitable[None]],
        refuse: Callable[[Start, Exception], None],
        most: int,
        patience_s: float,
        observer: ActorObserver,
    ) -> None:
        self._nursery = nursery
        self._run = run
        self._refuse = refuse
        self._most = most
        self._patience_s = patience_s
        self._observer = observer
        self._queue: deque[Start] = deque()
        self._workers = 0
        self._mean_s = FIRST_GUESS_S
        self._wanted = trio.Event()

    def __len__(self) -> int:
        return len(self._queue)

    def enter(self, start: Start) -> None:
        """Let a start wait for its turn, which may be now."""
        self._queue.append(start)
        self._wanted.set()
        if self._workers < self._most:
            self._workers += 1
            self._nursery.start_soon(self._work)

    def too_many_starts(self, starting: int) -> TooManyStartsError:
        """Why one more is not let in: so many are starting already."""
        self._observer.start_refused("queue_full")
        return TooManyStartsError(starting, self._retry_after_s(starting))

    async def run(self) -> None:
        """Refuse for ever what has waited too long."""
        while True:
            if self._queue:
                await trio.sleep_until(self._last_moment(self._queue[0]))
                await self._expire()
            else:
                self._wanted = trio.Event()
                await self._wanted.wait()

    async def _work(self) -> None:
        """Run what waits until nothing does."""
        try:
            while self._queue:
                start = self._queue.popleft()
                if start.wanted:
                    await self._take(start)
                else:
                    self._abandon(start)
                await trio.lowlevel.checkpoint()
        finally:
            self._workers -= 1

    async def _take(self, start: Start) -> None:
        begun = trio.current_time()
        self._observer.start_admitted(begun - start.since)
        await self._run(start)
        self._mean_s += (trio.current_time() - begun - self._mean_s) * MEAN_WEIGHT

    async def _expire(self) -> None:
        """All refused here come back to the same queue: each is told of all of them."""
        waiting = len(self._queue)
        now = trio.current_time()
        refused = 0
        while self._queue and self._last_moment(self._queue[0]) <= now:
            start = self._queue.popleft()
            if start.wanted:
                self._observer.start_refused("too_late")
                retry_after_s = self._retry_after_s(waiting)
                self._refuse(start, TooManyStartsError(waiting, retry_after_s, self._patience_s))
            else:
                self._abandon(start)
            refused += 1
            if refused % REFUSALS_PER_CHECKPOINT == 0:
                await trio.lowlevel.checkpoint()

    def _last_moment(self, start: Start) -> float:
        # The one sum both for the sleep and for the look after it: rounded twice, they may differ,
        # and the look would be repeated until the clock moves on.
        return start.since + self._patience_s

    def _abandon(self, start: Start) -> None:
        self._observer.start_refused("abandoned")
        self._refuse(start, ActorStoppedError(start.cell.key, "nobody waits for its start"))

    def _retry_after_s(self, waiting: int) -> float:
        """When to come back, by how many starts were seen to end in a second."""
        all_through_s = waiting * self._mean_s / self._most
        return min(MIN_RETRY_S + random.uniform(0, 2 * all_through_s), MAX_RETRY_S)
