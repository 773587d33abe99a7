"""What the commands are answered, beyond the rules."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.contracts import SAME, EnterState, LeaveState
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


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**53])
def test_a_grant_is_of_one_to_a_million(player: Player, quantity: int) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        player.does("grant", template_id="arrow", quantity=quantity)
    assert caught.value.facts == {"field": "payload.quantity"}


@pytest.mark.parametrize("quantity", [0, -5])
def test_nothing_and_less_can_not_be_dropped(player: Player, quantity: int) -> None:
    with pytest.raises(InvalidPayloadError):
        player.does("drop", item_id=player.gets("arrow"), quantity=quantity)


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


def test_every_change_answers_with_the_totals(player: Player) -> None:
    reply = player.does("grant", template_id="longsword", quantity=2)
    assert reply["weight"]["total"] == 6.0
    assert reply["slots"] == {"used": 2, "capacity": 100}
