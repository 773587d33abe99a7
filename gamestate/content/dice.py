"""Dice as the rules write them: `2d6+3`, `1d4-1`, or a plain number.

The grammar, and nothing beyond it (one space may stand on either side of the sign when reading):

    dice   = number "d" number [sign number] | ["-"] number
    sign   = "+" | "-"
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, Protocol, Self

from attrs import field, frozen
from attrs.validators import ge, le

from gamestate.structure import kind


class RandomStream(Protocol):
    """The turn's seeded, counted randomness: a turn replayed after a crash draws the same
    numbers."""

    def randint(self, low: int, high: int, /) -> int:
        """A whole number from `low` to `high`, both included."""


MAX_COUNT: Final = 100
MAX_SIDES: Final = 1_000
MAX_BONUS: Final = 10_000

_ROLL: Final = re.compile(r"([0-9]{1,9})d([0-9]{1,9})(?: ?([+-]) ?([0-9]{1,9}))?")
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")


class DiceError(ValueError):
    """A text is not dice, or the dice are out of bounds; the message says what is wrong."""


@frozen
class Dice:
    """`count` dice of `sides` sides, and `bonus` added once.

    A plain number has 0 dice of 0 sides. Bounds: at most 100 dice of at most 1,000 sides, a bonus
    of at most 10,000 either way, so that every roll is quick.
    Outside them the constructor raises ValueError, `parse` its subclass DiceError.
    """

    count: int = field(default=0, validator=[ge(0), le(MAX_COUNT)])
    sides: int = field(default=0, validator=[ge(0), le(MAX_SIDES)])
    bonus: int = field(default=0, validator=[ge(-MAX_BONUS), le(MAX_BONUS)])

    def __attrs_post_init__(self) -> None:
        if (self.count == 0) != (self.sides == 0):
            raise DiceError(
                f"{self.count}d{self.sides} is no roll: both numbers must be above 0, "
                "and a plain number is written alone"
            )

    @classmethod
    def from_json(cls, value: Any) -> Dice:
        """Read what a file or a store has. Raises: DiceError: it is not dice."""
        if type(value) is not str:
            raise DiceError(f"expected dice in quotes, got {kind(value)}")
        return _parsed(value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The dice a text stands for.

        Raises:
            DiceError: the text is not in the grammar, or a number is out of bounds.
        """
        count, sides, bonus = _numbers(text)
        try:
            return cls(count, sides, bonus)
        except DiceError:
            raise
        except ValueError as error:
            raise DiceError(f"{text!r}: {error.args[0]}") from error

    def __str__(self) -> str:
        """The one canonical text, which `parse` reads back."""
        if not self.count:
            return str(self.bonus)
        return f"{self.count}d{self.sides}" + (f"{self.bonus:+d}" if self.bonus else "")

    def roll(self, random: RandomStream) -> int:
        """One result, `min` to `max`. Draws `count` numbers from the stream, always as many."""
        return sum(random.randint(1, self.sides) for _ in range(self.count)) + self.bonus

    @property
    def min(self) -> int:
        """The least a roll can give; below 0 for a large negative bonus."""
        return self.count + self.bonus

    @property
    def max(self) -> int:
        """The most a roll can give."""
        return self.count * self.sides + self.bonus

    @property
    def mean(self) -> float:
        """The average of all rolls, exact (it is a whole number of halves)."""
        return (self.min + self.max) / 2


@cache
def _parsed(text: str) -> Dice:
    return Dice.parse(text)


def _numbers(text: str) -> tuple[int, int, int]:
    if match := _ROLL.fullmatch(text):
        count, sides, sign, bonus = match.groups()
        return int(count), int(sides), int(f"{sign or '+'}{bonus or 0}")
    if _NUMBER.fullmatch(text):
        return 0, 0, int(text)
    raise DiceError(f"{text!r} is not dice: write 2d6, 2d6+3, 1d4-1 or a plain number")
