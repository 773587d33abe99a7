"""What the commands are answered, beyond the rules."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gamestate.contract.effects import EnterState, LeaveState
from gamestate.contract.turn import SAME
from gamestate.errors import InvalidPayloadError
from tests.unit.gamestate.modules.inventory.world import Player


def test_opening_while_exploring_enters_the_state_and_shows_the_inventory(player: Player) -> None:
    reply = player.does("open")
    assert player.last.effects == (EnterState("inventory"),)
    assert reply["backpack"] == []


@pytest.mark.parametrize("state", ["inventory", "combat", "scenario"])
def test_opening_anywhere_else_only_shows_it(player: Player, state: str) -> None:
    player.goes(state)
    assert "equipped" in player.does("open")
    assert player.last.effects == ()
    assert player.last.session is SAME


def test_closing_leaves_the_state_and_asks_for_a_backup(player: Player) -> None:
    player.does("close")
    assert player.last.effects == (LeaveState("inventory"),)
    assert player.last.backup
    assert player.last.session is SAME


def test_closing_does_not_need_a_loaded_session(player: Player) -> None:
    assert not player.module.routes["close"].needs_session


@pytest.mark.parametrize("index", [0, 5])
def test_quick_slots_are_numbered_from_0_to_5(player: Player, index: int) -> None:
    player.does("assign_quick_slot", item_id=player.gets("potion"), index=index)
    assert player.session.quick_slots[index] == 1000


def test_only_what_one_has_can_be_inspected(player: Player) -> None:
    assert player.is_refused("inspect", item_id=7) == ("unknown_item", {"item_id": 7})


def test_an_inspection_changes_nothing(player: Player) -> None:
    potion = player.gets("potion")
    reply = player.does("inspect", item_id=potion)
    assert reply["item"]["item_id"] == potion
    assert set(reply) == {"item", "tooltip"}
    assert player.last.session is SAME


@pytest.mark.parametrize(
    ("query", "allowed"),
    [({"sort": "colour"}, "type, rarity, value, weight, name"), ({"order": "up"}, "asc, desc")],
)
def test_an_unknown_sort_or_order_names_the_known(
    player: Player, query: dict[str, Any], allowed: str
) -> None:
    with pytest.raises(InvalidPayloadError, match=allowed):
        player.does("view", **query)


def test_a_change_names_what_it_touched(player: Player) -> None:
    sword = player.gets("longsword")
    assert player.last.touched == (f"item:{sword}",)
    player.does("equip", item_id=sword)
    assert set(player.last.touched) == {f"item:{sword}", "equipped"}


CHANGES: list[tuple[str, dict[str, Any], set[str]]] = [
    ("grant", {"template_id": "arrow", "quantity": 1}, {"items", "granted", "refused"}),
    ("equip", {"item_id": 1000}, {"item", "displaced"}),
    ("unequip", {"slot": "off_hand"}, {"item"}),
    ("use", {"item_id": 1002}, {"item_id", "template_id", "left", "charges", "effects"}),
    ("recharge", {"item_id": 1002}, {"item", "charges"}),
    ("use_quick_slot", {"index": 0}, {"item_id", "effects", "quick_slots"}),
    ("move", {"item_id": 1000, "position": 9}, {"item", "swapped"}),
    ("split", {"item_id": 1002, "quantity": 1}, {"item", "source"}),
    ("merge", {"source_id": 1003, "target_id": 1002}, {"target", "source", "moved"}),
    ("assign_quick_slot", {"item_id": 1003, "index": 5}, {"quick_slots"}),
    ("clear_quick_slot", {"index": 0}, {"quick_slots"}),
    ("drop", {"item_id": 1002}, {"item_id", "template_id", "dropped", "left"}),
    ("discard", {"item_id": 1002}, {"item_id", "template_id", "discarded", "left"}),
    ("lock", {"item_id": 1000}, {"item"}),
    ("unlock", {"item_id": 1000}, {"item"}),
]


@pytest.mark.parametrize(("action", "payload", "names"), CHANGES)
def test_every_change_answers_with_the_totals(
    player: Player, action: str, payload: dict[str, Any], names: set[str]
) -> None:
    player.gets("longsword")
    player.does("equip", item_id=player.gets("shield"))
    player.does("split", item_id=player.gets("potion", 4), quantity=2)
    player.does("assign_quick_slot", item_id=1002, index=0)
    reply = player.does(action, **payload)
    shown = player.does("view")
    assert set(reply) >= names
    assert (reply["weight"], reply["slots"]) == (shown["weight"], shown["slots"])
    orjson.dumps(reply)


def test_totals_after_a_use_count_what_it_changed(player: Player) -> None:
    weight = player.does("use", item_id=player.gets("elixir"))["weight"]
    assert weight["limit"] == 14 * 15


def test_every_command_of_the_contract_has_a_route(player: Player) -> None:
    looking = {"open", "view", "inspect", "close"}
    assert set(player.module.routes) == looking | {action for action, _, _ in CHANGES}
