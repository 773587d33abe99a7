"""What a field of a template may hold, written into its type: `Annotated[int, Between(0, 20)]`.

A constraint is called with a value that already has the right type, and raises ValueError with a
sentence that a content author understands.
"""

from __future__ import annotations

import re
from collections.abc import Sized
from reprlib import repr as show
from typing import Protocol, runtime_checkable

from attrs import field, frozen


@runtime_checkable
class Constraint(Protocol):
    """Anything that can refuse a value."""

    def __call__(self, value: object, /) -> None:
        """Raise ValueError if the value is not allowed."""


@frozen
class Between:
    """A number from `low` to `high`, both included; NaN never is."""

    low: float
    high: float

    def __call__(self, value: object, /) -> None:
        if not (isinstance(value, int | float) and self.low <= value <= self.high):
            raise ValueError(f"{value} is not between {self.low} and {self.high}")


@frozen
class OneOf:
    """One of a closed set of words. `noun`: what each of them is, with its article."""

    noun: str
    words: tuple[str, ...] = field(converter=tuple)

    def __call__(self, value: object, /) -> None:
        if value not in self.words:
            raise ValueError(f"{show(value)} is not {self.noun} ({', '.join(self.words)})")


@frozen
class Matching:
    """A text that fits a pattern as a whole. `noun`: what such a text is, with its article."""

    noun: str
    pattern: re.Pattern[str] = field(converter=re.compile)

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
