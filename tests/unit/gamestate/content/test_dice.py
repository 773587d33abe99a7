"""Dice: the grammar, the bounds, and rolls that stay within them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamestate.content.dice import MAX_BONUS, MAX_COUNT, MAX_SIDES, Dice, DiceError

bonuses = st.integers(-MAX_BONUS, MAX_BONUS)
rolls = st.builds(Dice, st.integers(1, MAX_COUNT), st.integers(1, MAX_SIDES), bonuses)
numbers = st.builds(Dice, bonus=bonuses)
dice = rolls | numbers


class Stream:
    """A seeded stream that counts what was drawn."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.drawn = 0

    def randint(self, low: int, high: int) -> int:
        self.drawn += 1
        return self._random.randint(low, high)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2d6", Dice(2, 6)),
        ("2d6+3", Dice(2, 6, 3)),
        ("1d4 - 1", Dice(1, 4, -1)),
        ("20d10 + 40", Dice(20, 10, 40)),
        ("7", Dice(bonus=7)),
        ("-2", Dice(bonus=-2)),
        ("0", Dice()),
    ],
)
def test_the_rules_notation_is_read(text: str, expected: Dice) -> None:
    assert Dice.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "d6",
        "2d",
        "2x6",
        "2D6",
        "2d6+",
        "2d6++3",
        "2d6+1d4",
        " 2d6",
        "2d6  +3",
        "2.5",
        "٢d٦",
        "2d6\n",
    ],
)
def test_what_is_not_in_the_grammar_is_refused_by_name(text: str) -> None:
    with pytest.raises(DiceError, match="is not dice: write 2d6") as caught:
        Dice.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("101d6", "'count' must be <= 100"),
        ("1d1001", "'sides' must be <= 1000"),
        ("1d6+10001", "'bonus' must be <= 10000"),
        ("1d6-10001", "'bonus' must be >= -10000"),
        ("0d6", "no roll"),
        ("3d0", "no roll"),
    ],
)
def test_dice_out_of_bounds_are_refused_with_the_bound(text: str, problem: str) -> None:
    with pytest.raises(DiceError, match=problem):
        Dice.parse(text)


def test_a_number_of_absurd_length_is_refused_without_being_computed() -> None:
    with pytest.raises(DiceError):
        Dice.parse("9" * 100_000 + "d6")


@given(dice)
def test_what_is_written_is_read_back_the_same(thrown: Dice) -> None:
    assert Dice.parse(str(thrown)) == thrown


@given(st.text(alphabet="0123456789d+- x", max_size=12))
def test_any_text_is_either_dice_or_a_dice_error(text: str) -> None:
    try:
        parsed = Dice.parse(text)
    except DiceError:
        return
    assert Dice.parse(str(parsed)) == parsed


@given(dice, st.integers())
def test_every_roll_is_within_min_and_max(thrown: Dice, seed: int) -> None:
    assert thrown.min <= thrown.roll(Stream(seed)) <= thrown.max


@given(dice, st.integers())
def test_a_roll_draws_one_number_per_die_and_repeats_with_the_seed(thrown: Dice, seed: int) -> None:
    first, second = Stream(seed), Stream(seed)
    assert thrown.roll(first) == thrown.roll(second)
    assert first.drawn == thrown.count


@given(st.builds(Dice, st.integers(1, 3), st.integers(1, 6), st.integers(-9, 9)))
def test_min_max_and_mean_are_those_of_all_outcomes(thrown: Dice) -> None:
    outcomes = [thrown.bonus]
    for _ in range(thrown.count):
        outcomes = [sofar + face for sofar in outcomes for face in range(1, thrown.sides + 1)]
    assert (thrown.min, thrown.max) == (min(outcomes), max(outcomes))
    assert thrown.mean == sum(outcomes) / len(outcomes)
