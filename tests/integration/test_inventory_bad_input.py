"""Nonsense at every command of the inventory, over HTTP: a problem names the field, and
nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from attrs import frozen

from tests.support.server import Answer, ServerProcess

MAX_INT: Final = 2**53 - 1
ITEM_IDS: Final = ("item_id", "source_id", "target_id")

Values = tuple[Any, ...]

NO_INTEGER: Final[Values] = (True, False, "1", "", "0x1", 1.0, 1.5, None, [], [1], {}, {"a": 1})
NOT_EXACT: Final[Values] = (2**53, -(2**53), 2**63, -(2**63) - 1, 2**64, 10**30, -(10**30))
NO_TEXT: Final[Values] = (5, True, 1.5, [], ["a"], {}, "a\0b", "\0")
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
    be left out. `potions`, `torches`, `sword`, `wand` in the payload are the ids of items."""

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
    Command("inspect", {"item_id": "potions"}, {"item_id": ID}),
    Command(
        "grant",
        {"template_id": "torch", "quantity": 1, "partial": False},
        {
            "template_id": (*NO_TEXT, None),
            "quantity": (*AMOUNT, 1_000_001, MAX_INT),
            "partial": (*NO_FLAG, None),
        },
        frozenset({"partial"}),
    ),
    Command(
        "equip",
        {"item_id": "wand", "slot": "off_hand"},
        {"item_id": ID, "slot": NO_TEXT},
        frozenset({"slot"}),
    ),
    Command("unequip", {"slot": "main_hand"}, {"slot": (*NO_TEXT, None)}),
    Command("use", {"item_id": "potions"}, {"item_id": ID}),
    Command("move", {"item_id": "potions", "position": 9}, {"item_id": ID, "position": POSITION}),
    Command("split", {"item_id": "potions", "quantity": 1}, {"item_id": ID, "quantity": AMOUNT}),
    Command(
        "merge",
        {"source_id": "torches", "target_id": "other torches"},
        {"source_id": ID, "target_id": ID},
    ),
    Command(
        "assign_quick_slot",
        {"item_id": "potions", "index": 0},
        {"item_id": ID, "index": INDEX},
    ),
    Command("clear_quick_slot", {"index": 1}, {"index": INDEX}),
    Command("use_quick_slot", {"index": 1}, {"index": INDEX}),
    Command(
        "drop",
        {"item_id": "potions", "quantity": 1},
        {"item_id": ID, "quantity": OPTIONAL_AMOUNT},
        frozenset({"quantity"}),
    ),
    Command(
        "discard",
        {"item_id": "potions", "quantity": 1, "confirm": True},
        {"item_id": ID, "quantity": OPTIONAL_AMOUNT, "confirm": (*NO_FLAG, None)},
        frozenset({"quantity", "confirm"}),
    ),
    Command("lock", {"item_id": "potions"}, {"item_id": ID}),
    Command("unlock", {"item_id": "potions"}, {"item_id": ID}),
)


@frozen
class Hero:
    """A character of the shared server with a little of everything, by name."""

    server: ServerProcess
    char_id: int
    items: Mapping[str, int]

    def payload(self, command: Command) -> dict[str, Any]:
        """The command's payload, with ids in the place of names."""
        return {
            name: self.items[it] if name in ITEM_IDS else it for name, it in command.payload.items()
        }

    def sends(self, action: str, payload: Any) -> Answer:
        return self.server.send(self.char_id, f"inventory.{action}", payload)

    def seen(self) -> Any:
        core = self.server.request("GET", f"/v1/characters/{self.char_id}")
        inventory = self.server.request("GET", f"/v1/characters/{self.char_id}/inventory")
        assert (core.status, inventory.status) == (200, 200)
        return core.body, inventory.body


@pytest.fixture(scope="module")
def hero(server: ServerProcess) -> Hero:
    made = Hero(server, _login(server, "Mira"), {})
    items = {
        name: _got(made, template_id, quantity)
        for name, template_id, quantity in (
            ("torches", "torch", 20),
            ("other torches", "torch", 5),
            ("potions", "potion-of-healing", 5),
            ("sword", "longsword", 1),
            ("wand", "wand-of-web", 1),
        )
    }
    for action, payload in (
        ("equip", {"item_id": items["sword"], "slot": "main_hand"}),
        ("assign_quick_slot", {"item_id": items["potions"], "index": 1}),
    ):
        assert made.sends(action, payload).status == 200
    stranger = Hero(server, _login(server, "Tarn"), {})
    items["another's"] = _got(stranger, "torch", 3)
    return Hero(server, made.char_id, items)


@pytest.fixture(autouse=True)
def _nothing_is_done(hero: Hero) -> Iterator[None]:
    before, logged = hero.seen(), len(hero.server.log)
    yield
    assert hero.seen() == before
    assert "Traceback" not in hero.server.log[logged:]


def _login(server: ServerProcess, name: str) -> int:
    char_id = server.create(name)
    server.login(char_id)
    return char_id


def _got(hero: Hero, template_id: str, quantity: int) -> int:
    answer = hero.sends("grant", {"template_id": template_id, "quantity": quantity})
    item_id: int = answer.body["reply"]["items"][-1]["item_id"]
    return item_id


