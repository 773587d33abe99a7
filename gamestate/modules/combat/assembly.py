"""The parts of a fight from a store, put together and strictly checked against each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gamestate.modules.combat.dto import (
    HERO,
    MONSTERS,
    CombatSessionDTO,
    Fighter,
    HeroDTO,
    LogEntry,
    Nature,
    PastFight,
    monster_id,
)
from gamestate.modules.combat.stored import StoredFight, StoredMonster, progress_of


def assemble(
    fight: StoredFight,
    kinds: Mapping[str, Nature],
    monsters: Mapping[int, StoredMonster],
    log: Mapping[int, LogEntry],
    past: tuple[PastFight, ...],
    conditions: Collection[str],
) -> CombatSessionDTO:
    """The session of these parts. `conditions`: the names that exist.

    Raises:
        ValueError: parts are missing or contradict each other.
    """
    numbers = range(1, fight.monsters + 1)
    _require(set(monsters) == set(numbers), f"{fight.monsters} monsters are not {sorted(monsters)}")
    _require_known(fight.conditions, conditions)
    session = CombatSessionDTO(
        **progress_of(fight),
        monsters=tuple(_fighter(one, monsters[one], kinds, conditions) for one in numbers),
        hero=HeroDTO(fight.conditions, fight.defending),
        log=_log(fight, log),
        past=past,
    )
    _check_kinds(session, kinds)
    _check_turn(session)
    return session


def _fighter(
    number: int,
    stored: StoredMonster,
    kinds: Mapping[str, Nature],
    conditions: Collection[str],
) -> Fighter:
    who = monster_id(number)
    nature = kinds.get(stored.kind)
    _require(nature is not None, f"{who} is of a kind that is not there: {stored.kind}")
    assert nature is not None
    _require(stored.hp <= nature.max_hp, f"{who} has {stored.hp} of {nature.max_hp} hit points")
    _require(not (stored.fled and stored.hp == 0), f"{who} has fled and is dead")
    _require_known(stored.conditions, conditions)
    return Fighter(
        who,
        MONSTERS,
        stored.name,
        nature,
        stored.hp,
        stored.conditions,
        stored.defending,
        stored.fled,
    )


def _log(fight: StoredFight, log: Mapping[int, LogEntry]) -> tuple[LogEntry, ...]:
    numbers = range(fight.log_next - len(log), fight.log_next)
    _require(set(log) == set(numbers), f"the log up to {fight.log_next} has gaps: {sorted(log)}")
    _require(fight.saved_to <= fight.log_next, f"entry {fight.saved_to} was saved and is not there")
    _require(
        fight.told_to <= fight.log_next, f"entry {fight.told_to} was in a reply and is not there"
    )
    entries = tuple(log[number] for number in numbers)
    for number, entry in zip(numbers, entries, strict=True):
        _require(_is_entry(entry, number), f"not entry {number} of a log: {entry}")
    return entries


def _is_entry(entry: LogEntry, number: int) -> bool:
    actor: Any = entry.get("actor")
    return (
        entry.get("n") == number
        and type(entry.get("round")) is int
        and (actor is None or isinstance(actor, str))
        and isinstance(entry.get("action"), str)
        and isinstance(entry.get("result"), str)
    )


def _check_kinds(session: CombatSessionDTO, kinds: Mapping[str, Nature]) -> None:
    used = {one.nature.template_id for one in session.monsters}
    _require(used == set(kinds), f"kinds {sorted(kinds)} are not those of the monsters")
    for kind, nature in kinds.items():
        _require(nature.template_id == kind, f"kind {kind} says it is {nature.template_id}")
        _require(len(nature.blows) > 0, f"kind {kind} has no way to hit")
        _require(nature.max_hp > 0, f"kind {kind} has no hit points")


def _check_turn(session: CombatSessionDTO) -> None:
    participants = [HERO, *(one.id for one in session.monsters)]
    _require(sorted(session.order) == sorted(participants), f"an order of others: {session.order}")
    _require(session.turn < len(session.order), f"there is no turn {session.turn}")
    if session.over:
        _require(session.deadline_s is None, "a fight that is over has a deadline")
        return
    _require(not session.unseen, "a fight that goes on has an end that was not seen")
    _require(session.order[session.turn] == HERO, "it is not the character's turn")
    _require(any(one.up for one in session.monsters), "the fight has no enemies")


def _require_known(stored: Mapping[str, int], conditions: Collection[str]) -> None:
    unknown = sorted(set(stored) - set(conditions))
    _require(not unknown, f"unknown conditions: {', '.join(unknown)}")


def _require(sound: bool, problem: str) -> None:
    if not sound:
        raise ValueError(problem)
