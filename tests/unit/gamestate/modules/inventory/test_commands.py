"""What the payload of a command may be: what it may not be is refused by its path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pytest
from attrs import frozen

from gamestate.content.items import UnknownTemplateError
from gamestate.errors import InvalidPayloadError
from gamestate.structure import structure
from tests.unit.gamestate.modules.inventory.world import Player

MAX_INT: Final = 2**53 - 1

Values = tuple[Any, ...]

NO_INTEGER: Final[Values] = (True, False, "1", "", "0x1", 1.0, 1.5, None, [], [1], {}, {"a": 1})
NOT_EXACT: Final[Values] = (2**53, -(2**53), 2**63, -(2**63) - 1, 2**64, 10**30, -(10**30))
NO_TEXT: Final[Values] = (5, True, 1.5, [], ["a"], {})
NO_FLAG: Final[Values] = (0, 1, "true", "", 1.0, [], {})

ID: Final[Values] = (*NO_INTEGER, *NOT_EXACT)
AMOUNT: Final[Values] = (*ID, 0, -1, -MAX_INT)
OPTIONAL_AMOUNT: Final[Values] = tuple(it for it in AMOUNT if it is not None)
POSITION: Final[Values] = (*ID, -1, -MAX_INT)
INDEX: Final[Values] = (*POSITION, 6, MAX_INT)
WORD: Final[Values] = (*NO_TEXT, "", "colour", "TYPE")


@frozen
class Command:
    """A command that would be done: its payload, what no field of it may be, and which fields may
    be left out."""

    action: str
    payload: Mapping[str, Any]
    never: Mapping[str, Values]
    optional: frozenset[str] = frozenset()


COMMANDS: Final = (
    Command("open", {}, {}),
    Command("close", {}, {}),
    Command(
        "view",
        {},
        {
            "sort": WORD,
            "order": (*WORD, None),
            "group": WORD,
            "kind": NO_TEXT,
            "rarity": NO_TEXT,
            "slot": NO_TEXT,
            "q": NO_TEXT,
            "usable": NO_FLAG,
            "tooltips": (*NO_FLAG, None),
            "page": AMOUNT,
            "per_page": (*OPTIONAL_AMOUNT, 501, MAX_INT),
        },
        frozenset(
            "sort order group kind rarity slot q usable tooltips page per_page".split(),
        ),
    ),
    Command("inspect", {"item_id": 1}, {"item_id": ID}),
    Command(
        "grant",
        {"template_id": "arrow", "quantity": 1, "partial": False},
        {
            "template_id": (*NO_TEXT, None),
            "quantity": (*AMOUNT, 1_000_001, MAX_INT),
            "partial": (*NO_FLAG, None),
        },
        frozenset({"partial"}),
    ),
    Command(
        "equip",
        {"item_id": 4, "slot": "off_hand"},
        {"item_id": ID, "slot": NO_TEXT},
        frozenset({"slot"}),
    ),
    Command("unequip", {"slot": "main_hand"}, {"slot": (*NO_TEXT, None)}),
    Command("use", {"item_id": 1}, {"item_id": ID}),
    Command("move", {"item_id": 1, "position": 9}, {"item_id": ID, "position": POSITION}),
    Command("split", {"item_id": 1, "quantity": 1}, {"item_id": ID, "quantity": AMOUNT}),
    Command(
        "merge",
        {"source_id": 2, "target_id": 3},
        {"source_id": ID, "target_id": ID},
    ),
    Command(
        "assign_quick_slot",
        {"item_id": 1, "index": 0},
        {"item_id": ID, "index": INDEX},
    ),
    Command("clear_quick_slot", {"index": 1}, {"index": INDEX}),
    Command("use_quick_slot", {"index": 1}, {"index": INDEX}),
    Command(
        "drop",
        {"item_id": 1, "quantity": 1},
        {"item_id": ID, "quantity": OPTIONAL_AMOUNT},
        frozenset({"quantity"}),
    ),
    Command(
        "discard",
        {"item_id": 1, "quantity": 1, "confirm": True},
        {"item_id": ID, "quantity": OPTIONAL_AMOUNT, "confirm": (*NO_FLAG, None)},
        frozenset({"quantity", "confirm"}),
    ),
    Command("recharge", {"item_id": 1}, {"item_id": ID, "charges": OPTIONAL_AMOUNT}),
    Command("lock", {"item_id": 1}, {"item_id": ID}),
    Command("unlock", {"item_id": 1}, {"item_id": ID}),
)


@cache
def class_of(action: str) -> type:
    """What the payload of a command is structured into."""
    return Player().module.routes[action].command


def refused_field(command: Command, payload: Mapping[str, Any]) -> Any:
    """The field by which a payload is refused, before anything is done."""
    with pytest.raises(InvalidPayloadError) as caught:
        structure(payload, class_of(command.action))
    return caught.value.facts["field"]


WRONG: Final = [
    pytest.param(command, name, value, id=f"{command.action} {name}={value!r}")
    for command in COMMANDS
    for name, values in command.never.items()
    for value in values
]


def named(command: Command) -> str:
    return command.action


def test_every_command_is_tried_here(player: Player) -> None:
    assert {command.action for command in COMMANDS} == set(player.module.routes)


@pytest.mark.parametrize(("command", "name", "value"), WRONG)
def test_a_field_that_is_wrong_is_refused_by_its_path(
    command: Command, name: str, value: Any
) -> None:
    field = refused_field(command, {**command.payload, name: value})
    assert field.partition("[")[0] == f"payload.{name}"


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_a_field_that_is_missing_is_named(command: Command) -> None:
    for name in command.payload.keys() - command.optional:
        payload = {key: value for key, value in command.payload.items() if key != name}
        assert refused_field(command, payload) == f"payload.{name}"


@pytest.mark.parametrize("command", COMMANDS, ids=named)
@pytest.mark.parametrize("name", ["colour", "char_id", "Item_id", "__class__", "item_id "])
def test_a_field_that_no_command_has_is_named(command: Command, name: str) -> None:
    assert refused_field(command, {**command.payload, name: 1}) == f"payload.{name}"


@pytest.mark.parametrize("slot", ["tail", "", "MAIN_HAND", "main_hand ", "main hand", "ring" * 999])
def test_a_slot_that_there_is_not_is_the_wrong_one(player: Player, slot: str) -> None:
    for action, payload in (("equip", {"item_id": player.gets("shield")}), ("unequip", {})):
        code, facts = player.is_refused(action, **payload, slot=slot)
        assert (code, facts["slot"]) == ("wrong_slot", slot)


@pytest.mark.parametrize("template_id", ["", "no-such", "ARROW", "arrow ", "../arrow", "x" * 9_999])
def test_a_template_that_there_is_not_is_unknown(player: Player, template_id: str) -> None:
    with pytest.raises(UnknownTemplateError) as caught:
        player.does("grant", template_id=template_id, quantity=1)
    assert caught.value.facts["template_id"] == template_id


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("drop", {"quantity": MAX_INT}, "not_enough"),
        ("discard", {"quantity": MAX_INT}, "not_enough"),
        ("split", {"quantity": MAX_INT}, "split_exceeds"),
        ("move", {"position": MAX_INT}, "wrong_position"),
    ],
)
def test_what_is_far_too_much_is_refused_by_its_rule(
    player: Player, action: str, payload: Mapping[str, Any], code: str
) -> None:
    assert player.is_refused(action, item_id=player.gets("potion", 5), **payload)[0] == code