def problem(answer: Answer, status: int, code: str) -> Mapping[str, Any]:
    """The problem, which has all it must have and says nothing about the inside."""
    assert (answer.status, answer.body["code"]) == (status, code), answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body.keys() >= {"type", "title", "status", "detail", "code"}
    assert "Error" not in answer.body["detail"]
    return dict(answer.body)


WRONG: Final = [
    pytest.param(command, name, value, id=f"{command.action} {name}={value!r}")
    for command in COMMANDS
    for name, values in command.never.items()
    for value in values
]


@pytest.mark.parametrize(("command", "name", "value"), WRONG)
def test_a_field_that_is_wrong_is_refused_by_its_path(
    hero: Hero, command: Command, name: str, value: Any
) -> None:
    answer = hero.sends(command.action, {**hero.payload(command), name: value})
    field = problem(answer, 400, "invalid_payload")["field"]
    assert field == f"payload.{name}" or field.startswith(f"payload.{name}[")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.action)
def test_a_field_that_is_missing_is_named(hero: Hero, command: Command) -> None:
    for name in command.payload.keys() - command.optional:
        payload = hero.payload(command)
        del payload[name]
        answer = hero.sends(command.action, payload)
        assert problem(answer, 400, "invalid_payload")["field"] == f"payload.{name}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.action)
@pytest.mark.parametrize("name", ["colour", "char_id", "Item_id", "__class__", "item_id "])
def test_a_field_that_no_command_has_is_named(hero: Hero, command: Command, name: str) -> None:
    answer = hero.sends(command.action, {**hero.payload(command), name: 1})
    assert problem(answer, 400, "invalid_payload")["field"] == f"payload.{name}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.action)
@pytest.mark.parametrize("payload", [None, [], "{}", 5, True, {"a\0b": 1}, {"a": {"b": "\0"}}])
def test_what_is_no_payload_is_refused(hero: Hero, command: Command, payload: Any) -> None:
    body = {"type": f"inventory.{command.action}", "payload": payload}
    answer = hero.server.request("POST", f"/v1/characters/{hero.char_id}/messages", body)
    assert problem(answer, 400, "invalid_payload")["field"].startswith("payload")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.action)
def test_an_action_is_checked_like_a_message(hero: Hero, command: Command) -> None:
    for path in ("/v1/inventory/action", "/inventory/action"):
        action = {"char_id": hero.char_id, "action": command.action, "colour": "red"}
        answer = hero.server.request("POST", path, {**hero.payload(command), **action})
        assert problem(answer, 400, "invalid_payload")["field"] == "payload.colour"


@pytest.mark.parametrize("whose", ["another's", 0, -1, MAX_INT, -MAX_INT])
@pytest.mark.parametrize(
    "command",
    [
        it
        for it in COMMANDS
        if any(name.endswith("_id") and "temp" not in name for name in it.never)
    ],
    ids=lambda command: command.action,
)
def test_an_item_of_another_or_of_nobody_is_unknown(
    hero: Hero, command: Command, whose: str | int
) -> None:
    item_id = hero.items["another's"] if whose == "another's" else whose
    for name in command.never:
        if name in ITEM_IDS:
            answer = hero.sends(command.action, {**hero.payload(command), name: item_id})
            assert problem(answer, 409, "unknown_item")["item_id"] == item_id


@pytest.mark.parametrize("slot", ["tail", "", "MAIN_HAND", "main_hand ", "main hand", "ring" * 999])
def test_a_slot_that_there_is_not_is_the_wrong_one(hero: Hero, slot: str) -> None:
    for action, payload in (("equip", {"item_id": hero.items["wand"]}), ("unequip", {})):
        answer = hero.sends(action, {**payload, "slot": slot})
        assert problem(answer, 409, "wrong_slot")["slot"] == slot


@pytest.mark.parametrize("template_id", ["", "no-such", "TORCH", "torch ", "../torch", "x" * 9_999])
def test_a_template_that_there_is_not_is_unknown(hero: Hero, template_id: str) -> None:
    answer = hero.sends("grant", {"template_id": template_id, "quantity": 1})
    assert problem(answer, 400, "unknown_template")["template_id"] == template_id


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
    hero: Hero, action: str, payload: Mapping[str, Any], code: str
) -> None:
    problem(hero.sends(action, {"item_id": hero.items["potions"], **payload}), 409, code)


@pytest.mark.parametrize(
    "query",
    "page=0 page=-1 page=1.5 page=one page= page=%D9%A1 page=1_0 per_page=0 per_page=501"
    " per_page=9007199254740992 usable=yes usable=1 usable= tooltips=True tooltips=0 group=colour"
    " sort=colour order=up colour=red q=%00".split(),
)
def test_a_query_that_makes_no_sense_is_refused_by_its_name(hero: Hero, query: str) -> None:
    answer = hero.server.request("GET", f"/v1/characters/{hero.char_id}/inventory?{query}")
    field = problem(answer, 400, "invalid_payload")["field"]
    assert field.removeprefix("payload.") == query.partition("=")[0]
