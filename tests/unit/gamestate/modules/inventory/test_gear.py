"""What is worn and drunk makes of a character."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.content.dice import Dice
from gamestate.content.templates import (
    Armor,
    Damage,
    ItemTemplate,
    Weapon,
    WeaponRange,
    ability_bonus,
)
from gamestate.modules.inventory.dto import NOTHING_WORN
from tests.unit.gamestate.modules.inventory.world import Player, gateway_with

ARMORY = (
    ItemTemplate(
        template_id="leather",
        name="Leather",
        kind="armor",
        slots=("chest",),
        armor=Armor("light", 11),
    ),
    ItemTemplate(
        template_id="scale",
        name="Scale",
        kind="armor",
        slots=("chest",),
        armor=Armor("medium", 14, 2),
        modifiers={"armor_class": 1},
    ),
    ItemTemplate(
        template_id="bow",
        name="Bow",
        kind="weapon",
        slots=("main_hand",),
        two_handed=True,
        weapon=Weapon(
            "simple_ranged",
            (Damage(Dice(1, 6), "piercing"),),
            range=WeaponRange("ranged", 80, 320),
        ),
    ),
    ItemTemplate(
        template_id="spear",
        name="Spear",
        kind="weapon",
        slots=("main_hand",),
        weapon=Weapon(
            "simple_melee",
            (Damage(Dice(1, 6), "piercing"),),
            range=WeaponRange("melee", 20, 60),
        ),
    ),
    ItemTemplate(
        template_id="flametongue",
        name="Flametongue",
        kind="weapon",
        slots=("main_hand",),
        weapon=Weapon(
            "martial_melee", (Damage(Dice(1, 8), "slashing"), Damage(Dice(2, 6), "fire"))
        ),
    ),
    ItemTemplate(
        template_id="staff-of-legend",
        name="Staff",
        kind="weapon",
        slots=("main_hand",),
        weapon=Weapon("simple_melee"),
    ),
    ItemTemplate(
        template_id="gloves",
        name="Gloves",
        kind="wondrous",
        slots=("accessory_1", "accessory_2"),
        modifiers={"attack_bonus": 2, "damage_bonus": 3},
    ),
    ItemTemplate(
        template_id="chains",
        name="Chains",
        kind="gear",
        slots=("feet",),
        modifiers={"strength": -50, "agility": -4},
    ),
    ItemTemplate(
        template_id="lead-boots",
        name="Lead Boots",
        kind="gear",
        slots=("feet",),
        modifiers={"strength": -2},
    ),
)


@pytest.fixture
def fighter() -> Player:
    """A character in a world with an armory."""
    return Player(gateway_with(*ARMORY))


def wears(player: Player, *template_ids: str) -> list[int]:
    """Get and equip these; their ids."""
    ids = [player.gets(one) for one in template_ids]
    for item_id in ids:
        player.does("equip", item_id=item_id)
    return ids


def attacks(player: Player) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = player.derived()["attacks"]
    return found


def attack(player: Player) -> dict[str, Any]:
    (found,) = attacks(player)
    return found


# ---------------------------------------------------------------- stats


def test_nothing_worn_and_nothing_drunk_is_what_the_character_is(player: Player) -> None:
    player.has_stats(level=3)
    assert player.derived() == {
        "stats": dict(player.state.core.stats),
        "armor_class": 10,
        "attacks": [],
        "modifiers": {},
        "buffs": [],
    }


def test_what_is_worn_adds_up(player: Player) -> None:
    wears(player, "ring", "ring")
    assert player.derived()["stats"]["strength"] == 14
    assert player.derived()["modifiers"] == {"strength": 4}


def test_what_lies_in_the_backpack_adds_nothing(player: Player) -> None:
    player.gets("ring")
    assert player.derived()["stats"]["strength"] == 10


def test_what_is_taken_off_adds_nothing_more(player: Player) -> None:
    wears(player, "ring")
    player.does("unequip", slot="accessory_1")
    assert player.session.gear == NOTHING_WORN
    assert player.derived()["stats"]["strength"] == 10


def test_no_stat_falls_below_nothing(fighter: Player) -> None:
    wears(fighter, "chains")
    assert fighter.derived()["stats"]["strength"] == 0


def test_who_has_no_strength_left_can_carry_nothing(fighter: Player) -> None:
    wears(fighter, "chains")
    assert fighter.does("view")["weight"]["limit"] == 0


def test_a_buff_adds_to_what_is_worn_until_it_runs_out(player: Player) -> None:
    wears(player, "ring")
    player.does("use", item_id=player.gets("elixir"))
    player.now_s = 59.5
    assert player.derived()["stats"]["strength"] == 16
    assert player.derived()["modifiers"] == {"strength": 6, "armor_class": 1}
    player.now_s = 60.0
    assert player.derived()["stats"]["strength"] == 12
    assert player.derived()["buffs"] == []


def test_a_running_buff_says_how_long_it_still_runs(player: Player) -> None:
    player.does("use", item_id=player.gets("elixir"))
    player.now_s = 12.25
    modifiers = {"strength": 4, "armor_class": 1}
    expected = [{"template_id": "elixir", "modifiers": modifiers, "remaining_s": 47.75}]
    assert player.derived()["buffs"] == expected


def test_modifiers_that_cancel_out_are_not_shown(fighter: Player) -> None:
    wears(fighter, "ring", "lead-boots")
    assert fighter.derived()["modifiers"] == {}


@pytest.mark.parametrize(
    ("points", "bonus"), [(0, -5), (8, -1), (9, -1), (10, 0), (11, 0), (12, 1), (20, 5)]
)
def test_every_two_points_of_a_stat_are_a_bonus_of_one(points: int, bonus: int) -> None:
    assert ability_bonus(points) == bonus


# ---------------------------------------------------------------- armor class


@pytest.mark.parametrize(
    ("worn", "agility", "armor_class"),
    [
        ((), 10, 10),
        ((), 16, 13),
        ((), 6, 8),
        (("leather",), 20, 16),
        (("leather",), 6, 9),
        (("scale",), 12, 16),
        (("scale",), 20, 17),
        (("scale",), 6, 13),
        (("plate",), 20, 18),
        (("plate",), 6, 18),
        (("shield",), 16, 15),
        (("plate", "shield"), 10, 20),
    ],
)
def test_armor_class_follows_the_armor_and_the_agility_it_leaves(
    fighter: Player, worn: tuple[str, ...], agility: int, armor_class: int
) -> None:
    fighter.has_stats(strength=15, agility=agility)
    wears(fighter, *worn)
    assert fighter.derived()["armor_class"] == armor_class


def test_agility_counts_with_what_is_worn(fighter: Player) -> None:
    fighter.has_stats(agility=16)
    wears(fighter, "leather", "chains")
    assert fighter.derived()["armor_class"] == 12


def test_a_buff_raises_armor_class_until_it_runs_out(player: Player) -> None:
    player.does("use", item_id=player.gets("elixir"))
    assert player.derived()["armor_class"] == 11
    player.now_s = 60.0
    assert player.derived()["armor_class"] == 10


# ---------------------------------------------------------------- attacks


def test_an_attack_says_all_that_a_client_shows(player: Player) -> None:
    player.has_stats(strength=16)
    (sword, _) = wears(player, "longsword", "shield")
    assert attack(player) == {
        "item_id": sword,
        "name": "Longsword",
        "slot": "main_hand",
        "dice": "1d8",
        "type": "slashing",
        "extra": [],
        "to_hit": 3,
        "bonus": 3,
        "ability": "strength",
        "range": None,
    }


def test_a_versatile_weapon_hits_harder_while_the_other_hand_is_free(player: Player) -> None:
    wears(player, "longsword")
    assert attack(player)["dice"] == "1d10"
    wears(player, "shield")
    assert attack(player)["dice"] == "1d8"
    player.does("unequip", slot="off_hand")
    assert attack(player)["dice"] == "1d10"


def test_a_helmet_is_in_no_hand(fighter: Player) -> None:
    wears(fighter, "longsword", "leather", "ring")
    assert attack(fighter)["dice"] == "1d10"


def test_a_weapon_that_is_not_versatile_hits_the_same_either_way(player: Player) -> None:
    wears(player, "dagger")
    assert attack(player)["dice"] == "1d4"


def test_each_hand_has_its_attack(player: Player) -> None:
    main, off = wears(player, "dagger", "dagger")
    found = [(one["item_id"], one["slot"]) for one in attacks(player)]
    assert found == [(main, "main_hand"), (off, "off_hand")]


def test_a_shield_and_a_wand_are_no_weapons(player: Player) -> None:
    wears(player, "wand", "shield")
    assert attacks(player) == []


@pytest.mark.parametrize(
    ("strength", "agility", "ability", "bonus"),
    [(10, 16, "agility", 3), (16, 10, "strength", 3), (14, 14, "strength", 2)],
)
def test_a_finesse_weapon_takes_the_better_ability(
    player: Player, strength: int, agility: int, ability: str, bonus: int
) -> None:
    player.has_stats(strength=strength, agility=agility)
    wears(player, "dagger")
    assert (attack(player)["ability"], attack(player)["bonus"]) == (ability, bonus + 1)


def test_finesse_weighs_the_abilities_with_what_is_worn(player: Player) -> None:
    player.has_stats(strength=12, agility=13)
    wears(player, "dagger", "ring")
    assert attack(player)["ability"] == "strength"


@pytest.mark.parametrize(
    ("template_id", "ability", "reach"),
    [
        ("bow", "agility", {"kind": "ranged", "normal_ft": 80, "long_ft": 320}),
        ("spear", "strength", {"kind": "melee", "normal_ft": 20, "long_ft": 60}),
        ("longsword", "strength", None),
    ],
)
def test_a_shot_takes_agility_and_a_throw_strength(
    fighter: Player, template_id: str, ability: str, reach: dict[str, Any] | None
) -> None:
    fighter.has_stats(agility=20)
    wears(fighter, template_id)
    assert (attack(fighter)["ability"], attack(fighter)["range"]) == (ability, reach)


def test_a_weapons_own_bonus_counts_for_that_weapon_alone(player: Player) -> None:
    wears(player, "longsword", "dagger")
    found = {one["name"]: (one["to_hit"], one["bonus"]) for one in attacks(player)}
    assert found == {"Longsword": (0, 0), "Dagger": (1, 1)}
    assert player.derived()["modifiers"] == {}


def test_the_bonus_of_what_is_no_weapon_counts_for_every_weapon(fighter: Player) -> None:
    wears(fighter, "longsword", "dagger", "gloves")
    found = {one["name"]: (one["to_hit"], one["bonus"]) for one in attacks(fighter)}
    assert found == {"Longsword": (2, 3), "Dagger": (3, 4)}


def test_damage_beyond_the_first_is_named_apart(fighter: Player) -> None:
    wears(fighter, "flametongue")
    assert (attack(fighter)["dice"], attack(fighter)["type"]) == ("1d8", "slashing")
    assert attack(fighter)["extra"] == [{"dice": "2d6", "type": "fire"}]


def test_a_weapon_of_which_no_damage_is_known_has_an_attack_without_dice(fighter: Player) -> None:
    wears(fighter, "staff-of-legend")
    assert (attack(fighter)["dice"], attack(fighter)["type"]) == (None, None)


def test_a_restored_character_is_what_it_was(fighter: Player) -> None:
    wears(fighter, "dagger", "shield", "scale", "ring", "gloves")
    fighter.does("use", item_id=fighter.gets("elixir"))
    before = fighter.derived()
    fields = fighter.module.save_session(fighter.session, None).put
    fighter.has(fighter.module.restore_session(fields, fighter.module.schema))
    assert fighter.derived() == before


def test_attacks_are_in_the_order_of_the_hands_however_they_came_there(player: Player) -> None:
    left, right = player.gets("dagger"), player.gets("dagger")
    player.does("equip", item_id=left, slot="off_hand")
    player.does("equip", item_id=right, slot="main_hand")
    assert [attack["item_id"] for attack in player.derived()["attacks"]] == [right, left]


def test_a_restore_gives_back_the_very_same_gear(player: Player) -> None:
    for _ in range(2):
        player.does("equip", item_id=player.gets("dagger"))
    fields = player.module.save_session(player.session, None).put
    assert player.module.restore_session(fields, 1) == player.session


def test_a_mark_on_what_is_worn_does_not_put_it_on_anew(player: Player) -> None:
    dagger = player.gets("dagger")
    player.does("equip", item_id=dagger)
    gear = player.session.gear
    player.does("lock", item_id=dagger)
    assert player.last.touched == (f"item:{dagger}",)
    assert player.session.gear is gear
