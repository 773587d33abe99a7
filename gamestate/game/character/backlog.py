"""What Postgres lacks of one character: module, part, and the version that last touched it.

A backup carries everything that is lacking at its moment. When Postgres has it, all that was
touched up to its version is saved, whatever other backups were under way meanwhile; so attempts
need no bookkeeping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from gamestate.contract.state import CharacterState
from gamestate.game.character.sessions import is_another

EVERYTHING: Final = "*"
"""Stands for all parts of a session: it appeared, ended, or was restored from Redis."""


class Backlog:
    """The unsaved parts of one character. Dirty from `open` to `close`: the core alone may be what
    is lacking."""

    __slots__ = ("_parts", "saved_version")

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, int]] | None = None
        self.saved_version = 0
        """The version that Postgres was seen to have."""

    @property
    def dirty(self) -> bool:
        """Whether Postgres lacks something."""
        return self._parts is not None

    def open(self) -> bool:
        """Postgres lacks something from now on; whether it did not before."""
        if self._parts is not None:
            return False
        self._parts = {}
        return True

    def note_turn(
        self,
        touched: Mapping[str, Collection[str]],
        before: CharacterState,
        after: CharacterState,
    ) -> None:
        """What a turn touched: module to parts. It is everything of a session that appeared, ended
        or took the place of another, and of one whose turn names no part."""
        for module, parts in touched.items():
            if is_another(before.sessions.get(module), after.sessions.get(module)):
                self._note(module, (EVERYTHING,), after.version)
            elif module in after.sessions:
                self._note(module, parts or (EVERYTHING,), after.version)

    def note_all(self, state: CharacterState) -> None:
        """Postgres lacks the core and every session of the state, whole."""
        self.open()
        for module in state.sessions:
            self._note(module, (EVERYTHING,), state.version)

    def lacks(self, module: str) -> bool:
        """Whether Postgres lacks something of this module's session."""
        return self._parts is not None and module in self._parts

    def parts(self) -> dict[str, Collection[str] | None]:
        """What to save now: module to parts; None for all of them."""
        return {
            module: None if EVERYTHING in versions else versions.keys()
            for module, versions in (self._parts or {}).items()
        }

    def saved(self, version: int) -> None:
        """Postgres has everything up to this version."""
        self.saved_version = version
        if self._parts is not None:
            self._parts = {
                module: left
                for module, parts in self._parts.items()
                if (left := {part: touched for part, touched in parts.items() if touched > version})
            }

    def close(self) -> None:
        """Postgres lacks nothing."""
        self._parts = None

    def _note(self, module: str, parts: Collection[str], version: int) -> None:
        self.open()
        assert self._parts is not None
        known = self._parts.setdefault(module, {})
        for part in parts:
            known[part] = version
