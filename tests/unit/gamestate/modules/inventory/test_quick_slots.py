"""Quick slots point to items, and follow them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.gamestate.modules.inventory.world import Player

EMPTY = [None] * 6


def slots(player: Player) -> list[int | None]:
    return list(player.session.quick_slots)


def only(index: int, item_id: int) -> list[int | None]:
    return [item_id if one == index else None for one in range(6)]


# ---------------------------------------------------------------- assign and clear


def test_a_quick_slot_points_to_what_is_assigned(player: Player) -> None:
    potion = player.gets("potion")
    reply = player.does("assign_quick_slot", item_id=potion, index=5)
    assert reply["quick_slots"] == only(5, potion)
    assert slots(player) == only(5, potion)


def test_assigning_it_again_moves_it(player: Player) -> None:
    potion = player.gets("potion")
    player.does("assign_quick_slot", item_id=potion, index=5)
    reply = player.does("assign_quick_slot", item_id=potion, index=0)
    assert reply["quick_slots"] == only(0, potion)


def test_what_was_in_the_quick_slot_gives_way(player: Player) -> None:
    potion, salve = player.gets("potion"), player.gets("salve")
    player.does("assign_quick_slot", item_id=potion, index=1)
    player.does("assign_quick_slot", item_id=salve, index=1)
    assert slots(player) == only(1, salve)
    assert set(player.last.touched) == {"quick_slots", f"item:{potion}", f"item:{salve}"}


def test_assigning_it_where_it_is_changes_nothing(player: Player) -> None:
    potion = player.gets("potion")
    player.does("assign_quick_slot", item_id=potion, index=5)
    before = player.state
    reply = player.does("assign_quick_slot", item_id=potion, index=5)
    assert reply["quick_slots"] == only(5, potion)
    assert player.state is before


def test_only_what_can_be_used_goes_into_a_quick_slot(player: Player) -> None:
    arrow = player.gets("arrow")
    expected = ("not_usable", {"item_id": arrow, "template_id": "arrow"})
    assert player.is_refused("assign_quick_slot", item_id=arrow, index=0) == expected


def test_what_is_worn_does_not_go_into_a_quick_slot(player: Player) -> None:
    wand = player.gets("wand")
    player.does("equip", item_id=wand)
    expected = ("equipped", {"item_id": wand, "slot": "main_hand"})
    assert player.is_refused("assign_quick_slot", item_id=wand, index=0) == expected


def test_somebody_elses_item_is_unknown(player: Player) -> None:
    refused = player.is_refused("assign_quick_slot", item_id=7, index=0)
    assert refused == ("unknown_item", {"item_id": 7})


def test_a_quick_slot_can_be_cleared(player: Player) -> None:
    potion = player.gets("potion")
    player.does("assign_quick_slot", item_id=potion, index=5)
    assert player.does("clear_quick_slot", index=5)["quick_slots"] == EMPTY
    assert set(player.last.touched) == {"quick_slots", f"item:{potion}"}


def test_clearing_an_empty_one_changes_nothing(player: Player) -> None:
    before = player.state
    assert player.does("clear_quick_slot", index=5)["quick_slots"] == EMPTY
    assert player.state is before


# ---------------------------------------------------------------- use


def test_a_quick_slot_uses_what_it_points_to(player: Player) -> None:
    potions = player.gets("potion", 2)
    player.does("assign_quick_slot", item_id=potions, index=3)
    reply = player.does("use_quick_slot", index=3)
    assert (reply["item_id"], reply["left"]) == (potions, 1)
    assert reply["quick_slots"] == only(3, potions)


def test_a_quick_slot_answers_all_that_use_does(player: Player) -> None:
    potions = player.gets("potion", 2)
    player.does("assign_quick_slot", item_id=potions, index=3)
    before = player.state
    by_id = player.does("use", item_id=potions)
    asked = player.last.effects
    player.state = before
    by_index = player.does("use_quick_slot", index=3)
    assert by_index == {**by_id, "quick_slots": only(3, potions)}
    assert player.last.effects == asked


def test_an_empty_quick_slot_has_nothing_to_use(player: Player) -> None:
    refused = player.is_refused("use_quick_slot", index=2)
    assert refused == ("quick_slot_empty", {"index": 2})


def test_a_quick_slot_obeys_the_rules_of_use(player: Player) -> None:
    player.does("assign_quick_slot", item_id=player.gets("potion"), index=0)
    player.goes("combat")
    assert player.is_refused("use_quick_slot", index=0)[0] == "in_combat"


# ---------------------------------------------------------------- follow


def test_a_quick_slot_follows_an_item_to_another_place(player: Player) -> None:
    potion = player.gets("potion")
    player.does("assign_quick_slot", item_id=potion, index=0)
    player.does("move", item_id=potion, position=50)
    assert slots(player) == only(0, potion)


def test_a_quick_slot_follows_an_item_into_the_hand(player: Player) -> None:
    wand = player.gets("wand")
    player.does("assign_quick_slot", item_id=wand, index=0)
    player.does("equip", item_id=wand)
    assert player.does("use_quick_slot", index=0)["item_id"] == wand


def test_an_empty_wand_keeps_its_quick_slot(player: Player) -> None:
    wand = player.gets("wand")
    player.does("assign_quick_slot", item_id=wand, index=0)
    for _ in range(2):
        player.does("use_quick_slot", index=0)
    assert slots(player) == only(0, wand)


# ---------------------------------------------------------------- emptied and refilled

GOING = [("use", {}), ("drop", {}), ("discard", {"confirm": True})]


@pytest.mark.parametrize(("way", "payload"), GOING)
def test_a_quick_slot_is_empty_when_its_item_is_gone(
    player: Player, way: str, payload: dict[str, Any]
) -> None:
    potion = player.gets("potion")
    player.gets("salve")
    player.does("assign_quick_slot", item_id=potion, index=4)
    player.does(way, item_id=potion, **payload)
    assert slots(player) == EMPTY
    assert "quick_slots" in player.last.touched


def test_a_quick_slot_is_not_refilled_by_default(player: Player) -> None:
    potion = player.gets("potion", 2)
    player.does("split", item_id=potion, quantity=1)
    player.does("assign_quick_slot", item_id=potion, index=4)
    reply = player.does("use_quick_slot", index=4)
    assert reply["quick_slots"] == EMPTY


@pytest.fixture
def supplied() -> Player:
    """A character with three potions in stacks of one (ids 1000 to 1002), the second in quick slot
    4; emptied quick slots are refilled."""
    player = Player(refill_quick_slots=True)
    potions = player.gets("potion", 3)
    for _ in range(2):
        player.does("split", item_id=potions, quantity=1)
    player.does("assign_quick_slot", item_id=1001, index=4)
    return player


@pytest.mark.parametrize(("way", "payload"), GOING)
def test_an_emptied_quick_slot_takes_the_next_stack_with_the_lowest_id(
    supplied: Player, way: str, payload: dict[str, Any]
) -> None:
    supplied.does(way, item_id=1001, **payload)
    assert slots(supplied) == only(4, 1000)
    assert set(supplied.last.touched) == {"item:1001", "quick_slots", "item:1000"}


def test_the_reply_shows_the_quick_slot_refilled(supplied: Player) -> None:
    assert supplied.does("use_quick_slot", index=4)["quick_slots"] == only(4, 1000)


def test_the_lowest_id_counts_and_not_the_place(supplied: Player) -> None:
    supplied.does("move", item_id=1000, position=90)
    supplied.does("use_quick_slot", index=4)
    assert slots(supplied) == only(4, 1000)


def test_a_refill_goes_on_until_the_last(supplied: Player) -> None:
    used = [supplied.does("use_quick_slot", index=4)["item_id"] for _ in range(3)]
    assert used == [1001, 1000, 1002]
    assert slots(supplied) == EMPTY


def test_a_refill_takes_nothing_from_another_quick_slot(supplied: Player) -> None:
    supplied.does("assign_quick_slot", item_id=1000, index=0)
    supplied.does("use_quick_slot", index=4)
    assert slots(supplied) == [1000, None, None, None, 1002, None]


def test_what_was_in_no_quick_slot_refills_none(supplied: Player) -> None:
    supplied.does("use", item_id=1000)
    assert slots(supplied) == only(4, 1001)


def test_a_refill_takes_nothing_of_another_kind() -> None:
    player = Player(refill_quick_slots=True)
    potion = player.gets("potion")
    player.gets("salve")
    player.does("assign_quick_slot", item_id=potion, index=4)
    player.does("use_quick_slot", index=4)
    assert slots(player) == EMPTY


def test_a_refill_takes_nothing_that_is_worn() -> None:
    player = Player(refill_quick_slots=True)
    held, kept = player.gets("wand"), player.gets("wand")
    player.does("equip", item_id=held)
    player.does("assign_quick_slot", item_id=kept, index=4)
    player.does("drop", item_id=kept)
    assert slots(player) == EMPTY


def test_a_merge_refills_the_quick_slot_it_empties() -> None:
    player = Player(refill_quick_slots=True)
    first = player.gets("potion", 3)
    for _ in range(2):
        player.does("split", item_id=first, quantity=1)
    player.does("assign_quick_slot", item_id=first, index=0)
    player.does("assign_quick_slot", item_id=first + 1, index=1)
    player.does("merge", source_id=first, target_id=first + 1)
    assert player.session.quick_slots[:2] == (first + 2, first + 1)
