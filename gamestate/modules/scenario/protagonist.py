"""The character in a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gamestate.content.templates import DEFAULT_STAT
from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import Effect, TurnContext

MAX_SUFFIX: Final = "_max"
ARMOR_CLASS: Final = "armor_class"


class Protagonist:
    """The character at this point of the turn."""

    def __init__(self, turn: TurnContext) -> None:
        self._turn = turn

    @property
    def now_s(self) -> float:
        """The time of the turn, Unix time in seconds."""
        return self._turn.now_s

    @property
    def location(self) -> str:
        """Where the character is."""
        return self._core.location.current

    @property
    def dead(self) -> bool:
        """Whether it has no hit points left."""
        return self._core.dead

    @property
    def stats(self) -> Mapping[str, int]:
        """Its own stats, without gear."""
        return self._core.stats

    def vital(self, name: str) -> int:
        """The points left of a vital; of `hp_max`, the most that `hp` can be. 0 for a vital the
        character does not have."""
        vital = self._core.vitals.get(name.removesuffix(MAX_SUFFIX))
        if vital is None:
            return 0
        return vital["max"] if name.endswith(MAX_SUFFIX) else vital["cur"]

    def derived(self, name: str) -> int:
        """A stat with gear and buffs, or `armor_class`. Without an inventory: the stat itself, and
        the armor class of a character without armor."""
        facts: Mapping[str, Any] = self._turn.derived()
        if name == ARMOR_CLASS:
            points: int = facts.get(ARMOR_CLASS, DEFAULT_STAT)
        else:
            points = facts.get("stats", self.stats).get(name, 0)
        return points

    def items(self, template_id: str) -> int:
        """How many of the item it has."""
        return self._turn.items(template_id)

    def perform(self, effect: Effect) -> None:
        """Apply an effect now. Raises: RefusedError."""
        self._turn.perform(effect)

    @property
    def _core(self) -> CharacterCore:
        return self._turn.state.core
