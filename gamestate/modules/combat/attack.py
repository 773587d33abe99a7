"""One blow: whether it hits, its damage, and the conditions it inflicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import evolve

from gamestate.modules.combat.conditions import (
    borne,
    edge_of_attack,
    immune,
    with_condition,
)
from gamestate.modules.combat.damage import Hurt, hit_points, wounded
from gamestate.modules.combat.draft import Draft
from gamestate.modules.combat.dto import Blow, Fighter
from gamestate.modules.combat.rolls import D20, SIDES
from gamestate.modules.combat.rules import Infliction, Rules

MISS: Final = "miss"
HIT: Final = "hit"
CRITICAL: Final = "critical"


def strike(draft: Draft, rules: Rules, attacker_id: str, target_id: str, blow: Blow) -> None:
    """Roll one blow at the target, and log the result.

    A natural 1 misses, a natural 20 hits and doubles the dice, as does every hit on the helpless.
    """
    attacker, target = draft.fighter(attacker_id), draft.fighter(target_id)
    roll = D20.roll(draft.stream, blow.to_hit, edge_of_attack(attacker, target, rules.conditions))
    result = _result(roll, target, rules)
    hurts: list[Hurt] = []
    left: list[dict[str, Any]] = []
    if result != MISS:
        doubled = result == CRITICAL
        nature, stream = target.nature, draft.stream
        hurts = [Hurt.of(one, nature, stream, doubled=doubled) for one in blow.damage]
        draft.put(wounded(target, hurts))
        left = _inflict(draft, rules, target_id, blow, hurts)
    draft.note(
        attacker_id,
        "attack",
        result,
        target=target_id,
        attack=blow.name,
        roll=roll.to_log(target.nature.armor_class),
        damage=[hurt.to_log() for hurt in hurts],
        conditions=left,
        hp=hit_points(draft.fighter(target_id)),
    )


def _result(roll: D20, target: Fighter, rules: Rules) -> str:
    if roll.natural == 1:
        return MISS
    if roll.natural == SIDES:
        return CRITICAL
    if roll.total < target.nature.armor_class:
        return MISS
    helpless = any(one.helpless for one in borne(target, rules.conditions))
    return CRITICAL if helpless else HIT


def _inflict(
    draft: Draft, rules: Rules, target_id: str, blow: Blow, hurts: Iterable[Hurt]
) -> list[dict[str, Any]]:
    """The conditions that the blow inflicts or tries to, for the log."""
    felt = {hurt.damage.type: hurt.doubled for hurt in hurts if hurt.dealt}
    entries = []
    for one in rules.inflictions:
        target = draft.fighter(target_id)
        if target.up and one.type in felt and (felt[one.type] or not one.critical):
            entries += _try_to_inflict(draft, rules, target, blow, one)
    return entries


def _try_to_inflict(
    draft: Draft, rules: Rules, target: Fighter, blow: Blow, infliction: Infliction
) -> list[dict[str, Any]]:
    name, known = infliction.condition, rules.conditions
    if immune(target.nature, name, known[name]):
        return []
    entry: dict[str, Any] = {"condition": name}
    if infliction.check is not None:
        difficulty = rules.check_difficulty(blow)
        check = D20.roll(draft.stream, target.nature.bonus(infliction.check))
        entry |= {"check": infliction.check, "roll": check.to_log(difficulty)}
        if check.total >= difficulty:
            return [{**entry, "result": "withstood"}]
    turns = infliction.turns.roll(draft.stream)
    draft.put(evolve(target, conditions=with_condition(target.conditions, name, turns)))
    return [{**entry, "result": "inflicted", "turns": turns}]
