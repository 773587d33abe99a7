"""What a field may hold, written into its type: `Annotated[int, Between(0, 20)]`.

A constraint is any function that is called with a value of the right type, and raises ValueError
with a sentence for the author of the value if it is not allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sized
from reprlib import repr as show
from typing import Any

from attrs import field, frozen


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@frozen
class Between:
    """A number from `low` to `high`, both included; NaN never is."""

    low: float
    high: float

    def __call__(self, value: object, /) -> None:
        if not (isinstance(value, int | float) and self.low <= value <= self.high):
            raise ValueError(f"{value} is not between {self.low} and {self.high}")


@frozen
class AtLeast:
    """A number that is not below `low`."""

    low: float

    def __call__(self, value: object, /) -> None:
        if not (isinstance(value, int | float) and value >= self.low):
            raise ValueError(f"must be at least {self.low}, not {value}")


@frozen
class OneOf:
    """One of a closed set of words. `noun`: what each of them is, with its article."""

    noun: str
    words: tuple[str, ...]

    def __call__(self, value: object, /) -> None:
        if value not in self.words:
            raise ValueError(f"{show(value)} is not {self.noun} ({', '.join(self.words)})")


@frozen
class Matching:
    """A text that fits a pattern as a whole. `noun`: what such a text is, with its article."""

    noun: str
    pattern: re.Pattern[str] = field(converter=_compiled)

    def __call__(self, value: object, /) -> None:
        if not (isinstance(value, str) and self.pattern.fullmatch(value)):
            raise ValueError(f"{show(value)} is not {self.noun}")


@frozen
class NotEmpty:
    """A table or list with at least one entry."""

    def __call__(self, value: object, /) -> None:
        if not value:
            raise ValueError("must not be empty")


@frozen
class Printable:
    """A text a client can show: 1 to `longest` printable characters, no space at either end."""

    longest: int

    def __call__(self, value: object, /) -> None:
        if not (isinstance(value, str) and value.isprintable() and value == value.strip()):
            raise ValueError(f"{show(value)} has unprintable characters or spaces at its ends")
        if not 1 <= len(value) <= self.longest:
            raise ValueError(f"must have 1 to {self.longest} characters, not {len(value)}")


@frozen
class AtMost:
    """A table or list with no more than `most` entries."""

    most: int

    def __call__(self, value: object, /) -> None:
        if isinstance(value, Sized) and len(value) > self.most:
            raise ValueError(f"must have at most {self.most} entries, not {len(value)}")


@frozen
class Text:
    """A text of 1 to `longest` characters, without control characters and line breaks."""

    longest: int

    def __call__(self, value: object, /) -> None:
        if not (isinstance(value, str) and 1 <= len(value) <= self.longest):
            raise ValueError(f"must be 1 to {self.longest} characters long")
        if not value.isprintable() and any(map(_is_control, value)):
            raise ValueError("must not contain control characters")


def _is_control(character: str) -> bool:
    # Not `isprintable`: joiners, which some scripts and all families of emoji need, are not.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


@frozen
class Entries:
    """`{name: whole number}`: at most `most` of them, each name fits `names`, each number is from
    `low` to `high`."""

    names: re.Pattern[str] = field(converter=_compiled)
    most: int
    low: int
    high: int

    def __call__(self, value: Mapping[str, int], /) -> None:
        AtMost(self.most)(value)
        for name, number in value.items():
            if not self.names.fullmatch(name):
                raise ValueError(f"must have names like {self.names.pattern}")
            if not self.low <= number <= self.high:
                raise ValueError(f"must be {self.low} to {self.high} each: {name}")


@frozen
class Prepared:
    """No constraint: `function` is called with the JSON value before its type is checked, and
    returns the value to take instead."""

    function: Callable[[Any], Any]
