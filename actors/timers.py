"""Delayed and periodic messages to actors: one heap, one task.

Timers live in memory only. A deadline that matters is also part of the actor's state, and is set
again when the state is restored."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any

import trio


class Timer:
    """A handle to stop a timer."""

    __slots__ = ("active", "key", "message", "period_s")

    def __init__(self, key: Hashable, message: Any, period_s: float | None) -> None:
        self.key = key
        self.message = message
        self.period_s = period_s
        self.active = True

    def cancel(self) -> None:
        """Send no (more) messages."""
        self.active = False


class Timers:
    """Sends each timer's message when it is due, through `tell`."""

    def __init__(self, tell: Callable[[Hashable, Any], None]) -> None:
        self._tell = tell
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._changed = trio.Event()

    def after(self, delay_s: float, key: Hashable, message: Any) -> Timer:
        """Send `message` to `key` once, in `delay_s` seconds."""
        return self._add(delay_s, Timer(key, message, None))

    def every(self, period_s: float, key: Hashable, message: Any) -> Timer:
        """Send `message` to `key` every `period_s` seconds, first in `period_s`."""
        return self._add(period_s, Timer(key, message, period_s))

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._changed = trio.Event()
            next_due = self._fire(trio.current_time())
            with trio.move_on_at(next_due):
                await self._changed.wait()

    def _add(self, delay_s: float, timer: Timer) -> Timer:
        heapq.heappush(self._heap, (trio.current_time() + delay_s, next(self._order), timer))
        self._changed.set()
        return timer

    def _fire(self, now: float) -> float:
        """Send what is due; when the next one is."""
        while self._heap and (self._heap[0][0] <= now or not self._heap[0][2].active):
            _, _, timer = heapq.heappop(self._heap)
            if timer.active:
                self._send(timer)
        return self._heap[0][0] if self._heap else math.inf

    def _send(self, timer: Timer) -> None:
        if timer.period_s is None:
            timer.active = False
        else:
            self._add(timer.period_s, timer)
        self._tell(timer.key, timer.message)
