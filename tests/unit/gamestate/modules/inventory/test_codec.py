"""What Redis holds of an inventory."""

from __future__ import annotations

import orjson
import pytest

from gamestate.modules.inventory.dto import InventoryItemDTO
from tests.unit.gamestate.modules.inventory.world import Player

EMPTY = {"equipped": b"{}", "quick_slots": b"[null,null,null,null,null,null]"}
SWORD = b'{"template_id":"longsword","quantity":1}'


def test_an_empty_inventory_has_two_parts(player: Player) -> None:
    assert player.module.encode(player.session, None).put == EMPTY


def test_each_item_is_a_field_of_its_own(player: Player) -> None:
    sword, arrows = player.gets("longsword"), player.gets("arrow", 7)
    player.does("equip", item_id=sword)
    put = player.module.encode(player.session, None).put
    assert {part: orjson.loads(value) for part, value in put.items()} == {
        "equipped": {"main_hand": sword},
        "quick_slots": [None] * 6,
        f"item:{sword}": {"template_id": "longsword", "quantity": 1},
        f"item:{arrows}": {"template_id": "arrow", "quantity": 7, "position": 1},
    }


def test_a_change_of_one_item_writes_one_item(player: Player) -> None:
    player.gets("longsword", 50)
    arrows = player.gets("arrow", 7)
    player.does("drop", item_id=arrows, quantity=1)
    parts = player.module.encode(player.session, player.last.touched)
    assert list(parts.put) == [f"item:{arrows}"]
    assert parts.drop == []


def test_an_item_that_went_is_dropped(player: Player) -> None:
    arrows = player.gets("arrow", 7)
    player.does("drop", item_id=arrows)
    parts = player.module.encode(player.session, player.last.touched)
    assert (parts.put, parts.drop) == ({}, [f"item:{arrows}"])


def test_data_of_an_instance_is_kept(player: Player) -> None:
    fields = {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1,"data":{"charges":3}}'}
    session = player.module.decode(fields, 1)
    expected = InventoryItemDTO(5, "ring", 1, position=0, data={"charges": 3})
    assert session.items[5] == expected


def test_a_place_that_two_items_claim_goes_to_the_lower_id(player: Player) -> None:
    item = b'{"template_id":"ring","quantity":1,"position":0}'
    session = player.module.decode({**EMPTY, "item:9": item, "item:5": item}, 1)
    assert (session.items[5].position, session.items[9].position) == (0, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"equipped": b"{}"},
        {**EMPTY, "equipped": b"[]"},
        {**EMPTY, "equipped": b"{"},
        {**EMPTY, "equipped": b'{"main_hand":5}'},
        {**EMPTY, "equipped": b'{"main_hand":"5"}', "item:5": SWORD},
        {**EMPTY, "equipped": b'{"main_hand":5,"off_hand":5}', "item:5": SWORD},
        {**EMPTY, "equipped": b'{"tail":5}', "item:5": SWORD},
        {**EMPTY, "equipped": b'{"main_hand":[5]}', "item:5": SWORD},
        {**EMPTY, "quick_slots": b"[]"},
        {**EMPTY, "quick_slots": b"[5,null,null,null,null,null]"},
        {**EMPTY, "quick_slots": b"[5,5,null,null,null,null]", "item:5": SWORD},
        {**EMPTY, "quick_slots": b"[[],null,null,null,null,null]"},
        {**EMPTY, "pockets": b"{}"},
        {**EMPTY, "item:": SWORD},
        {**EMPTY, "item:05": SWORD},
        {**EMPTY, "item:-5": SWORD},
        {**EMPTY, "item:five": SWORD},
        {**EMPTY, "item:5": b"null"},
        {**EMPTY, "item:5": b"[]"},
        {**EMPTY, "item:5": b"{}"},
        {**EMPTY, "item:5": b'{"template_id":5,"quantity":1}'},
        {**EMPTY, "item:5": b'{"template_id":"","quantity":1}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":0}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":-1}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":true}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1.0}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1,"position":-1}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1,"position":65536}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1,"data":[]}'},
        {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1,"colour":"red"}'},
        {
            **EMPTY,
            "equipped": b'{"main_hand":5}',
            "item:5": b'{"template_id":"longsword","quantity":1,"position":0}',
        },
    ],
)
def test_what_is_not_an_inventory_is_refused(player: Player, fields: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"."):
        player.module.decode(fields, 1)


def test_another_schema_is_refused(player: Player) -> None:
    with pytest.raises(ValueError, match="schema 2"):
        player.module.decode(EMPTY, 2)


def test_a_part_that_does_not_exist_can_not_be_encoded(player: Player) -> None:
    with pytest.raises(ValueError, match="pockets"):
        player.module.encode(player.session, ["pockets"])
