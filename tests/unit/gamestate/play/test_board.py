"""The state of a fight, drawn."""

import pytest

from gamestate.play.board import board, enemy
from gamestate.play.verbs import NotUnderstoodError
from tests.unit.gamestate.play.shown import recorded, shown

VIEW = {
    "session_id": "s",
    "round": 3,
    "participants": [
        {"id": "m10", "name": "Wolf 10", "side": "monsters", "hp": {"cur": 11, "max": 11},
         "conditions": {}},
        {"id": "m2", "name": "Wolf 2", "side": "monsters", "hp": {"cur": 5, "max": 10},
         "conditions": {"poisoned": 2, "prone": 1}, "defending": True},
        {"id": "hero", "name": "Mira", "side": "party", "hp": {"cur": 15, "max": 60},
         "conditions": {}},
        {"id": "m1", "name": "Wolf 1", "side": "monsters", "hp": {"cur": 0, "max": 11},
         "conditions": {}},
        {"id": "m3", "name": "Bat", "side": "monsters", "hp": {"cur": 1, "max": 1},
         "conditions": {}, "fled": True},
    ],
}  # fmt: skip


def test_everybody_has_a_line_the_enemies_with_their_numbers() -> None:
    assert shown(board(VIEW)).splitlines() == [
        "Round 3",
        "    Mira     ━━━━              15/60",
        " 1  Wolf 1                      0/11  fallen",
        " 2  Wolf 2   ━━━━━━━━           5/10  on guard, poisoned (2), prone (1)",
        " 3  Bat                          1/1  fled",
        " 4  Wolf 10  ━━━━━━━━━━━━━━━━  11/11",
    ]


def test_a_recorded_fight_fits_80_columns() -> None:
    drawn = shown(board(recorded("fight_begun")))
    assert max(map(len, drawn.splitlines())) <= 80
    assert "Giant Rat 2" in drawn


@pytest.mark.parametrize(
    ("word", "meant"),
    [("2", "m2"), ("1", "m1"), ("4", "m10"), ("wolf", "m2"), ("wolf 10", "m10")],
)
def test_an_enemy_is_meant_by_number_or_by_name_the_first_that_stands(
    word: str, meant: str
) -> None:
    assert enemy(VIEW, word) == meant


@pytest.mark.parametrize("word", ["0", "5", "99999999999999999999", "dragon", "bat"])
def test_nobody_of_that_name_is_said(word: str) -> None:
    with pytest.raises(NotUnderstoodError, match="There is no enemy"):
        enemy(VIEW, word)
