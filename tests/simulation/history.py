"""Everything that happened in a run, in order; two runs are the same if their digests are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

import trio


class History:
    """Lines of text with the virtual time, and the first broken promise.

    Attributes:
        lines: oldest first.
        broken: what was promised and is not so; None while everything is.
        on_break: called with the first broken promise: a run that shows one need not go on.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.broken: str | None = None
        self.on_break: Callable[[], None] = _go_on

    def note(self, who: str, what: str) -> None:
        """Write a line. `who`: a client, a server's store, the nemesis."""
        self.lines.append(f"{trio.current_time():9.4f}  {who:<11} {what}")

    def breaks(self, promise: str) -> None:
        """A promise is broken. The server gets no notice of it."""
        self.note("BROKEN", promise)
        if self.broken is None:
            self.broken = promise
            self.on_break()

    def digest(self) -> str:
        """Of all lines."""
        return sha256("\n".join(self.lines).encode()).hexdigest()

    def tail(self, most: int) -> Sequence[str]:
        """The last lines up to the broken promise."""
        ends = [at for at, line in enumerate(self.lines) if "  BROKEN" in line[:24]]
        last = ends[0] + 1 if ends else len(self.lines)
        return self.lines[max(0, last - most) : last]


def _go_on() -> None:
    """Nobody listens."""
