"""Everything there is to say about an item."""

from typing import Any

from gamestate.play.tooltip import tooltip
from tests.unit.gamestate.play.shown import recorded, shown

AXE: Any = recorded("inspect_greataxe")


def about_axe(**facts: Any) -> list[str]:
    reply = {**AXE, "tooltip": {**AXE["tooltip"], **facts}}
    return [line.strip() for line in shown(tooltip(reply)).splitlines()]


def test_a_weapon_is_compared_with_the_one_in_the_hand() -> None:
    assert shown(tooltip(AXE)).splitlines() == [
        "Greataxe, common weapon",
        "  damage 1d12 (6.5 on average) slashing",
        "  heavy and two handed",
        "  7 lb, 30 gp",
        "  main hand instead of Longsword: damage mean +1",
        "  you can equip it",
    ]


def test_a_potion_says_what_it_does() -> None:
    assert shown(tooltip(recorded("inspect_potion"))).splitlines() == [
        "Potion of Healing x3, common consumable",
        "  restores 2d4+2 (4 to 10, 7 on average) hp",
        "  1.5 lb, 150 gp",
        "  you can use it",
    ]


def test_what_is_needed_and_missing_is_said() -> None:
    needs = [{"stat": "strength", "needed": 18, "has": 16, "met": False}]
    assert "needs strength 18; you have 16, which is too little" in about_axe(requirements=needs)


def test_what_can_not_be_done_now_says_why() -> None:
    why = {"code": "dead", "detail": "the character has no hit points", "facts": {}}
    refused = about_axe(equippable={"now": False, "why": why})
    assert "you can't equip it now: the character has no hit points" in refused


def test_armor_charges_and_cooldown_are_told() -> None:
    armor = {"category": "medium", "base": 14, "agility_cap": 2, "stealth_disadvantage": True}
    cooldown = {"group": "wand", "total_s": 3600, "remaining_s": 65.0}
    lines = about_axe(armor=armor, charges={"left": 2, "of": 7}, cooldown=cooldown)
    assert "medium armor 14 and agility up to +2" in lines
    assert "2 of 7 charges left" in lines
    assert "once every 60 min, ready in 65 s" in lines


def test_range_versatility_bonuses_and_marks_are_told() -> None:
    lines = about_axe(
        range={"kind": "thrown", "normal_ft": 20, "long_ft": 60},
        versatile={"dice": "1d10", "min": 1, "max": 10, "mean": 5.5},
        modifiers={"armor_class": 1},
        flags=["quest"],
        data={"locked": True, "charges": 3},
    )
    assert "thrown 20 ft, at most 60 ft" in lines
    assert lines[1].endswith("; with both hands 1d10 (5.5 on average)")
    assert "armor class +1" in lines
    assert "quest and locked" in lines
