"""Monster facts to monster templates: every fact is kept."""

from __future__ import annotations

from typing import Final

from gamestate.content.dice import Dice
from gamestate.content.srd.facts import AttackDamageFact, AttackFact, MonsterFacts
from gamestate.content.templates import Attack, AttackDamage, MonsterTemplate

_STATS: Final = {
    "str": "strength",
    "dex": "agility",
    "con": "endurance",
    "int": "intelligence",
    "wis": "wisdom",
    "cha": "charisma",
}
_ABILITIES: Final = {**_STATS, "none": "none"}
_PLUS: Final = {"": None, "@mod": "ability"} | {
    f"@abilities.{short}.mod": stat for short, stat in _STATS.items()
}
_NO_DICE: Final = "0d10 + "


def monster_template(facts: MonsterFacts) -> MonsterTemplate:
    """The template of one monster. Raises KeyError or DiceError at a formula that is new."""
    return MonsterTemplate(
        template_id=facts.slug,
        name=facts.name,
        challenge_rating=facts.cr,
        creature_type=facts.creature_type,
        size=facts.creature_size,
        hp=facts.hp,
        armor_class=facts.ac,
        stats={stat: facts.ability_scores[short] for short, stat in _STATS.items()},
        proficiency_bonus=facts.proficiency_bonus,
        speed_ft=facts.speed,
        hp_dice=_hp_dice(facts.hp_dice),
        damage_immunities=facts.damage_immunities,
        damage_resistances=facts.damage_resistances,
        damage_vulnerabilities=facts.damage_vulnerabilities,
        condition_immunities=facts.condition_immunities,
        attacks=tuple(_attack(attack) for attack in facts.attacks),
    )


def _hp_dice(formula: str) -> Dice | None:
    return Dice.parse(formula.removeprefix(_NO_DICE)) if formula else None


def _attack(facts: AttackFact) -> Attack:
    return Attack(
        name=facts.name,
        reach=facts.attack or None,
        ability=None if facts.ability is None else _ABILITIES[facts.ability],
        bonus=int(facts.bonus or 0),
        damage=tuple(_damage(part) for part in facts.damage),
    )


def _damage(facts: AttackDamageFact) -> AttackDamage:
    return AttackDamage(Dice.parse(facts.dice), facts.types, _PLUS[facts.bonus])
