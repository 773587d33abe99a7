"""What may be worn where, and what gives way to it."""

from __future__ import annotations

import pytest

from gamestate.content.templates import ItemTemplate
from gamestate.modules.inventory.dto import InventoryItemDTO
from tests.unit.gamestate.modules.inventory.world import Player, gateway_with

HELMET = ItemTemplate(template_id="helmet", name="Helmet", kind="gear", slots=("head",))
BANNER = ItemTemplate(
    template_id="banner",
    name="Banner",
    kind="gear",
    slots=("off_hand",),
    requirements={"level": 3},
)


def worn(player: Player) -> dict[str, int]:
    return dict(player.session.equipped)


def dies(player: Player) -> None:
    player.has_vital("hp", 0)


@pytest.fixture
def squire() -> Player:
    """A character in a world that also has a helmet and a banner."""
    return Player(gateway_with(HELMET, BANNER))


# ---------------------------------------------------------------- equip


def test_an_item_goes_into_the_first_free_slot_it_may_take(player: Player) -> None:
    one, other = player.gets("dagger"), player.gets("dagger")
    player.does("equip", item_id=one)
    player.does("equip", item_id=other)
    assert worn(player) == {"main_hand": one, "off_hand": other}


def test_a_slot_that_is_named_is_taken(player: Player) -> None:
    dagger = player.gets("dagger")
    player.does("equip", item_id=dagger, slot="off_hand")
    assert worn(player) == {"off_hand": dagger}


def test_without_a_free_slot_it_changes_places_with_what_is_in_the_first(player: Player) -> None:
    sword, dagger = player.gets("longsword"), player.gets("longsword")
    player.does("equip", item_id=dagger)
    reply = player.does("equip", item_id=sword)
    assert worn(player) == {"main_hand": sword}
    assert [item["item_id"] for item in reply["displaced"]] == [dagger]
    assert player.session.items[dagger].position == 0


def test_what_is_displaced_goes_where_the_item_came_from(player: Player) -> None:
    player.does("equip", item_id=player.gets("longsword"))
    old = player.session.equipped["main_hand"]
    new = player.gets("longsword")
    player.does("move", item_id=new, position=9)
    player.does("equip", item_id=new)
    assert player.session.items[old].position == 9


def test_a_full_backpack_allows_a_swap() -> None:
    player = Player(capacity_slots=1)
    old = player.gets("longsword")
    player.does("equip", item_id=old)
    new = player.gets("longsword")
    player.does("equip", item_id=new)
    assert worn(player) == {"main_hand": new}


def test_one_of_a_stack_does_not_make_room_for_what_it_displaces() -> None:
    player = Player(capacity_slots=1)
    player.does("equip", item_id=player.gets("longsword"))
    darts = player.gets("dart", 3)
    assert player.is_refused("equip", item_id=darts) == ("bag_full", {"needed": 1, "free": 0})


def test_worn_items_change_hands_without_a_free_place() -> None:
    player = Player(capacity_slots=1)
    left = player.gets("dagger")
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


def test_what_is_worn_stays_in_its_hand_though_another_is_free(player: Player) -> None:
    dagger = player.gets("dagger")
    player.does("equip", item_id=dagger, slot="off_hand")
    before = player.state
    player.does("equip", item_id=dagger)
    assert player.state is before


def test_one_of_a_stack_is_split_off_with_a_new_id(player: Player) -> None:
    stack = player.gets("dart", 3)
    reply = player.does("equip", item_id=stack)
    assert reply["item"]["item_id"] == stack + 1
    assert player.session.items[stack].quantity == 2


def test_one_of_a_locked_stack_is_locked(player: Player) -> None:
    stack = player.gets("dart", 3)
    player.does("lock", item_id=stack)
    player.does("equip", item_id=stack)
    assert player.session.items[stack + 1].locked


def test_a_worn_stack_does_not_grow(player: Player) -> None:
    dart = player.gets("dart")
    player.does("equip", item_id=dart)
    assert player.gets("dart") != dart


@pytest.mark.parametrize("slot", ["head", "nose"])
def test_an_item_refuses_a_slot_that_is_not_its_own(player: Player, slot: str) -> None:
    sword = player.gets("longsword")
    expected = ("wrong_slot", {"slot": slot, "allowed": ["main_hand"]})
    assert player.is_refused("equip", item_id=sword, slot=slot) == expected


