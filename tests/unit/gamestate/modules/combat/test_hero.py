"""What the character fights with."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.modules.combat.dto import Fighter
from gamestate.modules.combat.hero import hero_of
from gamestate.modules.combat.rules import Rules
from tests.unit.gamestate.modules.combat.world import Player, core


def fighter(player: Player) -> Fighter:
    """The character with what it wears by now."""
    session = player.state.sessions["inventory"].data
    modules = player.router.deriving
    derived = {
        name: fact
        for module in modules
        for name, fact in module.derived(session, player.state.core, player.now_s).items()
    }
    return hero_of(player.state.core, derived, Rules())


def blows(player: Player) -> list[tuple[str, int, str]]:
    """Name, bonus to hit and dice of each blow."""
    return [(one.name, one.to_hit, str(one.damage[0].dice)) for one in fighter(player).nature.blows]


def test_without_a_weapon_the_fists_do_one_and_the_strength_bonus() -> None:
    assert blows(Player(stats={"strength": 16})) == [("Unarmed strike", 5, "4")]


def test_the_weakest_fists_still_do_one() -> None:
    assert blows(Player(stats={"strength": 3})) == [("Unarmed strike", -2, "1")]


def test_a_weapon_has_its_own_dice_and_the_bonuses_of_its_bearer() -> None:
    player = Player(stats={"strength": 14})
    player.wears("longsword")
    player.wears("shield")
    assert blows(player) == [("Longsword", 4, "1d8+2")]
    assert fighter(player).nature.blows[0].damage[0].type == "slashing"


def test_a_versatile_weapon_is_held_in_both_hands_if_one_is_free() -> None:
    player = Player()
    player.wears("longsword")
    assert blows(player) == [("Longsword", 2, "1d10")]


def test_the_off_hand_strikes_second_and_without_the_ability_bonus_to_damage() -> None:
    player = Player(stats={"strength": 14})
    player.wears("dagger", "off_hand")
    player.wears("longsword", "main_hand")
    assert blows(player) == [("Longsword", 4, "1d8+2"), ("Dagger", 5, "1d4+1")]


def test_the_off_hand_keeps_a_penalty() -> None:
    player = Player(stats={"strength": 6, "agility": 6})
    player.wears("dagger", "main_hand")
    player.wears("dagger", "off_hand")
    assert blows(player) == [("Dagger", 1, "1d4-1"), ("Dagger", 1, "1d4-1")]


def test_a_weapon_in_the_off_hand_alone_is_the_first_weapon() -> None:
    player = Player(stats={"strength": 14})
    player.wears("dagger", "off_hand")
    assert blows(player) == [("Dagger", 5, "1d4+3")]


@pytest.mark.parametrize("proficiency", [0, 2, 6])
def test_training_helps_to_hit_with_fists_and_weapons_and_does_no_damage(proficiency: int) -> None:
    rules, derived = Rules(proficiency=proficiency), {"attacks": [{**ATTACK, "dice": "1d6"}]}
    (fists,) = hero_of(core(), {}, rules).nature.blows
    (staff,) = hero_of(core(), derived, rules).nature.blows
    assert (fists.to_hit, staff.to_hit) == (proficiency, 1 + proficiency)
    assert (str(fists.damage[0].dice), str(staff.damage[0].dice)) == ("1", "1d6+2")


@pytest.mark.parametrize(("chosen", "to_hit"), [({}, 2), ({"proficiency": 5}, 5)])
def test_an_operator_says_how_well_trained_characters_are(
    chosen: dict[str, Any], to_hit: int
) -> None:
    player = Player(**chosen)
    player.fights("golem")
    rolled = next(one["roll"]["dice"] for one in player.acts()["log"] if one["actor"] == "hero")
    assert rolled == f"1d20+{to_hit}"


def test_armor_protects_in_a_fight() -> None:
    player = Player(stats={"strength": 15, "agility": 18})
    assert fighter(player).nature.armor_class == 14
    player.wears("plate")
    player.wears("shield")
    assert fighter(player).nature.armor_class == 20


def test_what_is_worn_changes_stats() -> None:
    player = Player(stats={"strength": 12})
    player.wears("ring")
    assert blows(player) == [("Unarmed strike", 4, "3")]


def test_a_character_without_an_inventory_fights_as_it_is() -> None:
    hero = hero_of(core(agility=16, strength=8), {}, Rules())
    assert (hero.nature.armor_class, hero.hp, hero.nature.max_hp) == (13, 100, 100)
    assert [str(one.damage[0].dice) for one in hero.nature.blows] == ["1"]


ATTACK: dict[str, Any] = {
    "name": "Staff",
    "slot": "main_hand",
    "dice": None,
    "type": None,
    "extra": [{"dice": "1d4", "type": "cold"}],
    "to_hit": 1,
    "bonus": 2,
    "ability": "strength",
}


def test_a_weapon_of_which_the_catalogue_says_nothing_does_a_point() -> None:
    (blow,) = hero_of(core(), {"attacks": [ATTACK]}, Rules()).nature.blows
    assert [(str(one.dice), one.type) for one in blow.damage] == [
        ("3", "bludgeoning"),
        ("1d4", "cold"),
    ]


@pytest.mark.parametrize("strength", [0, 1_000_000])
def test_no_stat_is_too_low_or_too_high_to_fight(strength: int) -> None:
    derived = {"attacks": [{**ATTACK, "dice": "2d6", "bonus": (strength - 10) // 2}]}
    (blow,) = hero_of(core(strength=strength), derived, Rules()).nature.blows
    assert blow.damage[0].dice.count == 2
