"""Using items: charges, cooldowns, and what comes of it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from attrs import evolve

from gamestate.content.dice import Dice
from gamestate.content.templates import Buff, ItemEffect, ItemTemplate, Learn, Restore, Teleport
from gamestate.contract.effects import AdjustVitals, LearnSkill, MoveTo
from gamestate.modules.inventory.dto import ActiveBuff
from tests.unit.gamestate.modules.inventory.world import Player, gateway_with

TWO_D_FOUR_AND_TWO = Dice(2, 4, 2)


def drinker(*effects: ItemEffect, **rules: Any) -> Player:
    """A character with three doses (id 1000) of a drink with these effects."""
    brew = ItemTemplate(
        template_id="brew",
        name="Brew",
        kind="consumable",
        max_stack=5,
        consumable=True,
        charges=1,
        effects=effects,
        **rules,
    )
    player = Player(gateway_with(brew))
    player.gets("brew", 3)
    return player


# ---------------------------------------------------------------- charges


def test_using_one_of_a_stack_takes_one(player: Player) -> None:
    potions = player.gets("potion", 3)
    reply = player.does("use", item_id=potions)
    assert (reply["item_id"], reply["template_id"]) == (potions, "potion")
    assert (reply["left"], reply["charges"]) == (2, None)
    assert player.session.items[potions].quantity == 2


def test_the_last_of_a_stack_is_gone_when_used(player: Player) -> None:
    potion = player.gets("potion")
    assert player.does("use", item_id=potion)["left"] == 0
    assert player.session.items == {}
    assert player.last.touched == (f"item:{potion}",)


def test_a_consumable_of_several_charges_goes_with_the_last(player: Player) -> None:
    scroll = player.gets("scroll")
    shown = [player.does("use", item_id=scroll) for _ in range(3)]
    assert [(one["left"], one["charges"]) for one in shown] == [(1, 2), (1, 1), (0, None)]
    assert player.session.items == {}


def test_a_stack_with_room_again_takes_grants(player: Player) -> None:
    potions = player.gets("potion", 20)
    player.does("use", item_id=potions)
    assert player.gets("potion") == potions


def test_what_is_not_consumable_stays_when_it_is_empty(player: Player) -> None:
    wand = player.gets("wand")
    shown = [player.does("use", item_id=wand) for _ in range(2)]
    assert [(one["left"], one["charges"]) for one in shown] == [(1, 1), (1, 0)]
    assert player.session.items[wand].data == {"charges": 0}
    assert player.is_refused("use", item_id=wand) == ("no_charges", {"item_id": wand})


def test_what_is_worn_is_used_where_it_is(player: Player) -> None:
    wand = player.gets("wand")
    player.does("equip", item_id=wand)
    player.does("use", item_id=wand)
    assert player.session.equipped == {"main_hand": wand}
    assert player.session.items[wand].charges == 1


def test_what_is_locked_may_be_used_and_stays_locked(player: Player) -> None:
    potions, wand = player.gets("potion", 2), player.gets("wand")
    for item_id in (potions, wand):
        player.does("lock", item_id=item_id)
        player.does("use", item_id=item_id)
    assert player.session.items[potions].data == {"locked": True}
    assert player.session.items[wand].data == {"locked": True, "charges": 1}


def test_what_has_no_charges_by_nature_can_not_be_used(player: Player) -> None:
    arrow = player.gets("arrow")
    expected = ("not_usable", {"item_id": arrow, "template_id": "arrow"})
    assert player.is_refused("use", item_id=arrow) == expected


def test_somebody_elses_item_is_unknown(player: Player) -> None:
    assert player.is_refused("use", item_id=7) == ("unknown_item", {"item_id": 7})


def test_what_says_nothing_of_its_effects_is_used_all_the_same() -> None:
    player = drinker()
    assert player.does("use", item_id=1000)["effects"] == []
    assert player.last.effects == ()


# ---------------------------------------------------------------- restore


def test_a_potion_asks_the_core_for_what_its_dice_say(player: Player) -> None:
    player.has_vital("hp", 50)
    rolled = TWO_D_FOUR_AND_TWO.roll(Random(player.seed))
    reply = player.does("use", item_id=player.gets("potion"))
    shown = {"effect": "restore", "vital": "hp", "rolled": rolled, "gained": rolled}
    assert reply["effects"] == [shown]
    assert player.last.effects == (AdjustVitals({"hp": rolled}),)


def test_the_same_turn_casts_the_same_dice(player: Player) -> None:
    potions = player.gets("potion", 2)
    player.has_vital("hp", 50)
    before = player.state
    first = player.does("use", item_id=potions)
    player.state = before
    assert player.does("use", item_id=potions) == first


def test_other_turns_cast_other_dice(player: Player) -> None:
    potions = player.gets("potion", 20)
    rolls = set()
    for player.seed in range(20):
        rolls.add(player.does("use", item_id=potions)["effects"][0]["rolled"])
    assert len(rolls) > 1
    assert rolls <= set(range(4, 11))


def test_what_a_vital_gains_stops_at_its_maximum() -> None:
    player = drinker(Restore("hp", Dice(bonus=5)))
    player.has_vital("hp", 98)
    (shown,) = player.does("use", item_id=1000)["effects"]
    assert (shown["rolled"], shown["gained"]) == (5, 2)
    assert player.last.effects == (AdjustVitals({"hp": 2}),)


def test_a_full_vital_gains_nothing_and_the_dose_is_gone() -> None:
    player = drinker(Restore("hp", Dice(bonus=5)))
    reply = player.does("use", item_id=1000)
    assert (reply["effects"][0]["gained"], reply["left"]) == (0, 2)
    assert player.last.effects == ()


def test_two_helpings_of_one_vital_share_its_maximum() -> None:
    player = drinker(Restore("hp", Dice(bonus=5)), Restore("hp", Dice(bonus=5)))
    player.has_vital("hp", 93)
    shown = player.does("use", item_id=1000)["effects"]
    assert [one["gained"] for one in shown] == [5, 2]


def test_poison_stops_at_nothing() -> None:
    player = drinker(Restore("hp", Dice(bonus=-500)))
    player.has_vital("hp", 30)
    (shown,) = player.does("use", item_id=1000)["effects"]
    assert (shown["rolled"], shown["gained"]) == (-500, -30)


def test_a_vital_that_the_character_does_not_have_is_left_out() -> None:
    player = drinker(Restore("rage", Dice(bonus=5)), Restore("mp", Dice(bonus=5)))
    shown = player.does("use", item_id=1000)["effects"]
    assert [one["vital"] for one in shown] == ["mp"]
    assert player.last.effects == (AdjustVitals({"mp": 5}),)


# ---------------------------------------------------------------- other effects


def test_a_scroll_asks_the_core_to_move_its_reader(player: Player) -> None:
    reply = player.does("use", item_id=player.gets("scroll"))
    assert reply["effects"] == [{"effect": "teleport", "location": "temple"}]
    assert player.last.effects == (MoveTo("temple"),)


def test_a_tonic_asks_the_core_to_teach_its_drinker(player: Player) -> None:
    reply = player.does("use", item_id=player.gets("tonic"))
    assert reply["effects"] == [{"effect": "learn", "skill": "herbs", "level": 2}]
    assert player.last.effects == (LearnSkill("herbs", 2),)


def test_effects_happen_in_the_order_of_the_template() -> None:
    effects = (Teleport("inn"), Restore("mp", Dice(bonus=1)), Learn("song"), Buff({"wisdom": 1}, 9))
    player = drinker(*effects)
    shown = player.does("use", item_id=1000)["effects"]
    assert [one["effect"] for one in shown] == ["teleport", "restore", "learn", "buff"]
    assert player.last.effects == (MoveTo("inn"), AdjustVitals({"mp": 1}), LearnSkill("song", 1))


# ---------------------------------------------------------------- buffs


def test_a_buff_runs_from_now_for_its_duration(player: Player) -> None:
    player.now_s = 1000.0
    reply = player.does("use", item_id=player.gets("elixir"))
    modifiers = {"strength": 4, "armor_class": 1}
    assert reply["effects"] == [{"effect": "buff", "modifiers": modifiers, "duration_s": 60}]
    assert player.session.buffs == (ActiveBuff("elixir", modifiers, 1060.0),)
    assert player.last.effects == ()


def test_a_buff_replaces_the_running_one_of_the_same_template(player: Player) -> None:
    elixirs = player.gets("elixir", 2)
    player.does("use", item_id=elixirs)
    player.now_s = 40.0
    player.does("use", item_id=elixirs)
    assert [(one.template_id, one.until_s) for one in player.session.buffs] == [("elixir", 100.0)]


def test_buffs_of_different_templates_run_side_by_side() -> None:
    player = drinker(Buff({"strength": 1}, 60))
    player.does("use", item_id=player.gets("elixir"))
    player.does("use", item_id=1000)
    assert [one.template_id for one in player.session.buffs] == ["elixir", "brew"]


def test_buffs_that_are_over_are_forgotten_with_the_next() -> None:
    player = drinker(Buff({"strength": 1}, 60))
    player.does("use", item_id=player.gets("elixir"))
    player.now_s = 60.0
    player.does("use", item_id=1000)
    assert [one.template_id for one in player.session.buffs] == ["brew"]


def test_a_buff_is_a_part_of_its_own(player: Player) -> None:
    elixirs = player.gets("elixir", 2)
    player.does("use", item_id=elixirs)
    assert set(player.last.touched) == {f"item:{elixirs}", "buffs", "cooldowns"}


# ---------------------------------------------------------------- cooldowns


def test_a_use_is_answered_with_its_cooldown(player: Player) -> None:
    assert player.does("use", item_id=player.gets("elixir"))["cooldown_s"] == 30
    assert player.does("use", item_id=player.gets("potion"))["cooldown_s"] == 0


def test_a_second_use_waits_for_the_cooldown(player: Player) -> None:
    elixirs = player.gets("elixir", 2)
    player.does("use", item_id=elixirs)
    player.now_s = 9.75
    expected = ("cooldown", {"group": "elixirs", "remaining_s": 20.25})
    assert player.is_refused("use", item_id=elixirs) == expected


def test_a_cooldown_is_over_when_its_time_is(player: Player) -> None:
    elixirs = player.gets("elixir", 2)
    player.does("use", item_id=elixirs)
    player.now_s = 30.0
    assert player.does("use", item_id=elixirs)["left"] == 0


def test_all_of_a_group_wait_for_one_another(player: Player) -> None:
    tonic, elixir = player.gets("tonic"), player.gets("elixir")
    player.does("use", item_id=tonic)
    expected = ("cooldown", {"group": "elixirs", "remaining_s": 10.0})
    assert player.is_refused("use", item_id=elixir) == expected


def test_other_items_do_not_wait(player: Player) -> None:
    player.does("use", item_id=player.gets("elixir"))
    assert player.does("use", item_id=player.gets("potion"))["left"] == 0


def test_without_a_group_the_items_of_a_template_wait_for_one_another() -> None:
    player = drinker(Learn("song"), cooldown_s=10)
    player.does("split", item_id=1000, quantity=1)
    player.does("use", item_id=1000)
    expected = ("cooldown", {"group": "brew", "remaining_s": 10.0})
    assert player.is_refused("use", item_id=1001) == expected


def test_what_has_no_cooldown_leaves_none(player: Player) -> None:
    player.does("use", item_id=player.gets("potion"))
    assert player.session.cooldowns == {}


def test_cooldowns_that_are_over_are_forgotten_with_the_next() -> None:
    player = drinker(Learn("song"), cooldown_s=10)
    player.does("use", item_id=1000)
    player.now_s = 5.0
    player.does("use", item_id=player.gets("elixir"))
    assert player.session.cooldowns == {"brew": 10.0, "elixirs": 35.0}
    player.now_s = 12.0
    player.does("use", item_id=1000)
    assert player.session.cooldowns == {"brew": 22.0, "elixirs": 35.0}
    player.now_s = 35.0
    player.does("use", item_id=1000)
    assert player.session.cooldowns == {"brew": 45.0}


# ---------------------------------------------------------------- only if useful


def test_what_must_be_useful_is_kept_if_nobody_is_hurt(player: Player) -> None:
    player.has_vital("mp", 50)
    salve = player.gets("salve")
    assert player.is_refused("use", item_id=salve) == ("no_effect", {"item_id": salve})


@pytest.mark.parametrize(("vital", "cur"), [("hp", 99), ("mp", 49)])
def test_one_thing_to_restore_is_use_enough(player: Player, vital: str, cur: int) -> None:
    player.has_vital("mp", 50)
    player.has_vital(vital, cur)
    assert player.does("use", item_id=player.gets("salve"))["left"] == 0


@pytest.mark.parametrize(
    ("useless", "useful"),
    [
        (Restore("hp", Dice(bonus=5)), Restore("mp", Dice(bonus=5))),
        (Restore("rage", Dice(bonus=5)), Buff({"wisdom": 1}, 60)),
        (Teleport("town"), Teleport("inn")),
        (Learn("herbs", 2), Learn("herbs", 3)),
        (Learn("herbs", 1), Learn("song", 1)),
    ],
)
def test_what_would_change_nothing_is_of_no_use(useless: ItemEffect, useful: ItemEffect) -> None:
    waste, help_ = (drinker(one, only_if_useful=True) for one in (useless, useful))
    for player in (waste, help_):
        player.has_stats(herbs=2)
    assert waste.is_refused("use", item_id=1000)[0] == "no_effect"
    assert help_.does("use", item_id=1000)["left"] == 2


# ---------------------------------------------------------------- who may use, and in which order


def test_the_dead_use_nothing(player: Player) -> None:
    potion = player.gets("potion")
    player.has_vital("hp", 0)
    assert player.is_refused("use", item_id=potion) == ("dead", {})


def test_one_hit_point_is_life_enough(player: Player) -> None:
    potion = player.gets("potion")
    player.has_vital("hp", 1)
    assert player.does("use", item_id=potion)["left"] == 0


def test_what_has_no_hit_points_by_nature_is_not_dead(player: Player) -> None:
    potion = player.gets("potion")
    core = evolve(player.state.core, vitals={"mp": {"cur": 0, "max": 50}})
    player.state = evolve(player.state, core=core)
    assert player.does("use", item_id=potion)["left"] == 0


def test_in_a_fight_items_are_used_by_the_fight(player: Player) -> None:
    potion = player.gets("potion")
    player.goes("combat")
    assert player.is_refused("use", item_id=potion) == ("in_combat", {})


def test_of_several_reasons_the_most_lasting_is_given() -> None:
    bell = ItemTemplate(
        template_id="bell",
        name="Bell",
        kind="gear",
        charges=1,
        cooldown_s=10,
        only_if_useful=True,
        effects=(Learn("song"),),
    )
    player = Player(gateway_with(bell))
    rung = player.gets("bell")
    player.does("use", item_id=rung)
    player.has_stats(song=1)
    player.has_vital("hp", 0)
    player.goes("combat")

    assert player.is_refused("use", item_id=player.gets("arrow"))[0] == "not_usable"
    assert player.is_refused("use", item_id=rung)[0] == "dead"
    player.has_vital("hp", 1)
    assert player.is_refused("use", item_id=rung)[0] == "in_combat"
    player.goes("exploration")
    assert player.is_refused("use", item_id=rung)[0] == "cooldown"
    player.now_s = 10.0
    assert player.is_refused("use", item_id=rung)[0] == "no_charges"
    assert player.is_refused("use", item_id=player.gets("bell"))[0] == "no_effect"


def test_a_poison_is_useful_at_full_health_and_not_where_nothing_is_left_to_lose() -> None:
    drinker(Restore("hp", Dice(bonus=-5)), only_if_useful=True).does("use", item_id=1000)
    empty = drinker(Restore("mp", Dice(bonus=-5)), only_if_useful=True)
    assert empty.is_refused("use", item_id=1000)[0] == "no_effect"


def test_the_last_instant_of_a_cooldown_is_not_zero_seconds(player: Player) -> None:
    elixirs = player.gets("elixir", 2)
    player.does("use", item_id=elixirs)
    player.now_s = 29.9998
    assert player.is_refused("use", item_id=elixirs)[1]["remaining_s"] == 0.001


# ---------------------------------------------------------------- recharge


def test_a_recharge_gives_charges_back_but_no_more_than_there_can_be(player: Player) -> None:
    wand = player.gets("wand")
    for _ in range(2):
        player.does("use", item_id=wand)
    assert player.does("recharge", item_id=wand, charges=1)["charges"] == 1
    assert player.does("recharge", item_id=wand, charges=9)["charges"] == 2
    assert player.session.items[wand].data is None


def test_without_a_number_a_recharge_is_full(player: Player) -> None:
    wand = player.gets("wand")
    player.does("use", item_id=wand)
    assert player.does("recharge", item_id=wand)["charges"] == 2


def test_recharging_what_is_full_changes_nothing(player: Player) -> None:
    wand = player.gets("wand")
    before = player.state
    player.does("recharge", item_id=wand)
    assert player.state is before


def test_what_can_not_be_used_can_not_be_recharged(player: Player) -> None:
    sword = player.gets("longsword")
    expected = ("not_usable", {"item_id": sword, "template_id": "longsword"})
    assert player.is_refused("recharge", item_id=sword) == expected