def test_what_has_no_slot_can_not_be_equipped(player: Player) -> None:
    arrow = player.gets("arrow")
    expected = ("not_equippable", {"item_id": arrow, "template_id": "arrow"})
    assert player.is_refused("equip", item_id=arrow) == expected


def test_somebody_elses_item_is_unknown(player: Player) -> None:
    assert player.is_refused("equip", item_id=7) == ("unknown_item", {"item_id": 7})


# ---------------------------------------------------------------- two hands


def test_a_two_handed_weapon_clears_both_hands(player: Player) -> None:
    for one in ("dagger", "shield", "greatsword"):
        player.does("equip", item_id=player.gets(one))
    assert list(player.session.equipped) == ["main_hand"]
    assert player.session.slots_used == 2


def test_what_both_hands_held_gets_a_place_each(player: Player) -> None:
    dagger, shield, big = (player.gets(one) for one in ("dagger", "shield", "greatsword"))
    for item_id in (dagger, shield):
        player.does("equip", item_id=item_id)
    player.does("equip", item_id=big)
    places = [player.session.items[one].position for one in (dagger, shield)]
    assert places == [2, 0]


def test_a_two_handed_weapon_moves_nothing_if_both_hands_do_not_fit() -> None:
    player = Player(capacity_slots=1)
    for one in ("dagger", "shield"):
        player.does("equip", item_id=player.gets(one))
    big = player.gets("greatsword")
    assert player.is_refused("equip", item_id=big) == ("bag_full", {"needed": 1, "free": 0})


def test_the_off_hand_is_not_free_beside_a_two_handed_weapon(player: Player) -> None:
    big, shield = player.gets("greatsword"), player.gets("shield")
    player.does("equip", item_id=big)
    expected = ("two_handed_conflict", {"slot": "off_hand", "item_id": big})
    assert player.is_refused("equip", item_id=shield) == expected


def test_a_dagger_takes_the_place_of_a_two_handed_weapon(player: Player) -> None:
    player.does("equip", item_id=player.gets("greatsword"))
    dagger = player.gets("dagger")
    player.does("equip", item_id=dagger)
    assert worn(player) == {"main_hand": dagger}


def test_a_versatile_weapon_leaves_the_off_hand_free(player: Player) -> None:
    sword, shield = player.gets("longsword"), player.gets("shield")
    player.does("equip", item_id=sword)
    player.does("equip", item_id=shield)
    assert worn(player) == {"main_hand": sword, "off_hand": shield}


# ---------------------------------------------------------------- requirements, uniqueness, binding


def test_a_stat_that_is_too_low_is_named(player: Player) -> None:
    plate = player.gets("plate")
    expected = ("requirement_not_met", {"stat": "strength", "needed": 15, "has": 10})
    assert player.is_refused("equip", item_id=plate) == expected


def test_a_stat_that_is_just_enough_is_enough(player: Player) -> None:
    player.has_stats(strength=15)
    player.does("equip", item_id=player.gets("plate"))
    assert "chest" in worn(player)


def test_neither_rings_nor_elixirs_help_to_meet_a_requirement(player: Player) -> None:
    player.has_stats(strength=14)
    player.does("equip", item_id=player.gets("ring"))
    player.does("use", item_id=player.gets("elixir"))
    expected = ("requirement_not_met", {"stat": "strength", "needed": 15, "has": 14})
    assert player.is_refused("equip", item_id=player.gets("plate")) == expected


def test_a_stat_of_the_games_own_may_be_required(squire: Player) -> None:
    banner = squire.gets("banner")
    expected = ("requirement_not_met", {"stat": "level", "needed": 3, "has": 0})
    assert squire.is_refused("equip", item_id=banner) == expected
    squire.has_stats(level=3)
    squire.does("equip", item_id=banner)


def test_only_one_of_a_unique_item_is_worn(player: Player) -> None:
    one, other = player.gets("one-ring"), player.gets("one-ring")
    player.does("equip", item_id=one)
    expected = ("unique_equipped", {"item_id": one, "slot": "accessory_1"})
    assert player.is_refused("equip", item_id=other) == expected
    player.does("equip", item_id=other, slot="accessory_1")
    assert worn(player) == {"accessory_1": other}


