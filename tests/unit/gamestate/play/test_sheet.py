"""A character at one moment."""

from typing import Any

from gamestate.play.sheet import glance, prompt, sheet
from tests.unit.gamestate.play.shown import recorded, shown

MIRA: Any = recorded("character")
DERIVED: Any = recorded("inventory")["derived"]


def test_a_glance_is_who_where_and_how_well() -> None:
    hurt = {**MIRA, "vitals": {**MIRA["vitals"], "hp": {"cur": 25, "max": 100}}}
    assert shown(glance(hurt)).splitlines() == [
        "Mira, at start, looking around",
        " hp  ━━━━              25/100",
        " mp  ━━━━━━━━━━━━━━━━  50/50",
    ]


def test_the_sheet_has_stats_armor_and_attacks() -> None:
    assert shown(sheet(MIRA, DERIVED)).splitlines()[3:] == [
        " strength 16             agility 14              endurance 10",
        " intelligence 10         wisdom 10               charisma 10",
        " armor class 13",
        " Longsword: +3 to hit, 1d10+3 slashing",
    ]


def test_a_stat_that_something_changes_shows_both_and_what() -> None:
    buff = {"template_id": "potion-of-heroism", "modifiers": {"strength": 2}, "remaining_s": 50.5}
    changed = {**DERIVED, "stats": {**DERIVED["stats"], "strength": 18}, "buffs": [buff]}
    lines = shown(sheet(MIRA, changed))
    assert "strength 18 (16)" in lines
    assert "Potion of Heroism: strength +2, for 51 s more" in lines


def test_a_weapon_that_also_burns_says_so() -> None:
    sword = {**DERIVED["attacks"][0], "extra": [{"dice": "2d6", "type": "fire"}]}
    assert "1d10+3 slashing and 2d6 fire" in shown(sheet(MIRA, {**DERIVED, "attacks": [sword]}))


def test_the_prompt_says_how_well_and_in_what() -> None:
    assert prompt(MIRA) == "Mira 100/100 > "
    assert prompt({**MIRA, "state": "combat"}) == "Mira 100/100 [fight] > "


def test_a_name_is_not_markup() -> None:
    odd = {**MIRA, "bio": {**MIRA["bio"], "name": "[red]Mira[/red]"}}
    assert shown(glance(odd)).startswith("[red]Mira[/red], at start")
