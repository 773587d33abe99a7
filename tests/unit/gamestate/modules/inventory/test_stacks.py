"""How stacks grow, part and join, and where they lie."""

from __future__ import annotations

import pytest

from gamestate.content.items import UnknownTemplateError
from gamestate.modules.inventory.dto import InventoryItemDTO
from tests.unit.gamestate.modules.inventory.world import Player


def quantities(player: Player) -> list[int]:
    return [item.quantity for item in player.session.items.values()]


def positions(player: Player) -> dict[int, int | None]:
    return {item.item_id: item.position for item in player.session.items.values()}


# ---------------------------------------------------------------- grant


def test_a_grant_fills_stacks_with_room_before_it_makes_new_ones(player: Player) -> None:
    first = player.gets("arrow", 15)
    reply = player.does("grant", template_id="arrow", quantity=30)
    assert reply["items"] == [
        {"item_id": first, "quantity": 20},
        {"item_id": first + 1, "quantity": 20},
        {"item_id": first + 2, "quantity": 5},
    ]


def test_a_grant_says_how_many_came_and_how_many_did_not(player: Player) -> None:
    reply = player.does("grant", template_id="arrow", quantity=30)
    assert (reply["granted"], reply["refused"]) == (30, 0)


def test_the_stack_of_the_lowest_id_is_filled_first(player: Player) -> None:
    old = player.gets("arrow", 20)
    player.does("split", item_id=old, quantity=5)
    reply = player.does("grant", template_id="arrow", quantity=3)
    assert reply["items"] == [{"item_id": old, "quantity": 18}]


def test_an_older_stack_that_has_room_again_is_filled_first(player: Player) -> None:
    old, young = player.gets("arrow", 20), player.gets("arrow", 5)
    player.does("drop", item_id=old, quantity=1)
    reply = player.does("grant", template_id="arrow", quantity=2)
    assert [one["item_id"] for one in reply["items"]] == [old, young]


def test_what_does_not_stack_gets_an_id_each(player: Player) -> None:
    player.gets("longsword", 3)
    assert quantities(player) == [1, 1, 1]


def test_new_stacks_lie_at_the_first_free_places(player: Player) -> None:
    gone = player.gets("longsword")
    player.gets("longsword", 2)
    player.does("drop", item_id=gone)
    back = player.gets("dagger")
    assert player.session.items[back].position == 0


def test_a_grant_never_adds_to_what_is_locked(player: Player) -> None:
    locked = player.gets("arrow", 7)
    player.does("lock", item_id=locked)
    player.gets("arrow", 5)
    assert quantities(player) == [7, 5]


def test_a_grant_adds_to_what_was_unlocked(player: Player) -> None:
    locked = player.gets("arrow", 7)
    player.does("lock", item_id=locked)
    player.does("unlock", item_id=locked)
    player.gets("arrow", 5)
    assert quantities(player) == [12]


def test_a_grant_that_does_not_fit_is_refused_whole() -> None:
    player = Player(capacity_slots=2)
    player.gets("arrow", 10)
    refused = player.is_refused("grant", template_id="arrow", quantity=10 + 20 + 1)
    assert refused == ("bag_full", {"needed": 2, "free": 1})


def test_a_huge_grant_is_refused_by_arithmetic(player: Player) -> None:
    refused = player.is_refused("grant", template_id="longsword", quantity=1_000_000)
    assert refused == ("bag_full", {"needed": 1_000_000, "free": 100})


def test_a_full_backpack_still_takes_what_its_stacks_have_room_for() -> None:
    player = Player(capacity_slots=1)
    player.gets("arrow", 1)
    player.gets("arrow", 19)
    assert quantities(player) == [20]


def test_a_partial_grant_gives_as_many_as_fit() -> None:
    player = Player(capacity_slots=2)
    player.gets("arrow", 10)
    reply = player.does("grant", template_id="arrow", quantity=31, partial=True)
    assert (reply["granted"], reply["refused"]) == (30, 1)
    assert quantities(player) == [20, 20]


def test_a_partial_grant_may_give_only_what_stacks_have_room_for() -> None:
    player = Player(capacity_slots=1)
    player.gets("arrow", 18)
    reply = player.does("grant", template_id="arrow", quantity=5, partial=True)
    assert (reply["granted"], reply["refused"]) == (2, 3)


def test_a_partial_grant_that_fits_is_a_grant(player: Player) -> None:
    reply = player.does("grant", template_id="arrow", quantity=30, partial=True)
    assert (reply["granted"], reply["refused"]) == (30, 0)


