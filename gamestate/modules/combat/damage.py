"""Damage: rolled, and resisted by type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from attrs import evolve, frozen

from gamestate.content.dice import RandomStream
from gamestate.content.templates import Damage
from gamestate.modules.combat.dto import Fighter, Nature
from gamestate.modules.combat.rolls import rolled


@frozen
class Hurt:
    """Damage of one type to one fighter. `rolled`: the dice; `dealt`: after resistances."""

    damage: Damage
    doubled: bool
    rolled: int
    dealt: int

    @classmethod
    def of(
        cls, damage: Damage, victim: Nature, random: RandomStream, *, doubled: bool = False
    ) -> Self:
        """Roll it. `doubled`: twice the dice."""
        points = rolled(damage.dice, random, doubled=doubled)
        return cls(damage, doubled, points, dealt(points, damage.type, victim))

    def to_log(self) -> dict[str, Any]:
        """For the log: `{"dice", "type", "rolled", "dealt"}`."""
        dice = self.damage.dice
        text = str(dice)
        if self.doubled and dice.count:
            text = f"{2 * dice.count}d{dice.sides}" + (f"{dice.bonus:+d}" if dice.bonus else "")
        return {
            "dice": text,
            "type": self.damage.type,
            "rolled": self.rolled,
            "dealt": self.dealt,
        }


def dealt(points: int, type_: str, victim: Nature) -> int:
    """What is left of damage: none of it for the immune, half (rounded down) for the resistant,
    twice as much for the vulnerable; both cancel up to the rounding."""
    if type_ in victim.immunities:
        return 0
    if type_ in victim.resistances:
        points //= 2
    return points * 2 if type_ in victim.vulnerabilities else points


def wounded(victim: Fighter, hurts: Iterable[Hurt]) -> Fighter:
    """The fighter after this damage; never below 0 hit points."""
    return evolve(victim, hp=max(0, victim.hp - sum(hurt.dealt for hurt in hurts)))


def hit_points(fighter: Fighter) -> dict[str, int]:
    """`{"cur", "max"}`."""
    return {"cur": fighter.hp, "max": fighter.nature.max_hp}
