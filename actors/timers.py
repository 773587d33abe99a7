"""Delayed and periodic messages to actors: one heap, one task.

Timers live in memory only. A deadline that must survive is part of the actor's state, and is set
again when the state is restored. An actor with a timer is not passivated."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, Final

import trio

from actors.errors import MailboxFullError

RETRY_S: Final = 1.0
"""The delay before a message is sent again whose actor's mailbox was full, seconds."""

MIN_CANCELLED_KEPT: Final = 64
"""Cancelled timers are dropped early only if they are more than this, and more than half of all."""


class Timer:
    """A handle to stop a timer. `active`: it is going to send a message."""

    __slots__ = ("_timers", "active", "key", "message", "period_s")

    def __init__(
        self, timers: Timers, key: Hashable, message: Any, period_s: float | None = None
    ) -> None:
        self._timers = timers
        self.key = key
        self.message = message
        self.period_s = period_s
        self.active = True

    def cancel(self) -> None:
        """Send no (more) messages."""
        if self.active:
            self.active = False
            self._timers.discard(self)


class Timers:
    """Sends each timer's message when it is due, by `tell`. If that raises MailboxFullError, the
    message is sent again."""

    def __init__(self, tell: Callable[[Hashable, Any], None]) -> None:
        self._tell = tell
        self._heap: list[tuple[float, int, Timer]] = []
        self._active: Counter[Hashable] = Counter()
        self._cancelled = 0
        self._order = count()
        self._changed = trio.Event()

    def __len__(self) -> int:
        """How many timers are set."""
        return len(self._heap) - self._cancelled

    def after(self, delay_s: float, key: Hashable, message: Any) -> Timer:
        """Send `message` to `key` once, in `delay_s` seconds."""
        return self._start(delay_s, Timer(self, key, message))

    def every(self, period_s: float, key: Hashable, message: Any) -> Timer:
        """Send `message` to `key` every `period_s` seconds, first in `period_s`."""
        return self._start(period_s, Timer(self, key, message, period_s))

    def expects(self, key: Hashable) -> bool:
        """Whether a timer is set for the actor."""
        return key in self._active

    def discard(self, timer: Timer) -> None:
        """Remove a cancelled timer."""
        self._settle(timer.key)
        self._cancelled += 1
        if self._cancelled > max(MIN_CANCELLED_KEPT, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[2].active]
            heapq.heapify(self._heap)
            self._cancelled = 0

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._changed = trio.Event()
            next_due = self._fire(trio.current_time())
            with trio.move_on_at(next_due):
                await self._changed.wait()

    def _start(self, delay_s: float, timer: Timer) -> Timer:
        self._active[timer.key] += 1
        self._add(delay_s, timer)
        return timer

    def _add(self, delay_s: float, timer: Timer) -> None:
        heapq.heappush(self._heap, (trio.current_time() + delay_s, next(self._order), timer))
        self._changed.set()

    def _settle(self, key: Hashable) -> None:
        """This actor has one timer less."""
        self._active[key] -= 1
        if not self._active[key]:
            del self._active[key]

    def _fire(self, now: float) -> float:
        """Send what is due; returns when the next timer is."""
        while self._heap and (self._heap[0][0] <= now or not self._heap[0][2].active):
            _, _, timer = heapq.heappop(self._heap)
            if timer.active:
                self._send(timer)
            else:
                self._cancelled -= 1
        return self._heap[0][0] if self._heap else math.inf

    def _send(self, timer: Timer) -> None:
        """Send a message. A one-time message is retried while the mailbox is full; a periodic one
        is skipped."""
        if timer.period_s is not None:
            self._add(timer.period_s, timer)
        else:
            timer.active = False
            self._settle(timer.key)
        try:
            self._tell(timer.key, timer.message)
        except MailboxFullError:
            if timer.period_s is None:
                timer.active = True
                self._start(RETRY_S, timer)
