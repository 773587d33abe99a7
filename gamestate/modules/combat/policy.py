"""How monsters decide.

A game brings its own as an entry point of the group `gamestate.combat.policies`, whose target is a
function without arguments that returns a Policy, and names it in the setting `policy`.
"""

from __future__ import annotations

from typing import Final, Protocol

from attrs import frozen

from gamestate.content.dice import RandomStream
from gamestate.modules.combat.actions import Action, Attack, Flee
from gamestate.modules.combat.dto import Blow, Fighter

FEARLESS: Final = frozenset({"construct", "ooze", "plant", "undead"})


@frozen
class Situation:
    """The fight as a fighter sees it on its turn. `enemies`: those still up, at least one.
    `allies`: the others of its own side that are up."""

    round: int
    me: Fighter
    enemies: tuple[Fighter, ...]
    allies: tuple[Fighter, ...]


class Policy(Protocol):
    """Decides for the monsters."""

    def decide(self, situation: Situation, random: RandomStream) -> Action:
        """What the fighter does with its turn: attack one of the enemies with one of its blows,
        defend, flee or pass. `random` is the fight's: what is drawn from it is drawn again when
        the turn is run again. Keeps nothing between calls."""


class PolicyError(Exception):
    """A policy chose an action that can't be done, a bug in the policy: the turn did not happen."""


@frozen
class Instinct:
    """Attacks the weakest enemy, mostly with the blow that does most damage, and flees when hurt.

    Attributes:
        flees_below: of its hit points; then a check of wisdom that misses `morale` makes it flee.
        fearless: creature types that never do.
    """

    flees_below: float = 0.15
    morale: int = 10
    fearless: frozenset[str] = FEARLESS

    def decide(self, situation: Situation, random: RandomStream) -> Action:
        """See Policy."""
        me = situation.me
        if self._wants_to_flee(me, random):
            return Flee()
        target = min(situation.enemies, key=lambda enemy: enemy.hp)
        return Attack(target.id, _chosen(me.nature.blows, random))

    def _wants_to_flee(self, me: Fighter, random: RandomStream) -> bool:
        nature = me.nature
        if me.hp >= self.flees_below * nature.max_hp or nature.creature_type in self.fearless:
            return False
        return random.randint(1, 20) + nature.bonus("wisdom") < self.morale


def _chosen(blows: tuple[Blow, ...], random: RandomStream) -> Blow:
    """One of the blows, at random, weighted by average damage."""
    weights = [max(1, round(sum(one.dice.mean for one in blow.damage))) for blow in blows]
    drawn = random.randint(1, sum(weights)) if len(blows) > 1 else 1
    for blow, weight in zip(blows, weights, strict=True):
        drawn -= weight
        if drawn <= 0:
            return blow
    raise AssertionError("the weights are what was drawn from")
