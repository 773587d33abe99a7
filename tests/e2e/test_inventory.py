"""The inventory from outside: what a client sees of it, and both ways to act on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.problem import problem
from tests.support.servers.server import ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

SLOTS = "main_hand off_hand head chest legs feet accessory_1 accessory_2".split()
RARITIES = ["common", "uncommon", "rare", "very_rare", "legendary", "artifact"]
PACK = {
    "longsword": 1,
    "shield": 1,
    "torch": 25,
    "adamantine-armor": 1,
    "amulet-of-health": 1,
    "antitoxin": 3,
}


def grant(server: ServerProcess, char_id: int, template_id: str, quantity: int = 1) -> Any:
    answer = server.send(
        char_id, "inventory.grant", {"template_id": template_id, "quantity": quantity}
    )
    assert answer.status == 200, answer
    return answer.body["reply"]["items"]


def seen(server: ServerProcess, char_id: int, **query: str) -> Any:
    answer = server.request("GET", f"/v1/characters/{char_id}/inventory?{urlencode(query)}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    return answer.body


def names(inventory: Mapping[str, Any]) -> list[str]:
    return [item["name"] for item in inventory["backpack"]]


@pytest.fixture
def carrier(server: ServerProcess, char_id: int) -> int:
    """A logged-in character with a pack of different things."""
    for template_id, quantity in PACK.items():
        grant(server, char_id, template_id, quantity)
    return char_id


# ------------------------------------------------------------------ what is seen


def test_an_empty_inventory_has_every_part_of_the_contract(
    server: ServerProcess, char_id: int
) -> None:
    inventory = seen(server, char_id)
    assert inventory["equipped"] == dict.fromkeys(SLOTS)
    assert inventory["backpack"] == []
    assert inventory["quick_slots"]
    assert set(inventory["quick_slots"]) == {None}
    assert inventory["weight"]["total"] == 0 < inventory["weight"]["limit"]
    assert inventory["slots"]["used"] == 0 < inventory["slots"]["capacity"]
    assert inventory["version"] == 1


def test_opening_viewing_and_reading_show_the_same(server: ServerProcess, carrier: int) -> None:
    opened = server.send(carrier, "inventory.open").body["reply"]
    assert server.send(carrier, "inventory.view").body["reply"] == opened
    assert seen(server, carrier) == opened


def test_items_have_what_a_client_shows(server: ServerProcess, carrier: int) -> None:
    items = {item["template_id"]: item for item in seen(server, carrier)["backpack"]}
    sword = items["longsword"]
    assert (sword["name"], sword["kind"], sword["quantity"]) == ("Longsword", "weapon", 1)
    assert (sword["weight"], sword["value"]) == (3.0, 15.0)
    assert all(item["rarity"] in RARITIES for item in items.values())
    assert all(0 < item["item_id"] < 2**53 for item in items.values())


def test_a_grant_names_the_stacks_that_were_made_or_grew(
    server: ServerProcess, char_id: int
) -> None:
    [full, rest] = grant(server, char_id, "torch", 25)
    assert (full["quantity"], rest["quantity"]) == (20, 5)
    [grown] = grant(server, char_id, "torch", 2)
    assert grown == {"item_id": rest["item_id"], "quantity": 7}
    assert seen(server, char_id)["slots"]["used"] == 2


def test_no_two_items_have_the_same_id(server: ServerProcess, carrier: int) -> None:
    other = server.create("Tarn")
    server.login(other)
    ids = [
        grant(server, who, "dagger")[0]["item_id"] for who in (carrier, other) for _ in range(20)
    ]
    assert len(set(ids)) == len(ids)


# ------------------------------------------------------------------ every query parameter


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("type", lambda item: item["kind"]),
        ("rarity", lambda item: RARITIES.index(item["rarity"])),
        ("value", lambda item: item["value"]),
        ("weight", lambda item: item["weight"]),
        ("name", lambda item: item["name"].casefold()),
    ],
)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_backpack_is_sorted_as_asked(
    server: ServerProcess, carrier: int, sort: str, key: Any, order: str
) -> None:
    keys = [key(item) for item in seen(server, carrier, sort=sort, order=order)["backpack"]]
    assert len(keys) == len(PACK) + 1
    assert keys == sorted(keys, reverse=order == "desc")


def test_the_backpack_is_filtered_by_kind_rarity_and_name(
    server: ServerProcess, carrier: int
) -> None:
    assert names(seen(server, carrier, kind="weapon")) == ["Longsword"]
    assert names(seen(server, carrier, rarity="rare")) == ["Amulet of Health"]
    assert names(seen(server, carrier, q="LONG")) == ["Longsword"]
    assert names(seen(server, carrier, q="of health")) == ["Amulet of Health"]
    assert names(seen(server, carrier, q="")) == names(seen(server, carrier))
    assert names(seen(server, carrier, kind="weapon", rarity="rare")) == []
    assert names(seen(server, carrier, q="no such thing")) == []


def test_filters_hide_nothing_but_the_backpacks_items(server: ServerProcess, carrier: int) -> None:
    everything, filtered = seen(server, carrier), seen(server, carrier, kind="weapon")
    own = {"backpack": None, "page": None}
    assert {**everything, **own} == {**filtered, **own}


def test_all_parameters_work_together(server: ServerProcess, carrier: int) -> None:
    both = {"sort": "value", "order": "desc", "kind": "shield", "rarity": "common", "q": "shi"}
    assert names(seen(server, carrier, **both)) == ["Shield"]


# ------------------------------------------------------------------ both ways to act


@pytest.mark.parametrize("path", ["/v1/inventory/action", "/inventory/action"])
def test_an_action_is_the_message_of_its_name(
    server: ServerProcess, char_id: int, path: str
) -> None:
    def act(action: str, **payload: Any) -> Any:
        answer = server.request("POST", path, {"char_id": char_id, "action": action, **payload})
        assert answer.status == 200, answer
        return answer.body

    [sword] = act("grant", template_id="longsword", quantity=1)["reply"]["items"]
    equipped = act("equip", item_id=sword["item_id"], message_id="draw")
    assert set(equipped) == {"message_id", "version", "durability", "duplicate", "reply"}
    assert (equipped["message_id"], equipped["version"]) == ("draw", 3)
    assert equipped["durability"] == "redis"
    assert act("equip", item_id=sword["item_id"], message_id="draw") == {
        **equipped,
        "duplicate": True,
    }
    assert act("open")["reply"]["equipped"]["main_hand"]["item_id"] == sword["item_id"]
    act("unequip", slot="main_hand")
    act("drop", item_id=sword["item_id"])
    assert act("view")["reply"]["backpack"] == []


def test_an_action_and_its_message_are_the_same_message(
    server: ServerProcess, char_id: int
) -> None:
    body = {"char_id": char_id, "action": "grant", "template_id": "torch", "quantity": 1}
    first = server.request("POST", "/inventory/action", {**body, "message_id": "once"}).body
    again = server.send(
        char_id, "inventory.grant", {"template_id": "torch", "quantity": 1}, "once"
    ).body
    assert again == {**first, "duplicate": True}


# ------------------------------------------------------------------ rules, over HTTP


def test_an_item_is_worn_and_taken_off(server: ServerProcess, carrier: int) -> None:
    items = {item["template_id"]: item for item in seen(server, carrier)["backpack"]}
    sword, shield = items["longsword"]["item_id"], items["shield"]["item_id"]
    assert server.send(carrier, "inventory.equip", {"item_id": sword}).status == 200
    assert (
        server.send(carrier, "inventory.equip", {"item_id": shield, "slot": "off_hand"}).status
        == 200
    )
    worn = seen(server, carrier)["equipped"]
    assert (worn["main_hand"]["item_id"], worn["off_hand"]["item_id"]) == (sword, shield)
    assert server.send(carrier, "inventory.unequip", {"slot": "main_hand"}).status == 200
    after = seen(server, carrier)
    assert after["equipped"]["main_hand"] is None
    assert sword in [item["item_id"] for item in after["backpack"]]


@pytest.mark.parametrize(
    ("type_", "payload", "code"),
    [
        ("inventory.equip", {"item_id": 1}, "unknown_item"),
        ("inventory.drop", {"item_id": 2**53 - 1}, "unknown_item"),
        ("inventory.unequip", {"slot": "main_hand"}, "slot_empty"),
        ("inventory.unequip", {"slot": "tail"}, "wrong_slot"),
        ("inventory.grant", {"template_id": "longsword", "quantity": 1_000}, "bag_full"),
    ],
)
def test_what_the_rules_refuse_is_a_409_and_changes_nothing(
    server: ServerProcess, carrier: int, type_: str, payload: Any, code: str
) -> None:
    before = seen(server, carrier)
    problem(server.send(carrier, type_, payload), 409, code)
    assert seen(server, carrier) == before


def test_an_item_of_somebody_else_cannot_be_used(server: ServerProcess, carrier: int) -> None:
    thief = server.create("Tarn")
    server.login(thief)
    [sword] = grant(server, carrier, "longsword")
    problem(
        server.send(thief, "inventory.equip", {"item_id": sword["item_id"]}), 409, "unknown_item"
    )


def test_opening_and_closing_moves_the_character_between_states(
    server: ServerProcess, char_id: int
) -> None:
    def state() -> Any:
        return server.request("GET", f"/v1/characters/{char_id}").body["state"]

    server.send(char_id, "inventory.open")
    assert state() == "inventory"
    closed = server.send(char_id, "inventory.close").body["reply"]
    assert closed["state"] == state() == "exploration"


def test_everything_carried_is_there_after_a_logout_and_a_login(
    server: ServerProcess, carrier: int
) -> None:
    [sword] = grant(server, carrier, "longsword")
    server.send(carrier, "inventory.equip", {"item_id": sword["item_id"]})
    before = seen(server, carrier)
    assert server.request("POST", f"/v1/characters/{carrier}/logout").status == 200
    server.login(carrier)
    assert seen(server, carrier) == before