def test_a_partial_grant_of_which_nothing_fits_is_refused() -> None:
    player = Player(capacity_slots=1)
    player.gets("arrow", 20)
    refused = player.is_refused("grant", template_id="arrow", quantity=5, partial=True)
    assert refused == ("bag_full", {"needed": 1, "free": 0})


def test_a_template_that_does_not_exist_is_malformed(player: Player) -> None:
    with pytest.raises(UnknownTemplateError):
        player.gets("lightsaber")


# ---------------------------------------------------------------- weight


def test_weight_refuses_nothing_by_default(player: Player) -> None:
    player.gets("plate", 3)
    assert player.session.weight_mlb > 150_000


def test_weight_refuses_a_grant_whole_if_it_is_enforced() -> None:
    player = Player(enforce_weight=True)
    player.gets("plate")
    refused = player.is_refused("grant", template_id="plate", quantity=2)
    assert refused == ("too_heavy", {"needed_lb": 130.0, "free_lb": 85.0})


def test_the_limit_itself_may_be_carried() -> None:
    player = Player(enforce_weight=True)
    player.has_stats(strength=1)
    player.gets("dagger", 15)
    assert player.is_refused("grant", template_id="dagger", quantity=1)[0] == "too_heavy"


def test_a_partial_grant_gives_as_many_as_may_be_carried() -> None:
    player = Player(enforce_weight=True)
    reply = player.does("grant", template_id="plate", quantity=3, partial=True)
    assert (reply["granted"], reply["refused"]) == (2, 1)


def test_a_partial_grant_heeds_weight_and_room_at_once() -> None:
    player = Player(enforce_weight=True, capacity_slots=1)
    reply = player.does("grant", template_id="plate", quantity=3, partial=True)
    assert (reply["granted"], reply["refused"]) == (1, 2)


def test_a_partial_grant_of_which_none_may_be_carried_is_refused() -> None:
    player = Player(enforce_weight=True)
    player.gets("plate", 2)
    refused = player.is_refused("grant", template_id="plate", quantity=2, partial=True)
    assert refused == ("too_heavy", {"needed_lb": 130.0, "free_lb": 20.0})


def test_what_weighs_nothing_is_never_too_heavy() -> None:
    player = Player(enforce_weight=True)
    player.gets("plate", 2)
    player.has_stats(strength=1)
    player.gets("potion", 3)
    assert player.is_refused("grant", template_id="arrow", quantity=1)[1]["free_lb"] == 0


def test_a_ring_of_strength_lets_its_wearer_carry_more() -> None:
    player = Player(enforce_weight=True, carry_lb_per_strength=6)
    assert player.is_refused("grant", template_id="plate", quantity=1)[0] == "too_heavy"
    player.does("equip", item_id=player.gets("ring"))
    player.gets("plate")


# ---------------------------------------------------------------- split


def test_a_split_makes_a_stack_of_its_own(player: Player) -> None:
    arrows = player.gets("arrow", 12)
    reply = player.does("split", item_id=arrows, quantity=5)
    assert reply["source"]["quantity"] == 7
    assert (reply["item"]["item_id"], reply["item"]["quantity"]) == (arrows + 1, 5)
    assert quantities(player) == [7, 5]


def test_a_split_weighs_what_the_stack_did(player: Player) -> None:
    arrows = player.gets("arrow", 12)
    assert player.does("split", item_id=arrows, quantity=5)["weight"]["total"] == 0.6


def test_the_new_stack_lies_at_the_first_free_place(player: Player) -> None:
    gone, arrows = player.gets("longsword"), player.gets("arrow", 12)
    player.does("drop", item_id=gone)
    assert player.does("split", item_id=arrows, quantity=5)["item"]["position"] == 0


def test_both_parts_of_a_locked_stack_are_locked(player: Player) -> None:
    arrows = player.gets("arrow", 12)
    player.does("lock", item_id=arrows)
    player.does("split", item_id=arrows, quantity=5)
    assert [item.locked for item in player.session.items.values()] == [True, True]


def test_a_quick_slot_stays_with_the_stack_that_was_split(player: Player) -> None:
    potions = player.gets("potion", 4)
    player.does("assign_quick_slot", item_id=potions, index=0)
    player.does("split", item_id=potions, quantity=3)
    assert player.session.quick_slots[0] == potions


@pytest.mark.parametrize("quantity", [12, 13])
def test_a_part_is_smaller_than_the_stack(player: Player, quantity: int) -> None:
    arrows = player.gets("arrow", 12)
    expected = ("split_exceeds", {"item_id": arrows, "quantity": quantity, "has": 12})
    assert player.is_refused("split", item_id=arrows, quantity=quantity) == expected


