"""From the facts of a monster to what it is in a fight; experience; what a game may change."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from gamestate.content.dice import Dice
from gamestate.content.templates import Attack, AttackDamage
from gamestate.modules.combat.dto import Nature
from gamestate.modules.combat.rules import Infliction, Rules
from gamestate.modules.combat.stream import CountedStream
from tests.unit.gamestate.modules.combat.arena import LoadedDice, foe
from tests.unit.gamestate.modules.combat.world import bite, monster

SRD_XP = {
    0: 10,
    1 / 8: 25,
    1 / 4: 50,
    1 / 2: 100,
    1: 200,
    2: 450,
    3: 700,
    4: 1100,
    5: 1800,
    6: 2300,
    7: 2900,
    8: 3900,
    9: 5000,
    10: 5900,
    11: 7200,
    12: 8400,
    13: 10000,
    14: 11500,
    15: 13000,
    16: 15000,
    17: 18000,
    18: 20000,
    19: 22000,
    20: 25000,
    21: 33000,
    22: 41000,
    23: 50000,
    24: 62000,
    25: 75000,
    26: 90000,
    27: 105000,
    28: 120000,
    29: 135000,
    30: 155000,
}


def nature(rules: Rules | None = None, **facts: Any) -> Nature:
    """What the rules make of an ordinary creature with these facts."""
    return (rules or Rules()).nature(monster("beast", **facts), CountedStream(1))


def only_blow(*, stats: dict[str, int], attack: Attack) -> tuple[int, list[str]]:
    """Its bonus to hit, and the dice of its damage."""
    (blow,) = nature(stats=stats, attacks=(attack,)).blows
    return blow.to_hit, [str(one.dice) for one in blow.damage]


# ------------------------------------------------------------------ experience


@pytest.mark.parametrize(("rating", "xp"), SRD_XP.items())
def test_experience_follows_from_the_challenge_rating(rating: float, xp: int) -> None:
    assert nature(challenge_rating=float(rating)).xp == xp


def test_a_rating_between_two_counts_as_the_lower_one() -> None:
    assert nature(challenge_rating=6.5).xp == SRD_XP[6]
    assert nature(challenge_rating=100.0).xp == SRD_XP[30]


def test_spoils_are_the_slain_and_their_experience() -> None:
    fallen = [foe(1, hp=0, xp=50), foe(2, hp=0, xp=50), foe(3, xp=50), foe(4, xp=50, fled=True)]
    spoils = Rules().spoils(fallen, "victory")
    assert (spoils.xp, spoils.slain) == (100, {"foe": 2})


def test_the_defeated_learn_nothing() -> None:
    spoils = Rules().spoils([foe(1, hp=0, xp=50)], "defeat")
    assert (spoils.xp, spoils.slain) == (0, {"foe": 1})


# ------------------------------------------------------------------ strikes


@pytest.mark.parametrize(
    ("rating", "strikes"), [(0, 1), (1, 1), (2, 2), (8, 2), (9, 3), (19, 3), (20, 4), (30, 4)]
)
def test_the_mightier_strike_more_often(rating: float, strikes: int) -> None:
    assert nature(challenge_rating=float(rating)).strikes == strikes


# ------------------------------------------------------------------ blows


def test_strength_and_proficiency_help_to_hit_and_strength_to_hurt() -> None:
    assert only_blow(stats={"strength": 16}, attack=bite("1d6")) == (5, ["1d6+3"])


def test_ranged_attacks_are_made_with_agility() -> None:
    shot = bite("1d6", reach="ranged")
    assert only_blow(stats={"agility": 14, "strength": 30}, attack=shot) == (4, ["1d6+2"])


def test_the_facts_may_name_another_ability() -> None:
    touch = bite("1d6", ability="charisma")
    assert only_blow(stats={"charisma": 18}, attack=touch) == (6, ["1d6+4"])


def test_the_facts_may_say_that_no_ability_helps() -> None:
    touch = bite("1d6", ability="none", bonus=2)
    assert only_blow(stats={"strength": 18}, attack=touch) == (4, ["1d6"])


def test_only_the_first_damage_has_the_bonus() -> None:
    parts = (AttackDamage(Dice(1, 6), ("piercing",)), AttackDamage(Dice(2, 6), ("poison",)))
    assert only_blow(stats={"strength": 14}, attack=Attack("Sting", damage=parts)) == (
        4,
        ["1d6+2", "2d6"],
    )


def test_the_facts_may_name_what_is_added_and_where() -> None:
    parts = (
        AttackDamage(Dice(1, 6), ("piercing",)),
        AttackDamage(Dice(2, 6), ("necrotic",), plus="wisdom"),
        AttackDamage(Dice(1, 4), ("cold",), plus="ability"),
    )
    stats = {"strength": 14, "wisdom": 20}
    assert only_blow(stats=stats, attack=Attack("Drain", damage=parts)) == (
        4,
        ["1d6", "2d6+5", "1d4+2"],
    )


def test_who_has_no_attacks_strikes_with_bare_limbs() -> None:
    (blow,) = nature(stats={"strength": 14}, attacks=()).blows
    assert (blow.name, blow.to_hit) == ("Unarmed strike", 4)
    assert [(str(one.dice), one.type) for one in blow.damage] == [("3", "bludgeoning")]


def test_an_attack_without_damage_hurts_like_bare_limbs() -> None:
    (blow,) = nature(stats={"strength": 4}, attacks=(Attack("Nip", ability="agility"),)).blows
    assert (blow.name, blow.to_hit, str(blow.damage[0].dice)) == ("Nip", 2, "1")


def test_damage_of_one_of_several_types_is_of_one_throughout_the_fight() -> None:
    breath = bite("2d6", "acid", "cold", "fire")
    beast = monster("beast", attacks=(breath,))
    types = [Rules().nature(beast, LoadedDice(at)).blows[0].damage[0].type for at in (0, 1, 2)]
    assert types == ["acid", "cold", "fire"]


def test_damage_of_no_known_type_is_of_a_usual_one() -> None:
    attack = Attack("Slash", damage=(AttackDamage(Dice(1, 6)),))
    assert nature(attacks=(attack,)).blows[0].damage[0].type == "slashing"


def test_what_a_monster_withstands_comes_from_its_facts() -> None:
    made = nature(
        damage_immunities=("fire",),
        damage_resistances=("cold",),
        damage_vulnerabilities=("acid",),
        condition_immunities=("prone",),
    )
    assert (made.immunities, made.resistances) == (("fire",), ("cold",))
    assert (made.vulnerabilities, made.condition_immunities) == (("acid",), ("prone",))


# ------------------------------------------------------------------ a game's own


def test_a_game_may_change_a_table() -> None:
    rules = evolve(Rules(), xp=((0, 1), (5, 7)), strikes=((0, 2),))
    made = nature(rules, challenge_rating=6.0)
    assert (made.xp, made.strikes) == (7, 2)


def test_a_game_may_change_a_rule() -> None:
    class Merciful(Rules):
        def one_type(self, types: Any, random: Any) -> str:
            return "psychic"

    assert nature(Merciful()).blows[0].damage[0].type == "psychic"


def test_an_infliction_of_no_condition_there_is_is_refused() -> None:
    with pytest.raises(ValueError, match="dizzy"):
        Rules(inflictions=(Infliction("fire", "dizzy", Dice(bonus=1)),))
