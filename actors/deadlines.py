"""Ask deadlines: thousands are set per second and almost none is reached.

So they are not timers: a slot joins the others of the current tick, and each tick drops all settled
ones together. Setting a deadline costs an append."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Final

import trio
from attrs import define

from actors.envelope import ReplySlot
from actors.errors import AskTimeoutError

TICK_S: Final = 0.25
"""How often settled slots are dropped, seconds, and how late a timeout may be."""

Watched = tuple[ReplySlot, Hashable]


class Deadlines:
    """Fails the slots that are not settled in time."""

    def __init__(self) -> None:
        self._new: dict[float, list[Watched]] = {}  # by timeout, since the latest tick
        self._aged: list[_Aged] = []
        self._wanted = trio.Event()

    def watch(self, slot: ReplySlot, key: Hashable, timeout_s: float) -> None:
        """Fail `slot` with AskTimeoutError in `timeout_s` seconds, unless it is settled by then."""
        try:
            self._new[timeout_s].append((slot, key))
        except KeyError:
            self._new[timeout_s] = [(slot, key)]
            self._wanted.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self._wanted.wait()
            nearest = min((aged.deadline for aged in self._aged), default=math.inf)
            await trio.sleep_until(min(trio.current_time() + TICK_S, nearest))
            self._tick(trio.current_time())
            if not self._new and not self._aged:
                self._wanted = trio.Event()

    def _tick(self, now: float) -> None:
        """Drop settled slots, fail late ones, and give new ones their deadline."""
        for timeout_s, watched in self._new.items():
            self._aged.append(_Aged(now + timeout_s, timeout_s, watched))
        self._new = {}
        for aged in self._aged:
            aged.watched = [each for each in aged.watched if not each[0].done]
            if aged.deadline <= now:
                aged.fail()
        self._aged = [aged for aged in self._aged if aged.watched]


@define
class _Aged:
    """Slots that were unsettled at a tick, and their deadline."""

    deadline: float
    timeout_s: float
    watched: list[Watched]

    def fail(self) -> None:
        for slot, key in self.watched:
            slot.fail(AskTimeoutError(key, self.timeout_s))
        self.watched = []
