"""What Postgres does not have yet: module, part and the version that last touched it.

A backup carries everything unsaved at its moment. When Postgres has it, what was touched up to its
version is saved, whatever other backups were under way, so that no bookkeeping of attempts is
needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from gamestate.contract.state import CharacterState
from gamestate.game.character.sessions import is_another

EVERYTHING: Final = "*"
"""Stands for all parts of a session: it appeared, ended, or was restored from Redis."""


class Unsaved:
    """The unsaved parts of one character's sessions."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, int]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    @classmethod
    def all_of(cls, state: CharacterState) -> Unsaved:
        """Everything there is, with the version it has."""
        unsaved = cls()
        for module in state.sessions:
            unsaved.note(module, (EVERYTHING,), state.version)
        return unsaved

    def note_turn(
        self,
        touched: Mapping[str, Collection[str]],
        before: CharacterState,
        after: CharacterState,
    ) -> None:
        """What a turn touched: module to parts. Of a session that appeared, ended or took the place
        of another it is everything."""
        for module, parts in touched.items():
            if is_another(before.sessions.get(module), after.sessions.get(module)):
                self.note(module, (EVERYTHING,), after.version)
            elif module in after.sessions:
                self.note(module, parts, after.version)

    def note(self, module: str, parts: Collection[str], version: int) -> None:
        """These parts changed with this version."""
        known = self._parts.setdefault(module, {})
        for part in parts:
            known[part] = version

    def touched(self, module: str) -> Collection[str] | None:
        """The parts to save; None for all of them."""
        parts = self._parts[module]
        return None if EVERYTHING in parts else parts.keys()

    def saved(self, version: int) -> None:
        """Postgres has everything up to this version."""
        for module, parts in list(self._parts.items()):
            left = {part: touched for part, touched in parts.items() if touched > version}
            if left:
                self._parts[module] = left
            else:
                del self._parts[module]
