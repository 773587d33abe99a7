"""Actors that nobody talks to are saved and dropped from memory; the next message brings them
back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from actors.cell import Cell

if TYPE_CHECKING:
    from actors.system import ActorSystem

TICKS: Final = 8
"""How finely idleness is measured: a cell goes between `after_s` and `after_s` * (1 + 1/TICKS)."""

MAX_CONCURRENT_STOPS: Final = 256
"""How many actors are asked to save themselves at the same time."""


class Passivation:
    """Stops the cells that were idle for `after_s` seconds and that no timer is set for.

    A message costs no clock: it notes the system's tick, which this task moves on.
    """

    def __init__(self, system: ActorSystem, after_s: float) -> None:
        self._system = system
        self._after_s = after_s
        self._limiter = trio.CapacityLimiter(MAX_CONCURRENT_STOPS)

    async def run(self) -> None:
        """Look for idle cells for ever."""
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
            except Exception as error:  # noqa: BLE001  (a guest: it stays, and is asked again next time)
                self._system.observer.crashed(cell.key, None, error)
