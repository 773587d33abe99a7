"""The character that carries the inventory, as its rules see it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from gamestate.contract.effects import COMBAT
from gamestate.contract.state import CharacterCore, Vital


@frozen
class Bearer:
    """A character at one moment.

    Attributes:
        now_s: Unix time in seconds.
        has_turn: it is in a fight, and this is its turn there.
    """

    core: CharacterCore
    now_s: float
    has_turn: bool = False

    @property
    def stats(self) -> Mapping[str, int]:
        """The character's own, without what it wears."""
        return self.core.stats

    @property
    def vitals(self) -> Mapping[str, Vital]:
        """Name to `{"cur", "max"}`."""
        return self.core.vitals

    @property
    def fighting(self) -> bool:
        """Whether it is in a fight and this is not its turn there."""
        return self.core.state == COMBAT and not self.has_turn
