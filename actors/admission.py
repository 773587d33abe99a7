"""Bounds concurrent activations: a queue of starts, first in, first out.

A worker takes a start from the queue when it is ready to run it, so that starts run in the order of
arrival. A start that waited too long is refused, with a retry time drawn at random from twice the
time the queue will take, so that refused callers do not return together. A start that no caller
waits for is not run."""

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
"""The bounds of a retry time, seconds."""

FIRST_GUESS_S: Final = 0.05
"""The mean duration of a start, seconds, before the first was measured."""

MEAN_WEIGHT: Final = 0.05
"""The weight of the latest start in the mean."""

REFUSALS_PER_CHECKPOINT: Final = 64
"""How many starts are refused before other tasks run."""


class Start:
    """One activation, queued or running, shared by all callers that wait for it.

    Attributes:
        error: why it failed; None until then, and if it succeeded.
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
        """Whether a caller still waits for it, or for the answer to a message in its mailbox."""
        return self.cell.alive and (self._askers > 0 or self.cell.awaited)

    async def ended(self) -> None:
        """Return when it ended or was refused."""
        self._askers += 1
        try:
            await self._over.wait()
        finally:
            self._askers -= 1

    def end(self) -> None:
        """Wake those who wait for it."""
        self._over.set()


class Admission:
    """The queue of starts.

    Args:
        run: starts an actor; raises nothing.
        refuse: drops a start that is not run.
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
        """Queue a start; it may run at once."""
        self._queue.append(start)
        self._wanted.set()
        if self._workers < self._most:
            self._workers += 1
            self._nursery.start_soon(self._work)

    def too_many_starts(self, starting: int) -> TooManyStartsError:
        """The error for one more start, when `starting` are queued or running."""
        self._observer.start_refused("queue_full")
        return TooManyStartsError(starting, self._retry_after_s(starting))

    async def run(self) -> None:
        """Refuse starts that waited too long. Run until cancelled."""
        while True:
            if self._queue:
                await trio.sleep_until(self._last_moment(self._queue[0]))
                await self._expire()
            else:
                self._wanted = trio.Event()
                await self._wanted.wait()

    async def _work(self) -> None:
        """Run queued starts until there is none."""
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
        """Refuse the late starts. All of them may return to the queue, so each retry time is that
        of the whole queue."""
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
        # The same sum for the sleep and for the check after it: two differently rounded ones would
        # repeat the check until the clock moves.
        return start.since + self._patience_s

    def _abandon(self, start: Start) -> None:
        self._observer.start_refused("abandoned")
        self._refuse(start, ActorStoppedError(start.cell.key, "no caller waits for its start"))

    def _retry_after_s(self, waiting: int) -> float:
        """The retry time, by the measured duration of a start."""
        all_through_s = waiting * self._mean_s / self._most
        return min(MIN_RETRY_S + random.uniform(0, 2 * all_through_s), MAX_RETRY_S)
