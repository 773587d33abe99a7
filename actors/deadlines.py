"""Ask deadlines: thousands are set per second and almost none is reached.

So they are not timers: each timeout length has a FIFO of slots, whose settled ones are dropped as
the task comes by. Setting one costs an append."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Final

import trio

from actors.envelope import ReplySlot
from actors.errors import AskTimeoutError

SWEEP_S: Final = 0.25
"""How often settled slots are dropped, seconds, and how late a timeout may be: a slot notes the
time of the latest sweep instead of asking the clock."""


class Deadlines:
    """Fails the slots that are not settled in time."""

    def __init__(self) -> None:
        self._by_timeout: dict[float, deque[tuple[float, ReplySlot, Hashable]]] = {}
        self._wanted = trio.Event()
        self._now = 0.0  # of the latest sweep; 0 while nothing is watched

    def watch(self, slot: ReplySlot, key: Hashable, timeout_s: float) -> None:
        """Fail `slot` with AskTimeoutError in `timeout_s` seconds, unless it is settled by then."""
        slots = self._by_timeout.get(timeout_s)
        if slots is None:
            slots = self._by_timeout[timeout_s] = deque()
        if not self._now:
            self._now = trio.current_time()
            self._wanted.set()
        slots.append((self._now + timeout_s + SWEEP_S, slot, key))

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            await self._wanted.wait()
            self._now = trio.current_time()
            earliest = self._sweep(self._now)
            if earliest is None:
                self._by_timeout.clear()
                self._wanted = trio.Event()
                self._now = 0.0
            else:
                await trio.sleep_until(min(earliest, self._now + SWEEP_S))

    def _sweep(self, now: float) -> float | None:
        """Drop what is settled, fail what is late; the earliest deadline that is left."""
        earliest = None
        for timeout_s, slots in self._by_timeout.items():
            while slots and (slots[0][1].done or slots[0][0] <= now):
                _, slot, key = slots.popleft()
                if not slot.done:
                    slot.fail(AskTimeoutError(key, timeout_s))
            if slots and (earliest is None or slots[0][0] < earliest):
                earliest = slots[0][0]
        return earliest
