"""Everything there is to say about one item."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.content.catalogue import Catalogue
from gamestate.content.dice import Dice
from gamestate.content.items import ItemGateway
from gamestate.content.templates import (
    Buff,
    Damage,
    ItemEffect,
    ItemTemplate,
    Learn,
    Restore,
    Teleport,
    Weapon,
    WeaponRange,
)
from gamestate.modules.inventory.refusals import UnknownItemError
from gamestate.modules.inventory.wording import duration, effect_view
from tests.unit.gamestate.modules.inventory.world import TEMPLATES, Player


def tooltip(player: Player, item_id: int) -> dict[str, Any]:
    described: dict[str, Any] = player.does("inspect", item_id=item_id)["tooltip"]
    return described


def compared(player: Player, item_id: int) -> dict[str, Any]:
    """Slot to what would change there."""
    return {one["slot"]: one["changes"] for one in tooltip(player, item_id)["compare"]}


def wears(player: Player, template_id: str, slot: str | None = None) -> int:
    item_id = player.gets(template_id)
    player.does("equip", item_id=item_id, slot=slot)
    return item_id


def test_every_template_has_the_same_keys(player: Player) -> None:
    shapes = {tuple(tooltip(player, player.gets(template.template_id))) for template in TEMPLATES}
    assert shapes == {
        (
            *("quantity", "weight", "value", "damage", "versatile", "range", "properties"),
            *("two_handed", "armor", "modifiers", "requirements", "effects", "charges"),
            *("cooldown", "flags", "data", "compare", "equippable", "usable"),
        )
    }


def test_an_item_is_shown_beside_its_tooltip(player: Player) -> None:
    item_id = player.gets("arrow")
    reply = player.does("inspect", item_id=item_id)
    assert reply["item"] == player.does("view")["backpack"][0]
    assert set(reply) == {"item", "tooltip"}


def test_what_one_does_not_have_can_not_be_inspected(player: Player) -> None:
    with pytest.raises(UnknownItemError):
        player.does("inspect", item_id=7)


def test_inspecting_changes_nothing(player: Player) -> None:
    item_id = player.gets("longsword")
    before = player.state
    player.does("inspect", item_id=item_id)
    assert player.state is before


# ------------------------------------------------------------------ numbers


def test_weight_and_value_are_those_of_the_whole_stack() -> None:
    player = Player()
    described = tooltip(player, player.gets("arrow", 20))
    assert (described["quantity"], described["weight"], described["value"]) == (20, 1.0, 0.0)


def test_a_weapon_tells_all_its_numbers() -> None:
    spear = ItemTemplate(
        template_id="spear",
        name="Spear of Embers",
        kind="weapon",
        slots=("main_hand",),
        weapon=Weapon(
            "simple_melee",
            (Damage(Dice(1, 6, 1), "piercing"), Damage(Dice(1, 4), "fire")),
            Dice(1, 8, 1),
            ("thrown", "versatile"),
            WeaponRange("melee", 20, 60),
        ),
        modifiers={"attack_bonus": 1},
        requirements={"strength": 13, "level": 3},
    )
    player = Player(ItemGateway(Catalogue({"spear": spear}, {})))
    player.has_stats(level=3)
    described = tooltip(player, player.gets("spear"))
    assert described["damage"] == [
        {"dice": "1d6+1", "min": 2, "max": 7, "mean": 4.5, "type": "piercing"},
        {"dice": "1d4", "min": 1, "max": 4, "mean": 2.5, "type": "fire"},
    ]
    assert described["versatile"] == {"dice": "1d8+1", "min": 2, "max": 9, "mean": 5.5}
    assert described["range"] == {"kind": "melee", "normal_ft": 20, "long_ft": 60}
    assert described["properties"] == ["thrown", "versatile"]
    assert described["modifiers"] == {"attack_bonus": 1}
    assert described["requirements"] == [
        {"stat": "strength", "needed": 13, "has": 10, "met": False},
        {"stat": "level", "needed": 3, "has": 3, "met": True},
    ]


def test_armor_tells_its_numbers(player: Player) -> None:
    assert tooltip(player, player.gets("plate"))["armor"] == {
        "category": "heavy",
        "base": 18,
        "agility_cap": 0,
        "stealth_disadvantage": False,
    }


def test_charges_count_down(player: Player) -> None:
    wand = player.gets("wand")
    assert tooltip(player, wand)["charges"] == {"left": 2, "of": 2}
    player.does("use", item_id=wand)
    described = tooltip(player, wand)
    assert (described["charges"], described["data"]) == ({"left": 1, "of": 2}, {"charges": 1})
    assert tooltip(player, player.gets("arrow"))["charges"] is None


def test_a_cooldown_is_that_of_the_whole_group(player: Player) -> None:
    tonic = player.gets("tonic")
    assert tooltip(player, tonic)["cooldown"] == {
        "group": "elixirs",
        "total_s": 10,
        "remaining_s": 0.0,
    }
    player.does("use", item_id=player.gets("elixir"))
    player.now_s = 12.5
    assert tooltip(player, tonic)["cooldown"]["remaining_s"] == 17.5
    assert tooltip(player, player.gets("potion"))["cooldown"] is None


def test_flags_and_marks_are_told(player: Player) -> None:
    blade = wears(player, "soulblade")
    player.does("lock", item_id=blade)
    described = tooltip(player, blade)
    assert described["flags"] == ["bind_on_equip"]
    assert described["data"] == {"bound": True, "locked": True}


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (
            Restore("hp", Dice(2, 4, 2)),
            {
                "effect": "restore",
                "vital": "hp",
                "dice": "2d4+2",
                "min": 4,
                "max": 10,
                "mean": 7.0,
                "text": "restores 2d4+2 (4 to 10, 7 on average) hp",
            },
        ),
        (
            Restore("spell_points", Dice(bonus=5)),
            {
                "effect": "restore",
                "vital": "spell_points",
                "dice": "5",
                "min": 5,
                "max": 5,
                "mean": 5.0,
                "text": "restores 5 spell points",
            },
        ),
        (
            Buff({"strength": 4, "armor_class": -1}, 5400),
            {
                "effect": "buff",
                "modifiers": {"strength": 4, "armor_class": -1},
                "duration_s": 5400,
                "text": "strength +4, armor class -1 for 1 h 30 min",
            },
        ),
        (
            Teleport("the Temple of Dawn"),
            {
                "effect": "teleport",
                "location": "the Temple of Dawn",
                "text": "takes you to the Temple of Dawn",
            },
        ),
        (
            Learn("herb_lore", 2),
            {
                "effect": "learn",
                "skill": "herb_lore",
                "level": 2,
                "text": "teaches herb lore, level 2",
            },
        ),
    ],
)
def test_effects_are_told_in_words_and_numbers(
    effect: ItemEffect, expected: dict[str, Any]
) -> None:
    assert effect_view(effect) == expected


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.template_id)
def test_a_told_effect_has_all_that_the_catalogue_shows_of_it(
    player: Player, template: ItemTemplate
) -> None:
    reply = player.does("inspect", item_id=player.gets(template.template_id))
    shown = reply["item"].get("effects", [])
    for catalogued, described in zip(shown, reply["tooltip"]["effects"], strict=True):
        assert described.items() >= catalogued.items()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (60, "1 min"), (3661, "1 h 1 min 1 s"), (2_592_000, "30 d"), (90_000, "1 d 1 h")],
)
def test_durations_are_told_in_the_units_people_use(seconds: int, words: str) -> None:
    assert duration(seconds) == words


# ------------------------------------------------------------------ comparison


def test_what_can_not_be_worn_is_compared_with_nothing(player: Player) -> None:
    assert tooltip(player, player.gets("arrow"))["compare"] == []


def test_what_is_worn_is_compared_with_nothing(player: Player) -> None:
    assert tooltip(player, wears(player, "ring"))["compare"] == []


def test_an_item_is_compared_in_each_slot_it_could_go_into(player: Player) -> None:
    worn = wears(player, "ring", "accessory_2")
    first, second = tooltip(player, player.gets("one-ring"))["compare"]
    assert first == {"slot": "accessory_1", "item_id": None, "name": None, "changes": {}}
    assert second == {
        "slot": "accessory_2",
        "item_id": worn,
        "name": "Ring",
        "changes": {"strength": -2},
    }


def test_a_stat_changes_all_that_follows_from_it(player: Player) -> None:
    wears(player, "longsword")
    assert compared(player, player.gets("ring"))["accessory_1"] == {
        "strength": 2,
        "damage_mean": 1.0,
    }


def test_armor_is_compared_by_the_armor_class_it_would_give(player: Player) -> None:
    player.has_stats(agility=14)
    assert compared(player, player.gets("plate")) == {"chest": {"armor_class": 18 - 12}}


def test_weapons_are_compared_by_what_they_hit_with(player: Player) -> None:
    wears(player, "dagger")
    changes = compared(player, player.gets("longsword"))["main_hand"]
    assert changes == {"to_hit": -1, "damage_mean": 5.5 - (2.5 + 1)}


def test_a_shield_takes_the_second_hand_from_a_versatile_weapon(player: Player) -> None:
    wears(player, "longsword")
    changes = compared(player, player.gets("shield"))["off_hand"]
    assert changes == {"armor_class": 2, "damage_mean": -1.0}


def test_a_two_handed_weapon_is_compared_without_the_shield(player: Player) -> None:
    wears(player, "shield")
    assert compared(player, player.gets("greatsword"))["main_hand"]["armor_class"] == -2


def test_a_shield_is_compared_without_the_two_handed_weapon() -> None:
    maul = ItemTemplate(
        template_id="maul",
        name="Maul",
        kind="weapon",
        slots=("main_hand",),
        two_handed=True,
        weapon=Weapon("martial_melee", (Damage(Dice(2, 6), "bludgeoning"),)),
    )
    catalogue = {one.template_id: one for one in (*TEMPLATES, maul)}
    player = Player(ItemGateway(Catalogue(catalogue, {})))
    wears(player, "maul")
    (described,) = tooltip(player, player.gets("shield"))["compare"]
    assert described["item_id"] is None
    assert described["changes"] == {"armor_class": 2, "damage_mean": -7.0}


@pytest.mark.parametrize("template_id", ["longsword", "dagger", "shield", "ring", "plate"])
def test_a_comparison_says_what_equipping_then_does(player: Player, template_id: str) -> None:
    player.has_stats(strength=16, agility=18)
    for worn in ("dagger", "ring"):
        wears(player, worn)
    item_id = player.gets(template_id)
    expected = compared(player, item_id)
    before = player.does("view")["derived"]
    slot = player.does("equip", item_id=item_id)["item"]["slot"]
    after = player.does("view")["derived"]
    changed = {
        name: points - before["stats"][name]
        for name, points in after["stats"].items()
        if points != before["stats"][name]
    }
    if after["armor_class"] != before["armor_class"]:
        changed["armor_class"] = after["armor_class"] - before["armor_class"]
    described = expected[slot].items()
    assert dict(described) | changed == dict(described)
    assert {name for name, _ in described} - set(changed) <= {"to_hit", "damage_mean"}


# ------------------------------------------------------------------ now, and if not, why


def test_the_reasons_are_those_of_the_rules(player: Player) -> None:
    plate = player.gets("plate")
    described = tooltip(player, plate)
    assert described["equippable"] == {
        "now": False,
        "why": {
            "code": "requirement_not_met",
            "detail": "strength must be at least 15 and is 10",
            "facts": {"stat": "strength", "needed": 15, "has": 10},
        },
    }
    assert described["usable"]["why"]["code"] == "not_usable"


def test_what_can_be_done_now_has_no_reason_against_it(player: Player) -> None:
    described = tooltip(player, player.gets("wand"))
    assert described["equippable"] == described["usable"] == {"now": True, "why": None}


def test_a_cooldown_is_a_reason_until_it_ends(player: Player) -> None:
    player.does("use", item_id=player.gets("elixir"))
    tonic = player.gets("tonic")
    player.now_s = 29.0
    why = tooltip(player, tonic)["usable"]["why"]
    assert (why["code"], why["facts"]) == ("cooldown", {"group": "elixirs", "remaining_s": 1.0})
    player.now_s = 30.0
    assert tooltip(player, tonic)["usable"]["now"]