def test_a_split_needs_a_free_slot() -> None:
    player = Player(capacity_slots=1)
    arrows = player.gets("arrow", 12)
    refused = player.is_refused("split", item_id=arrows, quantity=5)
    assert refused == ("bag_full", {"needed": 1, "free": 0})


# ---------------------------------------------------------------- merge


@pytest.fixture
def two_stacks(player: Player) -> tuple[Player, int, int]:
    """Of 15 and of 5 arrows."""
    first = player.gets("arrow", 20)
    player.does("split", item_id=first, quantity=5)
    return player, first, first + 1


def test_a_merge_makes_one_stack_of_two(two_stacks: tuple[Player, int, int]) -> None:
    player, big, small = two_stacks
    reply = player.does("merge", source_id=big, target_id=small)
    assert (reply["source"], reply["moved"]) == (None, 15)
    assert reply["target"]["item_id"] == small
    assert quantities(player) == [20]


def test_a_merge_moves_what_fits_and_leaves_the_rest(player: Player) -> None:
    full, rest = player.gets("arrow", 20), player.gets("arrow", 8)
    player.does("drop", item_id=full, quantity=2)
    reply = player.does("merge", source_id=rest, target_id=full)
    assert (reply["target"]["quantity"], reply["source"]["quantity"]) == (20, 6)
    assert reply["moved"] == 2


def test_a_merge_frees_the_place_of_the_source(two_stacks: tuple[Player, int, int]) -> None:
    player, big, small = two_stacks
    player.does("merge", source_id=big, target_id=small)
    ring = player.gets("ring")
    assert player.session.slots_used == 2
    assert player.session.items[ring].position == 0


def test_a_merged_stack_still_takes_grants(player: Player) -> None:
    first = player.gets("arrow", 10)
    player.does("split", item_id=first, quantity=5)
    player.does("merge", source_id=first, target_id=first + 1)
    reply = player.does("grant", template_id="arrow", quantity=1)
    assert reply["items"] == [{"item_id": first + 1, "quantity": 11}]


def test_nothing_goes_onto_a_full_stack(player: Player) -> None:
    full, rest = player.gets("arrow", 20), player.gets("arrow", 8)
    refused = player.is_refused("merge", source_id=rest, target_id=full)
    assert refused == ("stack_limit", {"item_id": full, "max_stack": 20})


def test_a_stack_does_not_merge_with_itself(player: Player) -> None:
    arrows = player.gets("arrow", 8)
    refused = player.is_refused("merge", source_id=arrows, target_id=arrows)
    assert refused == ("not_stackable", {"source_id": arrows, "target_id": arrows})


def test_different_kinds_do_not_merge(player: Player) -> None:
    arrows, darts = player.gets("arrow", 8), player.gets("dart", 2)
    assert player.is_refused("merge", source_id=arrows, target_id=darts)[0] == "not_stackable"


def test_what_never_stacks_does_not_merge(player: Player) -> None:
    one, other = player.gets("longsword"), player.gets("longsword")
    refused = player.is_refused("merge", source_id=one, target_id=other)
    assert refused == ("stack_limit", {"item_id": other, "max_stack": 1})


@pytest.mark.parametrize("locked", [0, 1])
def test_a_locked_stack_does_not_merge_with_one_that_is_not(
    two_stacks: tuple[Player, int, int], locked: int
) -> None:
    player, *ids = two_stacks
    player.does("lock", item_id=ids[locked])
    refused = player.is_refused("merge", source_id=ids[0], target_id=ids[1])
    assert refused[0] == "not_stackable"


def test_two_locked_stacks_merge_and_stay_locked(two_stacks: tuple[Player, int, int]) -> None:
    player, big, small = two_stacks
    for item_id in (big, small):
        player.does("lock", item_id=item_id)
    player.does("merge", source_id=small, target_id=big)
    assert player.session.items[big].locked


def test_what_is_worn_does_not_merge(player: Player) -> None:
    stack = player.gets("dart", 3)
    worn = player.does("equip", item_id=stack)["item"]["item_id"]
    expected = ("equipped", {"item_id": worn, "slot": "main_hand"})
    assert player.is_refused("merge", source_id=worn, target_id=stack) == expected
    assert player.is_refused("merge", source_id=stack, target_id=worn) == expected


@pytest.fixture
def two_flasks(player: Player) -> tuple[Player, int, int]:
    """Of 15 potions in quick slot 2, and of 5."""
    first = player.gets("potion", 20)
    player.does("split", item_id=first, quantity=5)
    player.does("assign_quick_slot", item_id=first, index=2)
    return player, first, first + 1


