"""Constraints on the fields of what is read: each allows and refuses what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gamestate.constraints import (
    AtLeast,
    AtMost,
    Between,
    Entries,
    Matching,
    NotEmpty,
    OneOf,
    Printable,
    Text,
)

Constraint = Callable[[Any], None]

COLOR = OneOf("a color", ("red", "blue"))
WORD = Matching("a word", "[a-z]+")
STATS = Entries("[a-z]+", most=2, low=1, high=9)


@pytest.mark.parametrize(
    ("constraint", "value"),
    [
        (Between(0, 5), 0),
        (Between(0, 5), 5),
        (Between(0, 5), 2.5),
        (AtLeast(1), 1),
        (AtLeast(1), 2**53),
        (COLOR, "red"),
        (WORD, "abc"),
        (NotEmpty(), [0]),
        (NotEmpty(), {"a": 1}),
        (AtMost(2), [1, 2]),
        (Printable(3), "a b"),
        (Printable(3), "Ñañ"),
        (Text(3), " a "),
        (Text(3), "👩\u200d🚀"),
        (STATS, {}),
        (STATS, {"a": 1, "b": 9}),
    ],
)
def test_a_value_within_the_constraint_passes(constraint: Constraint, value: Any) -> None:
    constraint(value)


@pytest.mark.parametrize(
    ("constraint", "value", "problem"),
    [
        (Between(0, 5), -1, "-1 is not between 0 and 5"),
        (Between(0, 5), 5.01, "5.01 is not between 0 and 5"),
        (Between(0, 5), float("nan"), "nan is not between 0 and 5"),
        (AtLeast(1), 0, "must be at least 1, not 0"),
        (AtLeast(1), float("nan"), "must be at least 1, not nan"),
        (COLOR, "green", "'green' is not a color (red, blue)"),
        (WORD, "abc1", "'abc1' is not a word"),
        (WORD, "", "'' is not a word"),
        (NotEmpty(), [], "must not be empty"),
        (NotEmpty(), {}, "must not be empty"),
        (AtMost(2), [1, 2, 3], "must have at most 2 entries, not 3"),
        (Printable(3), "", "must have 1 to 3 characters, not 0"),
        (Printable(3), "abcd", "must have 1 to 3 characters, not 4"),
        (Printable(3), " a", "' a' has unprintable characters or spaces at its ends"),
        (Printable(3), "a\nb", "'a\\nb' has unprintable characters or spaces at its ends"),
        (Text(3), "", "must be 1 to 3 characters long"),
        (Text(3), "abcd", "must be 1 to 3 characters long"),
        (Text(3), "a\u2028", "must not contain control characters"),
        (STATS, {"a": 1, "b": 1, "c": 1}, "must have at most 2 entries, not 3"),
        (STATS, {"A": 1}, "must have names like [a-z]+"),
        (STATS, {"a": 0}, "must be 1 to 9 each: a"),
        (STATS, {"a": 10}, "must be 1 to 9 each: a"),
    ],
)
def test_a_value_outside_the_constraint_is_refused_with_the_reason(
    constraint: Constraint, value: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        constraint(value)
    assert str(refused.value) == problem
