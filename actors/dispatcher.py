"""The run queue: one task, shared by all cells, that handles waiting messages fairly.

Most messages never come here: an idle cell handles its message in the sender's task (see
`Cell.deliver`), which costs a fifth of a task switch. Here come the messages that had to wait:
those for a cell that was starting, suspended or restarting, and those sent inside a handler.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from actors.cell import Cell

TURNS_PER_VISIT: Final = 32
"""How many messages one cell may handle before the next cell's turn."""

TURNS_PER_PASS: Final = 256
"""How many turns before other trio tasks run."""

INLINE_TURNS: Final = 64
"""How many asks may be answered without a task switch before the sender must yield."""


class Dispatcher:
    """Runs the waiting cells. `running`: a turn is under way, so a sender may not run another."""

    __slots__ = ("_inline_left", "_queue", "_waker", "running")

    def __init__(self) -> None:
        self.running = False
        self._queue: deque[Cell] = deque()
        self._waker = trio.Event()
        self._inline_left = INLINE_TURNS

    def __len__(self) -> int:
        return len(self._queue)

    def enqueue(self, cell: Cell) -> None:
        """Queue a ready cell with waiting messages."""
        self._queue.append(cell)
        self._waker.set()

    def must_yield(self) -> bool:
        """True once every INLINE_TURNS calls, so that a sender that never waits starves no other
        task."""
        self._inline_left -= 1
        if self._inline_left > 0:
            return False
        self._inline_left = INLINE_TURNS
        return True

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self._waker.wait()
            self._run_pass()
            if self._queue:
                await trio.lowlevel.checkpoint()
            else:
                self._waker = trio.Event()

    def _run_pass(self) -> None:
        left = TURNS_PER_PASS
        while self._queue and left > 0:
            cell = self._queue.popleft()
            left -= cell.run_waiting(TURNS_PER_VISIT)
