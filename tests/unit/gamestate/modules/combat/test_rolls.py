"""Rolls and what the log says of them."""

from __future__ import annotations

import pytest

from gamestate.content.dice import MAX_BONUS, Dice
from gamestate.content.templates import ability_bonus
from gamestate.modules.combat.rolls import D20, edge, raised, rolled
from tests.unit.gamestate.modules.combat.arena import LoadedDice


def test_one_die_is_cast_without_an_edge() -> None:
    roll = D20.roll(LoadedDice(13), 3)
    assert (roll.natural, roll.total) == (13, 16)
    assert roll.to_log(15) == {"dice": "1d20+3", "cast": [13], "total": 16, "against": 15}


def test_with_advantage_the_better_of_two_counts() -> None:
    roll = D20.roll(LoadedDice(4, 17), -1, 1)
    assert (roll.natural, roll.total) == (17, 16)
    shown = {"dice": "1d20-1", "cast": [4, 17], "edge": "advantage", "total": 16}
    assert roll.to_log() == shown


def test_with_disadvantage_the_worse_of_two_counts() -> None:
    roll = D20.roll(LoadedDice(4, 17), 0, -1)
    assert (roll.natural, roll.total) == (4, 4)
    shown = {"dice": "1d20", "cast": [4, 17], "edge": "disadvantage", "total": 4}
    assert roll.to_log() == shown


def test_advantage_and_disadvantage_cancel() -> None:
    assert edge(favored=True, hampered=True) == 0


def test_doubled_dice_have_their_bonus_once() -> None:
    assert rolled(Dice(2, 6, 3), LoadedDice(1, 2, 3, 4), doubled=True) == 13


def test_a_roll_is_never_below_nothing() -> None:
    assert rolled(Dice(1, 4, -3), LoadedDice(1)) == 0


@pytest.mark.parametrize(("points", "bonus"), [(1, -5), (9, -1), (10, 0), (11, 0), (30, 10)])
def test_a_stat_gives_half_of_what_is_above_ten(points: int, bonus: int) -> None:
    assert ability_bonus(points) == bonus


def test_a_bonus_stays_within_what_dice_can_have() -> None:
    assert raised(Dice(1, 4, 1), 10**9).bonus == MAX_BONUS
    assert raised(Dice(1, 4, 1), -(10**9)).bonus == -MAX_BONUS
