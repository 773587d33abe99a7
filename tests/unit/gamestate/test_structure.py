"""Strict structuring: what does not fit is refused with its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import pytest
from attrs import field, frozen, validators
from hypothesis import given
from hypothesis import strategies as st

from gamestate.constraints import Between, Entries, Prepared, Text
from gamestate.errors import InvalidPayloadError
from gamestate.structure import MAX_INT, StructureError, from_json, structure, to_json


@frozen
class Equip:
    item_id: int
    slot: str | None = None


@frozen
class Monsters:
    monster: str
    count: int = field(default=1, validator=validators.ge(1))


@frozen
class Everything:
    monsters: list[Monsters] = field(factory=list)
    seed: int | None = None
    side: Literal["party", "monsters"] = "party"
    changes: Annotated[Mapping[str, int], Entries("[a-z]+", 2, -9, 9)] = field(factory=dict)
    order: Sequence[int] = ()
    free: Mapping[str, Any] = field(factory=dict)
    share: float = 1.0
    name: Annotated[str, Text(4)] = "x"
    sure: bool = False


def test_a_payload_that_fits_becomes_the_command() -> None:
    assert structure({"item_id": 7, "slot": "head"}, Equip) == Equip(7, "head")
    assert structure({"item_id": 7}, Equip) == Equip(7)
    assert structure({"item_id": 7, "slot": None}, Equip) == Equip(7)


def test_nested_payloads_become_nested_commands() -> None:
    payload = {"monsters": [{"monster": "rat", "count": 2}], "order": [2, 1], "free": {"a": []}}
    made = structure(payload, Everything)
    assert made.monsters == [Monsters("rat", 2)]
    assert (made.order, made.free) == ((2, 1), {"a": []})


@pytest.mark.parametrize(
    ("payload", "where", "problem"),
    [
        ({}, "payload.item_id", "is missing"),
        ({"item_id": True}, "payload.item_id", "expected a whole number, got a boolean"),
        ({"item_id": "5"}, "payload.item_id", "expected a whole number, got a string"),
        ({"item_id": 1.0}, "payload.item_id", "expected a whole number, got a number with a"),
        ({"item_id": None}, "payload.item_id", "expected a whole number, got null"),
        ({"item_id": MAX_INT + 1}, "payload.item_id", "within ±(2^53 - 1)"),
        ({"item_id": -MAX_INT - 1}, "payload.item_id", "within ±(2^53 - 1)"),
        ({"item_id": 1, "slot": 5}, "payload.slot", "expected a string, got a whole number"),
        ({"item_id": 1, "slto": "x"}, "payload.slto", "unknown field"),
        ([], "payload", "expected an object, got a list"),
        (None, "payload", "expected an object, got null"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(payload: Any, where: str, problem: str) -> None:
    with pytest.raises(InvalidPayloadError) as refused:
        structure(payload, Equip)
    assert refused.value.facts["field"] == where
    assert problem in refused.value.detail


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({"monsters": [{"monster": "a"}, {"monster": 5}]}, "payload.monsters[1].monster"),
        ({"monsters": [{"monster": "a", "count": 0}]}, "payload.monsters[0].count"),
        ({"monsters": [{"monster": "a", "x": 0}]}, "payload.monsters[0].x"),
        ({"monsters": ["a"]}, "payload.monsters[0]"),
        ({"monsters": "abc"}, "payload.monsters"),
        ({"monsters": {}}, "payload.monsters"),
        ({"order": "12"}, "payload.order"),
        ({"order": [1, None]}, "payload.order[1]"),
        ({"side": "c"}, "payload.side"),
        ({"side": ["party"]}, "payload.side"),
        ({"changes": {"hp": "5"}}, "payload.changes.hp"),
        ({"changes": {"hp": 10}}, "payload.changes"),
        ({"changes": {"HP": 1}}, "payload.changes"),
        ({"changes": {"a": 1, "b": 1, "c": 1}}, "payload.changes"),
        ({"changes": []}, "payload.changes"),
        ({"free": []}, "payload.free"),
        ({"share": "1"}, "payload.share"),
        ({"share": True}, "payload.share"),
        ({"name": ""}, "payload.name"),
        ({"name": "abcde"}, "payload.name"),
        ({"name": "a\x1f"}, "payload.name"),
        ({"name": "a\u2028"}, "payload.name"),
        ({"sure": 1}, "payload.sure"),
    ],
)
def test_the_path_leads_to_what_is_wrong(payload: Any, where: str) -> None:
    with pytest.raises(InvalidPayloadError) as refused:
        structure(payload, Everything)
    assert refused.value.facts["field"] == where


def test_the_path_of_a_whole_body_has_no_prefix() -> None:
    with pytest.raises(InvalidPayloadError, match=r"^item_id: "):
        structure({}, Equip, path="")
    with pytest.raises(InvalidPayloadError, match=r"^body: expected an object"):
        structure([], Equip, path="")


def test_text_may_have_letters_of_any_script_and_joined_emoji() -> None:
    assert structure({"name": "Ñandú"[:4]}, Everything).name == "Ñand"
    assert structure({"name": "👩\u200d🚀"}, Everything).name == "👩\u200d🚀"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
JSON = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS)


@given(st.dictionaries(st.sampled_from(["item_id", "slot", "other"]), JSON))
def test_any_json_is_either_the_command_or_an_invalid_payload(payload: Any) -> None:
    try:
        made = structure(payload, Equip)
    except InvalidPayloadError:
        return
    assert type(made.item_id) is int
    assert made.slot is None or type(made.slot) is str
    assert (made.item_id, made.slot) == (payload["item_id"], payload.get("slot"))


# ------------------------------------------------------------------ from_json and to_json


def stripped(name: Any) -> Any:
    return name.strip() if isinstance(name, str) else name


@frozen
class Heal:
    effect: ClassVar[str] = "heal"

    points: Annotated[int, Between(1, 9)]
    twice: bool = False


@frozen
class Curse:
    effect: ClassVar[str] = "curse"


@frozen
class Spell:
    name: Annotated[str, Prepared(stripped), Text(4)]
    effects: tuple[Heal | Curse, ...] = ()
    level: bool | int | str = 0


def test_a_class_of_a_union_is_chosen_by_its_tag_and_written_with_it() -> None:
    stored = {"name": "x", "effects": [{"effect": "heal", "points": 3}, {"effect": "curse"}]}
    spell = from_json(stored, Spell)
    assert spell == Spell("x", (Heal(3), Curse()))
    assert to_json(spell) == {
        "name": "x",
        "effects": [{"effect": "heal", "points": 3, "twice": False}, {"effect": "curse"}],
    }


def test_a_value_can_be_prepared_before_its_type_is_checked() -> None:
    assert from_json({"name": "  abcd  "}, Spell).name == "abcd"
    with pytest.raises(StructureError, match=r"^name: must be 1 to 4 characters long$"):
        from_json({"name": "   "}, Spell)


@pytest.mark.parametrize("level", [True, 3, "high"])
def test_a_union_of_scalars_takes_each_of_them_as_it_is(level: bool | int | str) -> None:
    made = from_json({"name": "x", "level": level}, Spell)
    assert (made.level, type(made.level)) == (level, type(level))


def test_every_problem_is_named_with_its_path() -> None:
    wrong = {
        "name": 5,
        "effects": [{"effect": "heal", "points": 10}, {"effect": "joy"}, {"effect": "heal"}, 3],
        "level": None,
        "colour": "red",
    }
    with pytest.raises(StructureError) as refused:
        from_json(wrong, Spell, "spell")
    assert refused.value.problems == [
        "spell.name: expected a string, got a whole number",
        "spell.effects[0].points: 10 is not between 1 and 9",
        "spell.effects[1].effect: must be one of heal, curse",
        "spell.effects[2].points: is missing",
        "spell.effects[3]: expected an object, got a whole number",
        "spell.level: expected a boolean or a whole number or a string, got null",
        "spell.colour: unknown field; there are name, effects, level",
    ]


def test_the_problem_with_the_whole_has_no_path() -> None:
    with pytest.raises(StructureError) as refused:
        from_json([], Spell)
    assert str(refused.value) == "expected an object, got a list"


def test_the_first_problem_of_a_payload_is_the_first_of_all() -> None:
    with pytest.raises(InvalidPayloadError, match=r"^payload\.name: is missing$"):
        structure({"colour": "red", "level": None}, Spell)
