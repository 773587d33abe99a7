"""No-op hooks into the game state server; `observe/hooks.py` says what each does.

Called on the trio thread, with positional arguments; must not block and must not raise. Times are
seconds.
"""

from __future__ import annotations


class GameObserver:
    """Override what you want to see."""

    def message(self, type_: str, outcome: str, seconds: float, /) -> None:
        """A message was answered. `outcome`: 'ok', 'refused', 'duplicate' or 'error'. Called for
        every message: it must cost well under a microsecond."""

    def logged_in(self, restored_from: str, /) -> None:
        """A login was answered; from 'memory', 'redis' or 'postgres'."""

    def restored(self, restored_from: str, seconds: float, /) -> None:
        """An activation read its state from 'redis' or 'postgres'."""

    def session_lost(self, module: str, /) -> None:
        """A session was missing that the core names and Redis should have, or that the character's
        state needs. It was loaded from Postgres, if that had it."""

    def session_gone(self, char_id: int, module: str, state: str, /) -> None:
        """A session that was lost is in no store: the character goes on without it, in `state`."""

    def diverged(self, char_id: int, /) -> None:
        """The two stores disagreed about a character in a way that a crash does not explain."""

    def handed_over(self, char_id: int, server: str, outcome: str, why: str, /) -> None:
        """A character changed its owner. A login here took it from `server` (this one, if it was a
        second login): 'handed_over' or 'fenced'. `server` asked for it: 'released', or 'failed' and
        `why`."""

    def unreadable_handover_message(self, reason: str, /) -> None:
        """Another server sent handover messages that can't be decoded."""