def test_the_quick_slot_of_a_source_that_is_gone_passes_to_the_target(
    two_flasks: tuple[Player, int, int],
) -> None:
    player, source, target = two_flasks
    player.does("merge", source_id=source, target_id=target)
    assert player.session.quick_slots == (None, None, target, None, None, None)


def test_a_target_with_a_quick_slot_of_its_own_keeps_that_alone(
    two_flasks: tuple[Player, int, int],
) -> None:
    player, source, target = two_flasks
    player.does("assign_quick_slot", item_id=target, index=4)
    player.does("merge", source_id=source, target_id=target)
    assert player.session.quick_slots == (None, None, None, None, target, None)


def test_a_source_of_which_something_is_left_keeps_its_quick_slot(player: Player) -> None:
    full, rest = player.gets("potion", 20), player.gets("potion", 8)
    player.does("drop", item_id=full, quantity=1)
    player.does("assign_quick_slot", item_id=rest, index=2)
    player.does("merge", source_id=rest, target_id=full)
    assert player.session.quick_slots[2] == rest


# ---------------------------------------------------------------- move


def test_an_item_moves_to_a_free_position(player: Player) -> None:
    sword = player.gets("longsword")
    reply = player.does("move", item_id=sword, position=99)
    assert (reply["item"]["position"], reply["swapped"]) == (99, None)
    assert positions(player) == {sword: 99}


def test_the_place_it_left_is_free(player: Player) -> None:
    player.does("move", item_id=player.gets("longsword"), position=7)
    ring = player.gets("ring")
    assert player.session.items[ring].position == 0


def test_an_item_swaps_with_what_lies_there(player: Player) -> None:
    sword, ring = player.gets("longsword"), player.gets("ring")
    reply = player.does("move", item_id=sword, position=1)
    assert (reply["swapped"]["item_id"], reply["swapped"]["position"]) == (ring, 0)
    assert positions(player) == {sword: 1, ring: 0}
    assert set(player.last.touched) == {f"item:{sword}", f"item:{ring}"}


def test_stacks_of_one_kind_swap_too(player: Player) -> None:
    first, second = player.gets("arrow", 20), player.gets("arrow", 5)
    player.does("move", item_id=second, position=0)
    assert positions(player) == {first: 1, second: 0}
    assert player.session.items[first].quantity == 20


def test_a_swap_weighs_nothing(player: Player) -> None:
    first, before = player.gets("arrow", 25) - 1, player.does("view")["weight"]
    assert player.does("move", item_id=first, position=1)["weight"] == before


def test_a_full_backpack_can_be_put_in_order() -> None:
    player = Player(capacity_slots=2)
    sword, ring = player.gets("longsword"), player.gets("ring")
    player.does("move", item_id=ring, position=0)
    assert positions(player) == {sword: 1, ring: 0}


def test_a_move_to_where_it_lies_changes_nothing(player: Player) -> None:
    sword = player.gets("longsword")
    before = player.state
    assert player.does("move", item_id=sword, position=0)["swapped"] is None
    assert player.state is before


@pytest.mark.parametrize("position", [3, 1_000_000])
def test_a_position_is_below_the_capacity(position: int) -> None:
    player = Player(capacity_slots=3)
    sword = player.gets("longsword")
    expected = ("wrong_position", {"position": position, "capacity": 3})
    assert player.is_refused("move", item_id=sword, position=position) == expected


def test_what_is_worn_has_no_position_to_move_to(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    expected = ("equipped", {"item_id": sword, "slot": "main_hand"})
    assert player.is_refused("move", item_id=sword, position=3) == expected


def test_a_moved_item_is_otherwise_as_it_was(player: Player) -> None:
    arrows = player.gets("arrow", 7)
    player.does("lock", item_id=arrows)
    player.does("move", item_id=arrows, position=4)
    expected = InventoryItemDTO(arrows, "arrow", 7, position=4, data={"locked": True})
    assert player.session.items[arrows] == expected


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("split", {"item_id": 7, "quantity": 1}),
        ("merge", {"source_id": 7, "target_id": 1000}),
        ("merge", {"source_id": 1000, "target_id": 7}),
        ("move", {"item_id": 7, "position": 0}),
    ],
)
def test_a_stack_of_somebody_else_is_unknown(
    player: Player, action: str, payload: dict[str, int]
) -> None:
    player.gets("arrow", 2)
    assert player.is_refused(action, **payload) == ("unknown_item", {"item_id": 7})