def test_a_unique_item_may_change_its_slot(player: Player) -> None:
    ring = player.gets("one-ring")
    player.does("equip", item_id=ring)
    player.does("equip", item_id=ring, slot="accessory_2")
    assert worn(player) == {"accessory_2": ring}


def test_what_binds_when_equipped_is_bound_from_then_on(player: Player) -> None:
    blade = player.gets("soulblade")
    assert not player.session.items[blade].bound
    player.does("equip", item_id=blade)
    player.does("unequip", slot="main_hand")
    assert player.session.items[blade].data == {"bound": True}


def test_what_does_not_bind_has_nothing_to_remember(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    assert player.session.items[sword].data is None


# ---------------------------------------------------------------- unequip


def test_unequipping_puts_the_item_into_the_backpack(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    player.gets("arrow")
    reply = player.does("unequip", slot="main_hand")
    assert reply["item"]["item_id"] == sword
    assert player.session.items[sword] == InventoryItemDTO(sword, "longsword", 1, position=1)


def test_a_single_one_of_a_stack_joins_no_stack_by_itself(player: Player) -> None:
    player.does("equip", item_id=player.gets("dart", 3))
    player.does("unequip", slot="main_hand")
    assert [item.quantity for item in player.session.items.values()] == [2, 1]


def test_an_empty_slot_has_nothing_to_take_off(player: Player) -> None:
    assert player.is_refused("unequip", slot="head") == ("slot_empty", {"slot": "head"})


def test_a_slot_that_does_not_exist_names_those_that_do(player: Player) -> None:
    code, facts = player.is_refused("unequip", slot="tail")
    assert code == "wrong_slot"
    assert len(facts["allowed"]) == 8


def test_a_full_backpack_keeps_worn_what_is_worn() -> None:
    player = Player(capacity_slots=1)
    player.does("equip", item_id=player.gets("longsword"))
    player.gets("arrow")
    refused = player.is_refused("unequip", slot="main_hand")
    assert refused == ("bag_full", {"needed": 1, "free": 0})


# ---------------------------------------------------------------- fights and death


def test_a_fighter_changes_weapons(player: Player) -> None:
    player.goes("combat")
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    player.does("equip", item_id=player.gets("shield"))
    player.does("unequip", slot="main_hand")
    assert list(worn(player)) == ["off_hand"]


def test_a_fighter_has_no_time_to_put_on_a_helmet(squire: Player) -> None:
    helmet = squire.gets("helmet")
    squire.goes("combat")
    assert squire.is_refused("equip", item_id=helmet) == ("in_combat", {})


def test_a_fighter_has_no_time_to_take_off_a_helmet(squire: Player) -> None:
    squire.does("equip", item_id=squire.gets("helmet"))
    squire.goes("combat")
    assert squire.is_refused("unequip", slot="head") == ("in_combat", {})


@pytest.mark.parametrize("state", ["exploration", "inventory", "scenario"])
def test_outside_of_fights_there_is_time_for_helmets(squire: Player, state: str) -> None:
    squire.goes(state)
    helmet = squire.gets("helmet")
    squire.does("equip", item_id=helmet)
    assert squire.does("unequip", slot="head")["item"]["item_id"] == helmet


@pytest.mark.parametrize("state", ["exploration", "combat"])
def test_the_dead_put_nothing_on(squire: Player, state: str) -> None:
    helmet = squire.gets("helmet")
    dies(squire)
    squire.goes(state)
    assert squire.is_refused("equip", item_id=helmet) == ("dead", {})


def test_the_dead_take_nothing_off(player: Player) -> None:
    player.does("equip", item_id=player.gets("longsword"))
    dies(player)
    assert player.is_refused("unequip", slot="main_hand") == ("dead", {})


def test_a_slot_that_does_not_suit_is_named_before_a_fight_is(squire: Player) -> None:
    helmet = squire.gets("helmet")
    squire.goes("combat")
    assert squire.is_refused("equip", item_id=helmet, slot="feet")[0] == "wrong_slot"


def test_a_hat_is_not_taken_off_in_a_fight_by_way_of_the_hand() -> None:
    horn = ItemTemplate(template_id="horn", name="Horn", kind="gear", slots=("head", "main_hand"))
    player = Player(gateway_with(horn))
    item_id = player.gets("horn")
    player.does("equip", item_id=item_id)
    player.goes("combat")
    assert player.is_refused("equip", item_id=item_id, slot="main_hand")[0] == "in_combat"
