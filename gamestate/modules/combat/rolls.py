"""Rolls: twenty-sided dice, and damage."""

from __future__ import annotations

from typing import Any, Final, Self

from attrs import frozen

from gamestate.content.dice import MAX_BONUS, Dice, RandomStream

SIDES: Final = 20


def raised(dice: Dice, bonus: int) -> Dice:
    """The dice with more added to (or taken from) them, as far as dice go."""
    total = max(-MAX_BONUS, min(dice.bonus + bonus, MAX_BONUS))
    return Dice(dice.count, dice.sides, total)


def rolled(dice: Dice, random: RandomStream, *, doubled: bool = False) -> int:
    """A roll, never below 0. `doubled`: twice the dice, and the bonus once."""
    total = dice.roll(random)
    if doubled:
        total += dice.roll(random) - dice.bonus
    return max(0, total)


@frozen
class D20:
    """A twenty-sided die and a bonus. With an edge two dice are cast and the better one counts (the
    worse, if the edge is against it)."""

    cast: tuple[int, ...]
    bonus: int
    edge: int

    @classmethod
    def roll(cls, random: RandomStream, bonus: int, edge: int = 0) -> Self:
        """`edge`: 1 advantage, -1 disadvantage, 0 neither."""
        count = 2 if edge else 1
        return cls(tuple(random.randint(1, SIDES) for _ in range(count)), bonus, edge)

    @property
    def natural(self) -> int:
        """The die that counts."""
        return min(self.cast) if self.edge < 0 else max(self.cast)

    @property
    def total(self) -> int:
        """The die that counts, and the bonus."""
        return self.natural + self.bonus

    def to_log(self, against: int | None = None) -> dict[str, Any]:
        """For the log: `{"dice", "cast", "total"}`, `"edge"` if there was one, `"against"`: the
        total it had to reach."""
        sign = f"{self.bonus:+d}" if self.bonus else ""
        entry: dict[str, Any] = {"dice": f"1d{SIDES}{sign}", "cast": list(self.cast)}
        if self.edge:
            entry["edge"] = "advantage" if self.edge > 0 else "disadvantage"
        entry["total"] = self.total
        return entry if against is None else {**entry, "against": against}


def edge(*, favored: bool, hampered: bool) -> int:
    """Advantage and disadvantage cancel each other, however many there are."""
    return int(favored) - int(hampered)
