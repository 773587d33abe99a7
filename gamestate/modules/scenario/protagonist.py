"""The character in a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from gamestate.content.templates import DEFAULT_STAT
from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import Effect, TurnContext

HP: Final = "hp"
MOST: Final = "_max"
ARMOR_CLASS: Final = "armor_class"


class Protagonist(Protocol):
    """The character at this point of the turn."""

    @property
    def now_s(self) -> float:
        """The time of the turn, Unix time in seconds."""

    @property
    def location(self) -> str:
        """Where the character is."""

    @property
    def dead(self) -> bool:
        """Whether it has no hit points left."""

    @property
    def stats(self) -> Mapping[str, int]:
        """Its own stats, without gear."""

    def vital(self, name: str) -> int:
        """The points left of a vital; of `hp_max`, the most that `hp` can be."""

    def derived(self, name: str) -> int:
        """A stat with gear and buffs, or `armor_class`."""

    def items(self, template_id: str) -> int:
        """How many of the item it has."""

    def perform(self, effect: Effect) -> None:
        """Apply an effect now. Raises: RefusedError."""


class TurnProtagonist:
    """The Protagonist of a turn."""

    def __init__(self, turn: TurnContext) -> None:
        self._turn = turn

    @property
    def now_s(self) -> float:
        """See Protagonist."""
        return self._turn.now_s

    @property
    def location(self) -> str:
        """See Protagonist."""
        return self._core.location.current

    @property
    def dead(self) -> bool:
        """See Protagonist."""
        return HP in self._core.vitals and self.vital(HP) == 0

    @property
    def stats(self) -> Mapping[str, int]:
        """See Protagonist."""
        return self._core.stats

    def vital(self, name: str) -> int:
        """See Protagonist. 0 for a vital the character does not have."""
        vital = self._core.vitals.get(name.removesuffix(MOST))
        if vital is None:
            return 0
        return vital["max"] if name.endswith(MOST) else vital["cur"]

    def derived(self, name: str) -> int:
        """See Protagonist. Without an inventory: the stat itself, and the skin."""
        facts: Mapping[str, Any] = self._turn.derived()
        if name == ARMOR_CLASS:
            points: int = facts.get(ARMOR_CLASS, DEFAULT_STAT)
        else:
            points = facts.get("stats", self.stats).get(name, 0)
        return points

    def items(self, template_id: str) -> int:
        """See Protagonist."""
        return self._turn.items(template_id)

    def perform(self, effect: Effect) -> None:
        """See Protagonist."""
        self._turn.perform(effect)

    @property
    def _core(self) -> CharacterCore:
        return self._turn.state.core
