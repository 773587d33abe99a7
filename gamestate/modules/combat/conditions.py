"""What conditions do, as data.

A condition lasts for a number of its bearer's own turns: it does its damage as such a turn begins,
and is one turn shorter when it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from gamestate.content.dice import Dice
from gamestate.content.templates import Damage
from gamestate.modules.combat.dto import Fighter, Nature
from gamestate.modules.combat.rolls import edge


@frozen(kw_only=True)
class Condition:
    """The rules of a condition.

    Attributes:
        hampers: its bearer's attacks and checks to get away have disadvantage.
        favors: its bearer's attacks have advantage.
        exposes: attacks against its bearer have advantage.
        covers: attacks against its bearer have disadvantage.
        disables: its bearer loses its turns.
        holds: its bearer can't get away.
        helpless: every hit on its bearer is critical.
        damage: what it does as each turn of its bearer begins.
    """

    hampers: bool = False
    favors: bool = False
    exposes: bool = False
    covers: bool = False
    disables: bool = False
    holds: bool = False
    helpless: bool = False
    damage: Damage | None = None


Conditions = Mapping[str, Condition]

CONDITIONS: Final[Conditions] = MappingProxyType(
    {
        "blinded": Condition(hampers=True, exposes=True),
        "burning": Condition(damage=Damage(Dice(1, 4), "fire")),
        "charmed": Condition(hampers=True),
        "deafened": Condition(),
        "exhaustion": Condition(hampers=True),
        "frightened": Condition(hampers=True),
        "grappled": Condition(holds=True),
        "incapacitated": Condition(disables=True),
        "invisible": Condition(favors=True, covers=True),
        "paralyzed": Condition(disables=True, exposes=True, helpless=True, holds=True),
        "petrified": Condition(disables=True, exposes=True, holds=True),
        "poisoned": Condition(hampers=True, damage=Damage(Dice(1, 4), "poison")),
        "prone": Condition(hampers=True, exposes=True),
        "restrained": Condition(hampers=True, exposes=True, holds=True),
        "stunned": Condition(disables=True, exposes=True, holds=True),
        "unconscious": Condition(disables=True, exposes=True, helpless=True, holds=True),
    }
)
"""The conditions of the content, and `burning`."""


def borne(fighter: Fighter, known: Conditions) -> tuple[Condition, ...]:
    """The conditions a fighter is in."""
    return tuple(known[name] for name in fighter.conditions)


def edge_of_attack(attacker: Fighter, target: Fighter, known: Conditions) -> int:
    """1 advantage, -1 disadvantage, 0 neither."""
    own, theirs = borne(attacker, known), borne(target, known)
    return edge(
        favored=any(one.favors for one in own) or any(one.exposes for one in theirs),
        hampered=target.defending
        or any(one.hampers for one in own)
        or any(one.covers for one in theirs),
    )


def edge_of_flight(fighter: Fighter, known: Conditions) -> int:
    """As `edge_of_attack`."""
    return edge(favored=False, hampered=any(one.hampers for one in borne(fighter, known)))


def immune(nature: Nature, name: str, condition: Condition) -> bool:
    """Whether such a fighter is never in the condition: one it is immune to, or one whose damage is
    of a type it is immune to."""
    damage = condition.damage
    harmless = damage is not None and damage.type in nature.immunities
    return harmless or name in nature.condition_immunities


def with_condition(conditions: Mapping[str, int], name: str, turns: int) -> Mapping[str, int]:
    """The conditions with one more; of the same, the one that lasts longer."""
    return {**conditions, name: max(turns, conditions.get(name, 0))}


def one_turn_later(conditions: Mapping[str, int]) -> Mapping[str, int]:
    """The conditions that are left at the end of their bearer's turn."""
    return {name: turns - 1 for name, turns in conditions.items() if turns > 1}
