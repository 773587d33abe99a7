"""What other modules may ask of an inventory: to give, to take, to count, to use in a fight."""

from __future__ import annotations

from random import Random

import pytest

from gamestate.contract.effects import AdjustVitals, GrantItems, TakeItems, UseItemInFight
from gamestate.errors import MalformedError
from tests.unit.gamestate.modules.inventory.world import Player


@pytest.fixture
def player() -> Player:
    return Player(capacity_slots=8)


def stacks(player: Player, template_id: str) -> list[int]:
    """The sizes of the stacks, worn ones too, by id."""
    items = sorted(player.session.items.items())
    return [item.quantity for _, item in items if item.template_id == template_id]


def count(player: Player, template_id: str) -> int:
    return player.module.count(player.session, template_id)


# ------------------------------------------------------------------ given


def test_what_is_given_is_granted_as_by_a_message(player: Player) -> None:
    first = player.gets("arrow", 15)
    reply = player.is_asked(GrantItems("arrow", 10))
    assert reply["items"] == [
        {"item_id": first, "quantity": 20},
        {"item_id": first + 1, "quantity": 5},
    ]
    assert (reply["granted"], reply["refused"]) == (10, 0)
    assert reply["slots"] == {"used": 2, "capacity": 8}
    assert stacks(player, "arrow") == [20, 5]


def test_a_gift_that_does_not_fit_is_not_given_in_part(player: Player) -> None:
    expected = ("bag_full", {"needed": 9, "free": 8})
    assert player.is_refused_to_others(GrantItems("heirloom", 9)) == expected


def test_what_is_not_in_the_catalogue_can_not_be_given(player: Player) -> None:
    with pytest.raises(MalformedError):
        player.is_asked(GrantItems("unobtainium", 1))


@pytest.mark.parametrize("effect", [GrantItems, TakeItems])
def test_nobody_gives_or_takes_nothing(effect: type[GrantItems | TakeItems]) -> None:
    with pytest.raises(ValueError, match="quantity"):
        effect("arrow", 0)


# ------------------------------------------------------------------ taken


def test_the_stacks_with_the_lowest_ids_are_taken_first(player: Player) -> None:
    player.gets("arrow", 45)
    reply = player.is_asked(TakeItems("arrow", 25))
    assert (reply["template_id"], reply["taken"]) == ("arrow", 25)
    assert reply["slots"]["used"] == 2
    assert stacks(player, "arrow") == [15, 5]


def test_the_last_one_can_be_taken(player: Player) -> None:
    player.gets("arrow", 45)
    player.is_asked(TakeItems("arrow", 45))
    assert stacks(player, "arrow") == []
    assert player.session.slots_used == 0


def test_more_than_there_is_is_refused_with_the_facts(player: Player) -> None:
    player.gets("arrow", 25)
    expected = ("not_enough", {"template_id": "arrow", "has": 25, "needed": 26})
    assert player.is_refused_to_others(TakeItems("arrow", 26)) == expected
    expected = ("not_enough", {"template_id": "unobtainium", "has": 0, "needed": 1})
    assert player.is_refused_to_others(TakeItems("unobtainium", 1)) == expected


def test_what_is_worn_is_left_alone(player: Player) -> None:
    worn = player.gets("dagger")
    player.does("equip", item_id=worn)
    player.gets("dagger")
    assert player.is_refused_to_others(TakeItems("dagger", 2))[1]["has"] == 1
    player.is_asked(TakeItems("dagger", 1))
    assert list(player.session.items) == [worn]


def test_what_is_locked_is_left_alone(player: Player) -> None:
    locked = player.gets("arrow", 20)
    player.does("lock", item_id=locked)
    player.gets("arrow", 5)
    assert player.is_refused_to_others(TakeItems("arrow", 6))[1]["has"] == 5
    player.is_asked(TakeItems("arrow", 5))
    assert list(player.session.items) == [locked]


@pytest.mark.parametrize("template_id", ["seal", "heirloom", "soulblade"])
def test_no_other_mark_protects_from_being_taken(player: Player, template_id: str) -> None:
    item_id = player.gets(template_id)
    if template_id == "soulblade":
        player.does("equip", item_id=item_id)
        player.does("unequip", slot="main_hand")
    assert player.is_asked(TakeItems(template_id, 1))["taken"] == 1
    assert not player.session.items


@pytest.mark.parametrize("refill", [False, True])
def test_a_quick_slot_never_points_to_what_was_taken(refill: bool) -> None:
    player = Player(refill_quick_slots=refill)
    player.gets("salve", 20)
    ids = sorted(player.session.items)
    player.does("assign_quick_slot", item_id=ids[0], index=3)
    player.is_asked(TakeItems("salve", 12))
    assert sorted(player.session.items) == ids[2:]
    pointed = {one for one in player.session.quick_slots if one is not None}
    assert pointed == ({ids[2]} if refill else set())


# ------------------------------------------------------------------ counted


def test_whatever_is_carried_is_counted(player: Player) -> None:
    player.does("equip", item_id=player.gets("dagger"))
    player.does("lock", item_id=player.gets("dagger"))
    player.gets("arrow", 45)
    assert (count(player, "dagger"), count(player, "arrow")) == (2, 45)
    assert count(player, "unobtainium") == 0


# ------------------------------------------------------------------ used in a fight


def test_an_item_is_used_in_a_fight_by_whose_turn_it_is(player: Player) -> None:
    potion = player.gets("potion", 2)
    player.has_vital("hp", 10)
    player.goes("combat")
    assert player.is_refused("use", item_id=potion)[0] == "in_combat"
    reply = player.is_asked(UseItemInFight(potion))
    (restored,) = reply["effects"]
    assert (reply["item_id"], reply["template_id"], reply["left"]) == (potion, "potion", 1)
    assert player.last.effects == (AdjustVitals({"hp": restored["gained"]}),)


def test_it_costs_what_using_costs_at_any_time(player: Player) -> None:
    elixir = player.gets("elixir", 2)
    player.goes("combat")
    assert player.is_asked(UseItemInFight(elixir))["cooldown_s"] == 30
    assert player.session.items[elixir].quantity == 1
    assert player.is_refused_to_others(UseItemInFight(elixir))[0] == "cooldown"


def test_the_dice_may_be_those_of_the_fight(player: Player) -> None:
    player.has_vital("hp", 1)
    player.goes("combat")
    rolls = []
    for turn_seed in range(5):
        player.seed = turn_seed
        effect = UseItemInFight(player.gets("potion"), random=Random(99))
        rolls.append(player.is_asked(effect)["effects"][0]["rolled"])
    assert len(set(rolls)) == 1


@pytest.mark.parametrize(
    ("template_id", "code"), [("arrow", "not_usable"), ("potion", "dead"), (None, "unknown_item")]
)
def test_what_can_not_be_used_at_all_can_not_be_used_in_a_fight(
    player: Player, template_id: str | None, code: str
) -> None:
    item_id = 1 if template_id is None else player.gets(template_id)
    player.has_vital("hp", 0)
    player.goes("combat")
    assert player.is_refused_to_others(UseItemInFight(item_id))[0] == code
