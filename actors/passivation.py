"""Saves idle actors and drops them from memory; the next message starts them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from actors.cell import Cell

if TYPE_CHECKING:
    from actors.system import ActorSystem

TICKS: Final = 8
"""Ticks per `after_s`: a cell is stopped after `after_s` to `after_s` * (1 + 1/TICKS) seconds."""

MAX_CONCURRENT_STOPS: Final = 256


class Passivation:
    """Stops the cells that were idle for `after_s` seconds and have no timer.

    A message records the system's tick, which this task advances, and does not read the clock.
    """

    def __init__(self, system: ActorSystem, after_s: float) -> None:
        self._system = system
        self._after_s = after_s
        self._limiter = trio.CapacityLimiter(MAX_CONCURRENT_STOPS)

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await trio.sleep(self._after_s / TICKS)
            self._system.tick += 1
            async with trio.open_nursery() as nursery:
                for cell in self._system.registry:
                    if self._idle(cell):
                        nursery.start_soon(self._passivate, cell)

    def _idle(self, cell: Cell) -> bool:
        if not cell.ready or cell.last_tick >= self._system.tick - TICKS:
            return False
        return not self._system.timers.expects(cell.key)

    async def _passivate(self, cell: Cell) -> None:
        async with self._limiter:
            if not self._idle(cell):
                return
            try:
                await self._system.registry.stop(cell.key, "passivated")
            except Exception as error:  # noqa: BLE001  (a guest: it stays, and is stopped later)
                self._system.observer.crashed(cell.key, None, error)
