"""A scenario, told."""

from typing import Any

import pytest

from gamestate.play.scenario_view import choice, heading, scenario_view
from gamestate.play.verbs import NotUnderstoodError
from tests.unit.gamestate.play.shown import recorded, shown

VIEW: dict[str, Any] = {
    "session_id": "s", "scenario": "drowned-bell", "name": "The Drowned Bell", "node": "reeve",
    "text": "Forty years ago the wall broke. " * 4 + "\n\nHe says it the way one reads.",
    "choices": [
        {"id": "press", "text": "Ask him who held the boats.", "available": False,
         "why": "He would not answer that. It takes a better tongue, or something in writing."},
        {"id": "back", "text": "Let it rest.", "available": True},
    ],
    "variables": {"truth": False}, "over": False, "ending": None, "fighting": False,
    "timer": None, "changed": False,
}  # fmt: skip


def test_text_and_choices_are_told_in_lines_one_can_read() -> None:
    assert shown(scenario_view(VIEW), width=200).splitlines() == [
        "Forty years ago the wall broke. Forty years ago the wall broke. Forty years",
        "ago the wall broke. Forty years ago the wall broke.",
        "",
        "He says it the way one reads.",
        "",
        " (1)  Ask him who held the boats.",
        "        He would not answer that. It takes a better tongue, or something in",
        "        writing.",
        "   2  Let it rest.",
    ]


def test_what_the_scenario_remembers_is_not_given_away() -> None:
    assert "truth" not in shown(scenario_view(VIEW))


def test_a_timer_is_told() -> None:
    assert "You have 2 min." in shown(scenario_view({**VIEW, "timer": {"remaining_s": 120.0}}))
    assert "You have 46 s." in shown(scenario_view({**VIEW, "timer": {"remaining_s": 45.2}}))


def test_an_end_is_told_by_its_name() -> None:
    end = {**VIEW, "choices": [], "over": True, "ending": "walked-away"}
    assert shown(scenario_view(end)).splitlines()[-1] == "The end: walked away."


def test_time_that_ran_out_is_told_first() -> None:
    assert shown(scenario_view({**VIEW, "expired": True})).splitlines()[0] == "Too late."


def test_a_scenario_that_can_not_go_on_says_what_to_do() -> None:
    changed = {**VIEW, "name": None, "choices": [], "changed": True}
    assert "abandon" in shown(scenario_view(changed))


def test_its_name_stands_above_it() -> None:
    assert shown(heading(VIEW)) == "The Drowned Bell"
    assert shown(heading({**VIEW, "name": None})) == "drowned bell"


def test_recorded_scenarios_fit_80_columns() -> None:
    for name in ("tale_begun", "tale_ended"):
        drawn = shown(scenario_view(recorded(name)))
        assert max(map(len, drawn.splitlines())) <= 80


def test_a_choice_is_meant_by_its_number_also_one_that_is_not_available() -> None:
    assert choice(VIEW, "1") == "press"
    assert choice(VIEW, "2") == "back"


@pytest.mark.parametrize("number", ["0", "3", "-1", "", "two", "²"])
def test_another_number_is_said_to_be_none(number: str) -> None:
    with pytest.raises(NotUnderstoodError, match="Choose 1 to 2"):
        choice(VIEW, number)


def test_a_single_choice_is_named() -> None:
    with pytest.raises(NotUnderstoodError, match=r"Choose 1\.$"):
        choice({**VIEW, "choices": VIEW["choices"][:1]}, "2")


def test_where_there_is_no_choice_that_is_said() -> None:
    with pytest.raises(NotUnderstoodError, match="nothing to choose"):
        choice({**VIEW, "choices": []}, "1")
