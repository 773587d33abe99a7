"""A refusal, in one line."""

from typing import Any

import pytest

from gamestate.client import RequestRefusedError
from gamestate.play.refusal import refusal


def said(status: int = 409, **problem: Any) -> str:
    return refusal(RequestRefusedError(status, problem))


def test_it_is_the_detail_as_a_sentence() -> None:
    detail = "the backpack has 0 free slots, this needs 1"
    assert said(code="bag_full", detail=detail) == f"T{detail[1:]}."


def test_a_field_is_named_as_a_player_knows_it() -> None:
    assert said(400, code="invalid_payload", detail="payload.location: must be 1 to 128") == (
        "Location: must be 1 to 128."
    )


def test_the_words_of_a_scenario_stay_as_they_are() -> None:
    why = "You would not get ten feet up."
    assert said(code="choice_unavailable", detail=why) == why
    assert said(code="choice_unavailable", detail='"Closed."') == '"Closed."'


def test_the_dead_are_told_what_to_do() -> None:
    assert "Rest" in said(code="dead", detail="the character has no hit points")


@pytest.mark.parametrize("code", ["target_dead", "no_target"])
def test_a_target_that_is_gone_names_those_that_are_left(code: str) -> None:
    living = [{"id": "m2", "name": "Wolf"}, {"id": "m3", "name": "Bat"}]
    assert said(code=code, detail="m1 is dead", living=living).endswith(
        "Still there: Wolf and Bat."
    )
    assert "Still" not in said(code=code, detail="m1 is dead", living=[])


def test_a_problem_without_words_has_its_status() -> None:
    assert said(status=502) == "HTTP 502."
