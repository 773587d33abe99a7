"""What Redis holds of an inventory."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gamestate.modules.inventory.dto import InventoryItemDTO
from tests.unit.gamestate.modules.inventory.world import Player

EMPTY = {"equipped": b"{}", "quick_slots": b"[null,null,null,null,null,null]"}
SWORD = b'{"template_id":"longsword","quantity":1}'


def test_an_empty_inventory_has_two_parts(player: Player) -> None:
    assert player.module.save_session(player.session, None).put == EMPTY


def test_each_item_is_a_field_of_its_own(player: Player) -> None:
    sword, arrows = player.gets("longsword"), player.gets("arrow", 7)
    player.does("equip", item_id=sword)
    put = player.module.save_session(player.session, None).put
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
    parts = player.module.save_session(player.session, player.last.touched)
    assert list(parts.put) == [f"item:{arrows}"]
    assert parts.drop == []


def test_an_item_that_went_is_dropped(player: Player) -> None:
    arrows = player.gets("arrow", 7)
    player.does("drop", item_id=arrows)
    parts = player.module.save_session(player.session, player.last.touched)
    assert (parts.put, parts.drop) == ({}, [f"item:{arrows}"])


def test_data_of_an_instance_is_kept(player: Player) -> None:
    fields = {**EMPTY, "item:5": b'{"template_id":"ring","quantity":1,"data":{"charges":3}}'}
    session = player.module.restore_session(fields, 1)
    expected = InventoryItemDTO(5, "ring", 1, position=0, data={"charges": 3})
    assert session.items[5] == expected


@pytest.fixture
def storied(player: Player) -> Player:
    """A character with some of everything that is stored: a cooldown, a buff, a bound item, one
    with charges left, a locked stack, things worn, a quick slot, and a place between others."""
    blade, wand = player.gets("soulblade"), player.gets("wand")
    player.gets("elixir", 2)
    arrows = player.gets("arrow", 25)
    for item_id in (blade, player.gets("shield")):
        player.does("equip", item_id=item_id)
    player.does("use", item_id=wand)
    player.does("lock", item_id=arrows)
    player.does("move", item_id=arrows, position=50)
    player.does("assign_quick_slot", item_id=wand, index=3)
    player.now_s = 1_700_000_000.25
    player.does("use", item_id=1002)
    return player


def test_what_is_stored_comes_back_as_it_was(storied: Player) -> None:
    fields = storied.module.save_session(storied.session, None).put
    assert storied.module.restore_session(fields, 1) == storied.session


def test_turn_by_turn_the_same_is_stored_as_all_at_once(storied: Player) -> None:
    stored = dict(storied.module.save_session(storied.session, None).put)
    changes: list[tuple[str, dict[str, Any]]] = [
        ("unequip", {"slot": "main_hand"}),
        ("move", {"item_id": 1003, "position": 50}),
        ("use_quick_slot", {"index": 3}),
        ("unlock", {"item_id": 1004}),
        ("drop", {"item_id": 1003, "quantity": 4}),
        ("merge", {"source_id": 1004, "target_id": 1003}),
        ("split", {"item_id": 1003, "quantity": 3}),
        ("drop", {"item_id": 1004, "quantity": 1}),
        ("discard", {"item_id": 1001, "confirm": True}),
        ("use", {"item_id": 1002}),
    ]
    storied.now_s += 100
    for action, payload in changes:
        storied.does(action, **payload)
        parts = storied.module.save_session(storied.session, storied.last.touched)
        stored = {part: raw for part, raw in stored.items() if part not in parts.drop}
        stored.update(parts.put)
        assert storied.module.restore_session(stored, 1) == storied.session, action
    assert stored == storied.module.save_session(storied.session, None).put


def test_cooldowns_and_buffs_are_parts_once_there_are_any(player: Player) -> None:
    player.now_s = 1000.5
    player.does("use", item_id=player.gets("elixir"))
    put = player.module.save_session(player.session, player.last.touched).put
    assert orjson.loads(put["cooldowns"]) == {"elixirs": 1030.5}
    modifiers = {"strength": 4, "armor_class": 1}
    assert orjson.loads(put["buffs"]) == [["elixir", modifiers, 1060.5]]


def test_a_session_stored_before_cooldowns_existed_is_ready_for_everything(player: Player) -> None:
    potion = b'{"template_id":"elixir","quantity":1,"position":0}'
    session = player.module.restore_session({**EMPTY, "item:5": potion}, 1)
    assert (session.cooldowns, session.buffs) == ({}, ())
    player.has(session)
    assert player.does("use", item_id=5)["left"] == 0


def test_cooldowns_hold_after_a_restore(storied: Player) -> None:
    fields = storied.module.save_session(storied.session, None).put
    storied.has(storied.module.restore_session(fields, 1))
    assert storied.is_refused("use", item_id=1002)[1]["remaining_s"] == 30.0


def test_a_place_that_two_items_claim_goes_to_the_lower_id(player: Player) -> None:
    item = b'{"template_id":"ring","quantity":1,"position":0}'
    session = player.module.restore_session({**EMPTY, "item:9": item, "item:5": item}, 1)
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
        {**EMPTY, "cooldowns": b"[]"},
        {**EMPTY, "cooldowns": b"{"},
        {**EMPTY, "cooldowns": b"null"},
        {**EMPTY, "cooldowns": b'{"elixirs":"soon"}'},
        {**EMPTY, "cooldowns": b'{"elixirs":null}'},
        {**EMPTY, "cooldowns": b'{"elixirs":true}'},
        {**EMPTY, "buffs": b"{}"},
        {**EMPTY, "buffs": b"null"},
        {**EMPTY, "buffs": b'["elixir"]'},
        {**EMPTY, "buffs": b"[[]]"},
        {**EMPTY, "buffs": b'[["elixir",{"strength":4}]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":4},9,9]]'},
        {**EMPTY, "buffs": b'[[7,{"strength":4},9]]'},
        {**EMPTY, "buffs": b'[["elixir",["strength"],9]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":"4"},9]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":4.5},9]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":true},9]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":4},"soon"]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":4},null]]'},
        {**EMPTY, "buffs": b'[["elixir",{"strength":4},false]]'},
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
        player.module.restore_session(fields, 1)


def test_another_schema_is_refused(player: Player) -> None:
    with pytest.raises(ValueError, match="schema 2"):
        player.module.restore_session(EMPTY, 2)


def test_a_part_that_does_not_exist_can_not_be_encoded(player: Player) -> None:
    with pytest.raises(ValueError, match="pockets"):
        player.module.save_session(player.session, ["pockets"])


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{"charges":"three"}',
        b'{"charges":-1}',
        b'{"charges":true}',
        b'{"charges":1.5}',
        b'{"bound":false}',
        b'{"locked":"no"}',
    ],
)
def test_marks_of_an_instance_are_read_strictly(player: Player, data: bytes) -> None:
    item = b'{"template_id":"wand","quantity":1,"data":' + data + b"}"
    with pytest.raises(ValueError, match="not an item"):
        player.module.restore_session({**EMPTY, "item:5": item}, 1)


def test_a_buff_that_is_there_twice_is_refused(player: Player) -> None:
    buffs = b'[["elixir",{"strength":4},9],["elixir",{"strength":4},9]]'
    with pytest.raises(ValueError, match="twice"):
        player.module.restore_session({**EMPTY, "buffs": buffs}, 1)
