"""The participants of a new fight, and the order of their turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from gamestate.content.dice import RandomStream
from gamestate.content.templates import MonsterTemplate
from gamestate.modules.combat.dto import MONSTERS, PARTY, Fighter, monster_id
from gamestate.modules.combat.rolls import D20
from gamestate.modules.combat.rules import AGILITY, Rules

Horde = Sequence[tuple[MonsterTemplate, int]]
"""Kinds of monsters, and how many of each, from 1."""


@frozen
class Initiative:
    """One participant's roll."""

    fighter: Fighter
    roll: D20


def monsters_of(horde: Horde, rules: Rules, random: RandomStream) -> tuple[Fighter, ...]:
    """The monsters at the beginning, numbered in the order of the horde; those of one kind share
    one nature, and have a number in their names if there are several."""
    templates = [template for template, count in horde for _ in range(count)]
    natures = {
        template_id: rules.nature(template, random)
        for template_id, template in {one.template_id: one for one in templates}.items()
    }
    many = Counter(one.template_id for one in templates)
    met: Counter[str] = Counter()
    fighters = []
    for number, template in enumerate(templates, 1):
        nature = natures[template.template_id]
        met[template.template_id] += 1
        alone = many[template.template_id] == 1
        name = nature.name if alone else f"{nature.name} {met[template.template_id]}"
        fighters.append(Fighter(monster_id(number), MONSTERS, name, nature, nature.max_hp))
    return tuple(fighters)


def initiatives(fighters: Sequence[Fighter], random: RandomStream) -> list[Initiative]:
    """The roll of each participant, the highest first; at a tie the greater bonus, then the party,
    then the order of `fighters`."""
    rolls = [Initiative(one, D20.roll(random, one.nature.bonus(AGILITY))) for one in fighters]
    return sorted(
        rolls,
        key=lambda one: (-one.roll.total, -one.roll.bonus, one.fighter.side != PARTY),
    )
