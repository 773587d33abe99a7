"""The shapes in which a fight is stored, checked field by field when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from attrs import frozen

from gamestate.constraints import Printable
from gamestate.content.templates import Id
from gamestate.modules.combat.dto import (
    NO_CONDITIONS,
    CombatSessionDTO,
    Count,
    Fighter,
    Number,
    Outcome,
    Whole,
)


@frozen(kw_only=True)
class StoredFight:
    """The part `fight`: everything small. `monsters`: how many there are."""

    came_from: Annotated[str, Printable(64)]
    awaited: bool
    seed: Whole
    drawn: Count
    round: Number
    turn: Count
    order: tuple[str, ...]
    monsters: Number
    outcome: Outcome | None
    deadline_s: float | None
    expired: Count
    log_next: Number
    saved_to: Number
    conditions: Mapping[str, Number]
    defending: bool
    told_to: Number = 1
    left: bool = False
    unseen: bool = False

    @classmethod
    def of(cls, session: CombatSessionDTO) -> StoredFight:
        """What is stored of a session."""
        return cls(
            came_from=session.came_from,
            awaited=session.awaited,
            seed=session.seed,
            drawn=session.drawn,
            round=session.round,
            turn=session.turn,
            order=session.order,
            monsters=len(session.monsters),
            outcome=session.outcome,
            deadline_s=session.deadline_s,
            expired=session.expired,
            log_next=session.log_next,
            saved_to=session.saved_to,
            conditions=session.hero.conditions,
            defending=session.hero.defending,
            told_to=session.told_to,
            left=session.left,
            unseen=session.unseen,
        )


@frozen
class StoredMonster:
    """A part `monster:{n}`. `kind`: the part `kind:{kind}` says what it is."""

    kind: Id
    name: Annotated[str, Printable(110)]
    hp: Count
    conditions: Mapping[str, Number] = NO_CONDITIONS
    defending: bool = False
    fled: bool = False

    @classmethod
    def of(cls, monster: Fighter) -> StoredMonster:
        """What is stored of a monster."""
        return cls(
            monster.nature.template_id,
            monster.name,
            monster.hp,
            monster.conditions,
            monster.defending,
            monster.fled,
        )
