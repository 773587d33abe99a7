"""The character as a fighter: its stats and what it wears and holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gamestate.content.dice import Dice
from gamestate.content.templates import DEFAULT_STAT, Damage, ability_bonus
from gamestate.contract.state import CharacterCore
from gamestate.modules.combat.dto import HERO, PARTY, Blow, Fighter, Nature
from gamestate.modules.combat.rolls import raised
from gamestate.modules.combat.rules import AGILITY, Rules

HP: Final = "hp"
UNARMORED: Final = 10
ONE_POINT: Final = Dice(bonus=1)
"""What a weapon does of which the catalogue says nothing."""


def hero_of(core: CharacterCore, derived: Mapping[str, Any], rules: Rules) -> Fighter:
    """The character at this moment.

    `derived`: what follows from its sessions: `stats` (with everything worn), `armor_class`,
    `attacks` (one for each weapon in a hand), `modifiers`. What is missing there is as for a
    character that wears nothing.
    """
    stats = {**core.stats, **derived.get("stats", {})}
    agility = ability_bonus(stats.get(AGILITY, DEFAULT_STAT))
    vital = core.vitals[HP]
    nature = Nature(
        template_id=HERO,
        name=core.bio.name,
        armor_class=derived.get("armor_class", UNARMORED + agility),
        max_hp=vital["max"],
        stats=stats,
        blows=_blows(derived, stats, rules),
    )
    return Fighter(HERO, PARTY, core.bio.name, nature, vital["cur"])


def _blows(derived: Mapping[str, Any], stats: Mapping[str, int], rules: Rules) -> tuple[Blow, ...]:
    """One for each weapon, the main hand's first; bare hands if there is none."""
    attacks = sorted(derived.get("attacks", ()), key=lambda one: one["slot"] != "main_hand")
    if not attacks:
        worn = derived.get("modifiers", {})
        to_hit, bonus = worn.get("attack_bonus", 0), worn.get("damage_bonus", 0)
        return (rules.bare_hands(stats, to_hit + rules.proficiency, bonus),)
    first, *others = attacks
    return (_blow(first, 0, rules), *(_blow(one, _ability(one, stats), rules) for one in others))


def _ability(attack: Mapping[str, Any], stats: Mapping[str, int]) -> int:
    """The ability bonus that the second weapon does not get; a penalty stays."""
    return max(0, ability_bonus(stats.get(attack["ability"], DEFAULT_STAT)))


def _blow(attack: Mapping[str, Any], less: int, rules: Rules) -> Blow:
    dice = ONE_POINT if attack["dice"] is None else Dice.parse(attack["dice"])
    hit = Damage(raised(dice, attack["bonus"] - less), attack["type"] or rules.unarmed)
    return Blow(
        attack["name"], attack["to_hit"] + rules.proficiency, (hit, *_extra(attack["extra"]))
    )


def _extra(parts: Iterable[Mapping[str, Any]]) -> Iterable[Damage]:
    return (Damage(Dice.parse(part["dice"]), part["type"]) for part in parts)
