"""When the modules of a character want to be woken: one timer a module.

A timer is only a reminder: the time that counts is what the session says when the timer fires. So a
time that moves later, as a fight's deadline does with every blow, leaves the timer where it is, and
a timer that fires too early is set again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from actors.timers import Timer
from gamestate.game.character.kernel import Kernel
from gamestate.game.character.orders import WakeUp

RETRY_S: Final = 15.0
"""How long after a wake-up that failed the next one comes, seconds: seldom enough that the
supervisor tolerates a module that crashes each time."""

SOONEST_S: Final = 0.1
"""How long after a time that has passed its wake-up comes, seconds: a module that always names one
does not starve the others."""


class Alarms:
    """The timers of one character. `now_s`: the wall clock, Unix time in seconds."""

    __slots__ = ("_char_id", "_kernel", "_now_s", "_timers")

    def __init__(self, char_id: int, kernel: Kernel, now_s: Callable[[], float]) -> None:
        self._char_id = char_id
        self._kernel = kernel
        self._now_s = now_s
        self._timers: dict[str, tuple[float, Timer]] = {}  # with the time it fires, Unix time

    def set(self, module: str, at_s: float | None) -> None:
        """Wake the module at `at_s` (Unix time in seconds) or soon after; None: not at all."""
        if module in self._timers:
            due_s, timer = self._timers[module]
            if at_s is not None and timer.active and due_s <= at_s:
                return
            timer.cancel()
            del self._timers[module]
        if at_s is not None:
            delay_s = max(SOONEST_S, at_s - self._now_s())
            timer = self._kernel.after(delay_s, self._char_id, WakeUp(module))
            self._timers[module] = (at_s, timer)

    def postpone(self, module: str) -> None:
        """Its turn failed: wake it again after RETRY_S, unless a timer is set already."""
        if module not in self._timers or not self._timers[module][1].active:
            self.set(module, self._now_s() + RETRY_S)

    def cancel(self) -> None:
        """Stop all timers."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
