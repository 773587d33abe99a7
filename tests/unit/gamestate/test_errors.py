"""Refusals declare their code, their text and their facts."""

from __future__ import annotations

import pytest

from gamestate.errors import RefusedError


class NoRoomError(RefusedError):
    """Refused: there is no room."""

    code = "no_room"
    text = "{needed} do not fit in {room!r}"
    needed: int
    room: str = "attic"


class NoRoomAtAllError(NoRoomError):
    """Refused: all rooms are full."""

    code = "no_room_at_all"
    floors: int = 2


class LateError(RefusedError):
    """Refused: it is too late."""

    code = "late"
    text = "it is too late"


class RudeError(RefusedError):
    """Refused: somebody was rude."""

    code = "rude"
    who: str

    def __init__(self, who: str, words: str) -> None:
        super().__init__(f"{who} said {words}", who=who)


def test_the_facts_are_the_parameters_and_the_text_may_name_them() -> None:
    refusal = NoRoomError(3, room="cellar")
    assert str(refusal) == refusal.detail == "3 do not fit in 'cellar'"
    assert refusal.facts == {"needed": 3, "room": "cellar"}
    assert (refusal.code, refusal.needed) == ("no_room", 3)
    assert NoRoomError.fact_names == ("needed", "room")


def test_a_fact_may_have_a_default() -> None:
    assert NoRoomError(1).facts == {"needed": 1, "room": "attic"}


def test_a_missing_or_an_unknown_fact_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        NoRoomError()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        NoRoomError(1, "attic", 3)  # type: ignore[call-arg]


def test_a_subclass_has_the_facts_of_its_base_too() -> None:
    assert NoRoomAtAllError(1).facts == {"needed": 1, "room": "attic", "floors": 2}
    assert NoRoomAtAllError.fact_names == ("needed", "room", "floors")


def test_a_refusal_without_facts_can_be_raised_as_a_class() -> None:
    with pytest.raises(LateError, match=r"^it is too late$") as refused:
        raise LateError
    assert (refused.value.facts, LateError.fact_names) == ({}, ())


def test_a_refusal_without_facts_takes_another_text() -> None:
    refusal = LateError("it is past midnight", hour=1)
    assert (refusal.detail, refusal.facts) == ("it is past midnight", {"hour": 1})


def test_a_refusal_may_have_a_constructor_of_its_own() -> None:
    refusal = RudeError("Bob", "boo")
    assert (refusal.detail, refusal.facts) == ("Bob said boo", {"who": "Bob"})
    assert RudeError.fact_names == ("who",)


def test_two_refusals_with_the_same_facts_are_not_equal() -> None:
    assert NoRoomError(1) != NoRoomError(1)
