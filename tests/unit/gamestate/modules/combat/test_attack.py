"""One blow: hitting, hurting, and what is left behind."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from gamestate.content.dice import Dice
from gamestate.modules.combat.attack import strike
from gamestate.modules.combat.dto import HERO, Blow, LogEntry
from gamestate.modules.combat.rules import Infliction, Rules
from tests.unit.gamestate.modules.combat.arena import Arena, blow, foe


def hit(arena: Arena, with_: Blow | None = None) -> LogEntry:
    """The character hits at the first monster; every die is cast."""
    strike(arena.draft, arena.rules, HERO, "m1", with_ or blow())
    assert arena.dice.left == []
    return arena.log[-1]


# ------------------------------------------------------------------ to hit


def test_a_roll_that_reaches_the_armor_class_hits() -> None:
    arena = Arena(foe(armor_class=12), dice=(10, 4))
    assert hit(arena, blow(to_hit=2)) == {
        "n": 1,
        "round": 1,
        "actor": "hero",
        "action": "attack",
        "result": "hit",
        "target": "m1",
        "attack": "Blow",
        "roll": {"dice": "1d20+2", "cast": [10], "total": 12, "against": 12},
        "damage": [{"dice": "1d6", "type": "piercing", "rolled": 4, "dealt": 4}],
        "hp": {"cur": 6, "max": 10},
    }


def test_a_roll_below_the_armor_class_misses() -> None:
    arena = Arena(foe(armor_class=12), dice=(9,))
    entry = hit(arena, blow(to_hit=2))
    assert entry["result"] == "miss"
    assert "damage" not in entry
    assert arena.foe().hp == 10


def test_a_natural_one_misses_whatever_the_bonus() -> None:
    assert hit(Arena(dice=(1,)), blow(to_hit=100))["result"] == "miss"


def test_a_natural_twenty_hits_whatever_the_armor_and_doubles_the_dice() -> None:
    arena = Arena(foe(armor_class=99, max_hp=50), dice=(20, 5, 6))
    entry = hit(arena, blow("1d6+2"))
    assert entry["result"] == "critical"
    assert entry["damage"] == [{"dice": "2d6+2", "type": "piercing", "rolled": 13, "dealt": 13}]
    assert arena.foe().hp == 37


def test_every_hit_on_the_helpless_is_critical() -> None:
    arena = Arena(foe(conditions={"paralyzed": 1}), dice=(11, 2, 2, 1))
    assert hit(arena)["result"] == "critical"


def test_hit_points_stop_at_nothing() -> None:
    arena = Arena(foe(hp=2), dice=(11, 6))
    assert hit(arena)["hp"] == {"cur": 0, "max": 10}
    assert not arena.foe().up


# ------------------------------------------------------------------ advantage and disadvantage


@pytest.mark.parametrize("condition", ["poisoned", "blinded", "frightened", "restrained", "prone"])
def test_who_is_hampered_attacks_with_disadvantage(condition: str) -> None:
    arena = Arena(dice=(18, 3), conditions={condition: 1})
    assert hit(arena)["roll"]["edge"] == "disadvantage"


@pytest.mark.parametrize("condition", ["stunned", "blinded", "restrained", "prone"])
def test_who_is_exposed_is_attacked_with_advantage(condition: str) -> None:
    arena = Arena(foe(conditions={condition: 1}), dice=(3, 18, 1))
    entry = hit(arena)
    assert (entry["roll"]["edge"], entry["result"]) == ("advantage", "hit")


def test_who_defends_is_attacked_with_disadvantage() -> None:
    assert hit(Arena(foe(defending=True), dice=(18, 3)))["roll"]["edge"] == "disadvantage"


def test_the_invisible_attack_with_advantage_and_are_attacked_with_disadvantage() -> None:
    seen = hit(Arena(dice=(3, 18, 1), conditions={"invisible": 1}))
    unseen = hit(Arena(foe(conditions={"invisible": 1}), dice=(18, 3)))
    assert (seen["roll"]["edge"], unseen["roll"]["edge"]) == ("advantage", "disadvantage")


def test_one_of_each_cancels_all_of_the_other() -> None:
    exposed = foe(conditions={"stunned": 1, "prone": 1})
    assert "edge" not in hit(Arena(exposed, dice=(11, 1), conditions={"poisoned": 1}))["roll"]


# ------------------------------------------------------------------ types of damage


@pytest.mark.parametrize(
    ("facts", "dealt"),
    [
        ({}, 5),
        ({"resistances": ("fire",)}, 2),
        ({"vulnerabilities": ("fire",)}, 10),
        ({"immunities": ("fire",)}, 0),
        ({"resistances": ("fire",), "vulnerabilities": ("fire",)}, 4),
        ({"immunities": ("fire",), "vulnerabilities": ("fire",)}, 0),
        ({"resistances": ("cold",)}, 5),
    ],
)
def test_damage_depends_on_what_the_target_withstands(facts: dict[str, Any], dealt: int) -> None:
    arena = Arena(foe(max_hp=20, **facts), dice=(11, 5))
    assert hit(arena, blow(type_="fire"))["damage"][0] == {
        "dice": "1d6",
        "type": "fire",
        "rolled": 5,
        "dealt": dealt,
    }
    assert arena.foe().hp == 20 - dealt


def test_each_type_of_a_blow_is_withstood_for_itself() -> None:
    burning_blade = evolve(blow("1d6"), damage=(*blow("1d6").damage, *blow("1d4", "cold").damage))
    arena = Arena(foe(immunities=("cold",)), dice=(11, 5, 4))
    dealt = [part["dealt"] for part in hit(arena, burning_blade)["damage"]]
    assert (dealt, arena.foe().hp) == ([5, 0], 5)


# ------------------------------------------------------------------ conditions


def test_poison_poisons_who_does_not_withstand_it() -> None:
    arena = Arena(dice=(11, 1, 9, 3))
    entry = hit(arena, blow("1d4", "poison", to_hit=2))
    assert entry["conditions"] == [
        {
            "condition": "poisoned",
            "check": "endurance",
            "roll": {"dice": "1d20", "cast": [9], "total": 9, "against": 10},
            "result": "inflicted",
            "turns": 3,
        }
    ]
    assert arena.foe().conditions == {"poisoned": 3}


def test_a_check_that_reaches_the_difficulty_withstands_it() -> None:
    arena = Arena(foe(stats={"endurance": 14}), dice=(11, 1, 8))
    entry = hit(arena, blow("1d4", "poison", to_hit=2))
    assert entry["conditions"][0]["result"] == "withstood"
    assert arena.foe().conditions == {}


@pytest.mark.parametrize(
    "facts", [{"condition_immunities": ("poisoned",)}, {"immunities": ("poison",)}]
)
def test_the_immune_need_no_check(facts: dict[str, Any]) -> None:
    arena = Arena(foe(**facts), dice=(11, 1))
    assert "conditions" not in hit(arena, blow("1d4", "poison"))


def test_damage_that_did_no_harm_leaves_nothing_behind() -> None:
    arena = Arena(foe(resistances=("poison",)), dice=(11, 1))
    assert "conditions" not in hit(arena, blow("1d4", "poison"))


def test_the_dead_are_not_poisoned() -> None:
    assert "conditions" not in hit(Arena(foe(hp=1), dice=(11, 1)), blow("1d4", "poison"))


def test_only_a_critical_hit_with_fire_sets_on_fire() -> None:
    plain = Arena(foe(max_hp=50), dice=(11, 3))
    critical = Arena(foe(max_hp=50), dice=(20, 3, 3, 2))
    hit(plain, blow(type_="fire"))
    hit(critical, blow(type_="fire"))
    assert (plain.foe().conditions, critical.foe().conditions) == ({}, {"burning": 2})


def test_of_the_same_condition_the_longer_one_lasts() -> None:
    arena = Arena(foe(conditions={"poisoned": 2}), dice=(11, 1, 1, 1))
    hit(arena, blow("1d4", "poison"))
    assert arena.foe().conditions == {"poisoned": 2}


def test_a_game_may_have_other_inflictions() -> None:
    rules = Rules(inflictions=(Infliction("piercing", "stunned", Dice(bonus=2)),))
    arena = Arena(dice=(11, 1), rules=rules)
    assert hit(arena)["conditions"] == [{"condition": "stunned", "result": "inflicted", "turns": 2}]


@pytest.mark.parametrize(
    ("type_", "condition"),
    [
        ("lightning", "stunned"),
        ("cold", "restrained"),
        ("radiant", "blinded"),
        ("thunder", "prone"),
        ("bludgeoning", "prone"),
    ],
)
def test_what_a_critical_hit_leaves_behind_depends_on_its_type(type_: str, condition: str) -> None:
    arena = Arena(foe(max_hp=50), dice=(20, 3, 3, 1))
    hit(arena, blow(type_=type_))
    assert arena.foe().conditions == {condition: 1}
