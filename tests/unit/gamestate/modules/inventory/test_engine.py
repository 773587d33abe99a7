"""The rules, through the module's routes."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.content.items import UnknownTemplateError
from gamestate.errors import RefusedError
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from tests.unit.gamestate.modules.inventory.world import Player


def refusal(player: Player, action: str, **payload: Any) -> tuple[str, dict[str, Any]]:
    """The code and the facts; the session is the same object and no item id was taken."""
    before, next_id = player.session, repr(player.ids)
    with pytest.raises(RefusedError) as caught:
        player.does(action, **payload)
    assert player.session is before
    assert repr(player.ids) == next_id
    return caught.value.code, caught.value.facts


def quantities(session: InventorySessionDTO) -> list[int]:
    return [item.quantity for item in session.items.values()]


def worn(player: Player) -> dict[str, int]:
    return dict(player.session.equipped)


# ---------------------------------------------------------------- grant


def test_a_grant_fills_stacks_with_room_before_it_makes_new_ones(player: Player) -> None:
    first = player.gets("arrow", 15)
    reply = player.does("grant", template_id="arrow", quantity=30)
    assert reply["items"] == [
        {"item_id": first, "quantity": 20},
        {"item_id": first + 1, "quantity": 20},
        {"item_id": first + 2, "quantity": 5},
    ]


def test_what_does_not_stack_gets_an_id_each(player: Player) -> None:
    player.gets("longsword", 3)
    assert quantities(player.session) == [1, 1, 1]


def test_new_stacks_lie_at_the_first_free_places(player: Player) -> None:
    gone = player.gets("longsword")
    player.gets("longsword", 2)
    player.does("drop", item_id=gone)
    back = player.gets("dagger")
    assert player.session.items[back].position == 0


def test_a_grant_that_does_not_fit_is_refused_whole() -> None:
    player = Player(capacity_slots=2)
    player.gets("arrow", 10)
    asked = {"template_id": "arrow", "quantity": 10 + 20 + 1}
    assert refusal(player, "grant", **asked) == ("bag_full", {"needed": 2, "free": 1})


def test_a_huge_grant_is_refused_by_arithmetic(player: Player) -> None:
    asked = {"template_id": "longsword", "quantity": 1_000_000}
    assert refusal(player, "grant", **asked) == ("bag_full", {"needed": 1_000_000, "free": 100})


def test_a_full_backpack_still_takes_what_its_stacks_have_room_for() -> None:
    player = Player(capacity_slots=1)
    player.gets("arrow", 1)
    player.gets("arrow", 19)
    assert quantities(player.session) == [20]


def test_a_template_that_does_not_exist_is_malformed(player: Player) -> None:
    with pytest.raises(UnknownTemplateError):
        player.gets("lightsaber")


# ---------------------------------------------------------------- equip


def test_an_item_goes_into_the_first_free_slot_it_may_take(player: Player) -> None:
    one, other = player.gets("dagger"), player.gets("dagger")
    player.does("equip", item_id=one)
    player.does("equip", item_id=other)
    assert worn(player) == {"main_hand": one, "off_hand": other}


def test_without_a_free_slot_it_changes_places_with_what_is_in_the_first(player: Player) -> None:
    sword, dagger = player.gets("longsword"), player.gets("longsword")
    player.does("equip", item_id=dagger)
    reply = player.does("equip", item_id=sword)
    assert worn(player) == {"main_hand": sword}
    assert [item["item_id"] for item in reply["displaced"]] == [dagger]
    assert player.session.items[dagger].position == 0


def test_a_full_backpack_allows_a_swap() -> None:
    player = Player(capacity_slots=1)
    old = player.gets("longsword")
    player.does("equip", item_id=old)
    new = player.gets("longsword")
    player.does("equip", item_id=new)
    assert worn(player) == {"main_hand": new}


def test_a_two_handed_weapon_clears_both_hands(player: Player) -> None:
    for one in ("dagger", "shield", "greatsword"):
        player.does("equip", item_id=player.gets(one))
    assert list(player.session.equipped) == ["main_hand"]
    assert player.session.slots_used == 2


def test_a_two_handed_weapon_moves_nothing_if_both_hands_do_not_fit() -> None:
    player = Player(capacity_slots=1)
    for one in ("dagger", "shield"):
        player.does("equip", item_id=player.gets(one))
    big = player.gets("greatsword")
    assert refusal(player, "equip", item_id=big) == ("bag_full", {"needed": 1, "free": 0})


def test_the_off_hand_is_not_free_beside_a_two_handed_weapon(player: Player) -> None:
    big, shield = player.gets("greatsword"), player.gets("shield")
    player.does("equip", item_id=big)
    expected = ("two_handed_conflict", {"slot": "off_hand", "item_id": big})
    assert refusal(player, "equip", item_id=shield) == expected


def test_a_dagger_takes_the_place_of_a_two_handed_weapon(player: Player) -> None:
    player.does("equip", item_id=player.gets("greatsword"))
    dagger = player.gets("dagger")
    player.does("equip", item_id=dagger)
    assert worn(player) == {"main_hand": dagger}


def test_worn_items_change_hands_without_a_free_place() -> None:
    player = Player(capacity_slots=1)
    left, right = player.gets("dagger"), 0
    player.does("equip", item_id=left)
    right = player.gets("dagger")
    player.does("equip", item_id=right)
    player.gets("arrow")
    player.does("equip", item_id=left, slot="off_hand")
    assert worn(player) == {"main_hand": right, "off_hand": left}


def test_equipping_what_is_worn_changes_nothing(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    before = player.state
    player.does("equip", item_id=sword)
    assert player.state is before
    assert player.last.touched == ()


def test_one_of_a_stack_is_split_off_with_a_new_id(player: Player) -> None:
    stack = player.gets("dart", 3)
    reply = player.does("equip", item_id=stack)
    assert reply["item"]["item_id"] == stack + 1
    assert player.session.items[stack].quantity == 2


def test_a_worn_stack_does_not_grow(player: Player) -> None:
    dart = player.gets("dart")
    player.does("equip", item_id=dart)
    assert player.gets("dart") != dart


@pytest.mark.parametrize("slot", ["head", "nose"])
def test_an_item_refuses_a_slot_that_is_not_its_own(player: Player, slot: str) -> None:
    sword = player.gets("longsword")
    expected = ("wrong_slot", {"slot": slot, "allowed": ["main_hand"]})
    assert refusal(player, "equip", item_id=sword, slot=slot) == expected


def test_what_has_no_slot_can_not_be_equipped(player: Player) -> None:
    arrow = player.gets("arrow")
    assert refusal(player, "equip", item_id=arrow)[0] == "not_equippable"


def test_a_stat_that_is_too_low_is_named(player: Player) -> None:
    plate = player.gets("plate")
    expected = ("requirement_not_met", {"stat": "strength", "needed": 15, "has": 10})
    assert refusal(player, "equip", item_id=plate) == expected


def test_only_one_of_a_unique_item_is_worn(player: Player) -> None:
    one, other = player.gets("one-ring"), player.gets("one-ring")
    player.does("equip", item_id=one)
    expected = ("unique_equipped", {"item_id": one, "slot": "accessory_1"})
    assert refusal(player, "equip", item_id=other) == expected
    player.does("equip", item_id=other, slot="accessory_1")
    assert worn(player) == {"accessory_1": other}


def test_somebody_elses_item_is_unknown(player: Player) -> None:
    assert refusal(player, "equip", item_id=7) == ("unknown_item", {"item_id": 7})
    assert refusal(player, "drop", item_id=7) == ("unknown_item", {"item_id": 7})


# ---------------------------------------------------------------- unequip


def test_unequipping_puts_the_item_into_the_backpack(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    player.gets("arrow")
    player.does("unequip", slot="main_hand")
    assert player.session.items[sword] == InventoryItemDTO(sword, "longsword", 1, position=1)


def test_an_empty_slot_has_nothing_to_take_off(player: Player) -> None:
    assert refusal(player, "unequip", slot="head") == ("slot_empty", {"slot": "head"})


def test_a_slot_that_does_not_exist_names_those_that_do(player: Player) -> None:
    code, facts = refusal(player, "unequip", slot="tail")
    assert code == "wrong_slot"
    assert len(facts["allowed"]) == 8


def test_a_full_backpack_keeps_worn_what_is_worn() -> None:
    player = Player(capacity_slots=1)
    player.does("equip", item_id=player.gets("longsword"))
    player.gets("arrow")
    refused = refusal(player, "unequip", slot="main_hand")
    assert refused == ("bag_full", {"needed": 1, "free": 0})


# ---------------------------------------------------------------- drop


def test_a_whole_stack_is_dropped_by_default(player: Player) -> None:
    arrows = player.gets("arrow", 12)
    reply = player.does("drop", item_id=arrows)
    assert (reply["dropped"], reply["left"], len(player.session.items)) == (12, 0, 0)


def test_a_part_of_a_stack_can_be_dropped(player: Player) -> None:
    arrows = player.gets("arrow", 12)
    assert player.does("drop", item_id=arrows, quantity=5)["left"] == 7
    assert quantities(player.session) == [7]


def test_no_more_can_be_dropped_than_there_is(player: Player) -> None:
    arrows = player.gets("arrow", 12)
    expected = ("not_enough", {"item_id": arrows, "has": 12, "needed": 13})
    assert refusal(player, "drop", item_id=arrows, quantity=13) == expected


def test_what_is_worn_is_not_dropped(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    expected = ("equipped", {"item_id": sword, "slot": "main_hand"})
    assert refusal(player, "drop", item_id=sword) == expected


@pytest.mark.parametrize(("template_id", "code"), [("heirloom", "no_drop"), ("seal", "quest_item")])
def test_what_must_be_kept_is_not_dropped(player: Player, template_id: str, code: str) -> None:
    item_id = player.gets(template_id)
    assert refusal(player, "drop", item_id=item_id)[0] == code
