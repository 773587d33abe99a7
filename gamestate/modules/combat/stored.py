"""The shapes in which a fight is stored, checked field by field when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from attrs import fields, frozen

from gamestate.constraints import Printable
from gamestate.content.templates import Id
from gamestate.modules.combat.dto import (
    NO_CONDITIONS,
    CombatSessionDTO,
    Count,
    Fighter,
    Number,
    Progress,
)

PROGRESS: Final = tuple(field.name for field in fields(Progress))


def progress_of(fight: Progress) -> dict[str, Any]:
    """What a session and its part `fight` have in common, by name."""
    return {name: getattr(fight, name) for name in PROGRESS}


@frozen(kw_only=True)
class StoredFight(Progress):
    """The part `fight`. `monsters`: how many there are."""

    monsters: Number
    conditions: Mapping[str, Number]
    defending: bool

    @classmethod
    def of(cls, session: CombatSessionDTO) -> StoredFight:
        """What is stored of a session."""
        return cls(
            **progress_of(session),
            monsters=len(session.monsters),
            conditions=session.hero.conditions,
            defending=session.hero.defending,
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
