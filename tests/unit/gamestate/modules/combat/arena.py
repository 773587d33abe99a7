"""Fights whose every die is chosen: for the rules one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from gamestate.content.dice import Dice
from gamestate.content.templates import Damage
from gamestate.modules.combat.draft import Draft
from gamestate.modules.combat.dto import (
    HERO,
    MONSTERS,
    Blow,
    CombatSessionDTO,
    Fighter,
    LogEntry,
    Nature,
    monster_id,
)
from gamestate.modules.combat.policy import Instinct, Policy
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.stream import CountedStream
from gamestate.modules.combat.turns import Turns
from tests.unit.gamestate.modules.combat import world


class LoadedDice(CountedStream):
    """A stream that gives these numbers, and no others."""

    def __init__(self, *numbers: int) -> None:
        super().__init__(0)
        self._numbers = list(numbers)

    def randint(self, low: int, high: int, /) -> int:
        number = self._numbers.pop(0)
        assert low <= number <= high, f"{number} is not on a die of {low} to {high}"
        self.drawn += 1
        return number

    @property
    def left(self) -> list[int]:
        """What was not drawn."""
        return self._numbers


def blow(dice: str = "1d6", type_: str = "piercing", to_hit: int = 0) -> Blow:
    """A blow with one kind of damage."""
    return Blow("Blow", to_hit, (Damage(Dice.parse(dice), type_),))


def nature(**facts: Any) -> Nature:
    """A creature of ten hit points and armor class 10, but for these facts."""
    usual: dict[str, Any] = {
        "template_id": "foe",
        "name": "Foe",
        "armor_class": 10,
        "max_hp": 10,
        "stats": {},
        "blows": (blow(),),
    }
    return Nature(**{**usual, **facts})


def foe(number: int = 1, *, hp: int | None = None, **facts: Any) -> Fighter:
    """A monster of such a nature; facts of a fighter are those of this one."""
    own = {name: facts.pop(name) for name in ("conditions", "defending", "fled") if name in facts}
    kind = nature(**facts)
    life = kind.max_hp if hp is None else hp
    return Fighter(monster_id(number), MONSTERS, f"Foe {number}", kind, life, **own)


class Arena:
    """The character against monsters, in this order, at the character's turn.

    Attributes:
        log: what was noted so far.
    """

    def __init__(
        self,
        *foes: Fighter,
        hero: Fighter | None = None,
        dice: tuple[int, ...] = (),
        rules: Rules | None = None,
        policy: Policy | None = None,
        max_rounds: int = 200,
        conditions: Mapping[str, int] | None = None,
    ) -> None:
        self.rules = rules or Rules()
        monsters = foes or (foe(),)
        session = CombatSessionDTO(
            came_from="exploration",
            awaited=False,
            seed=0,
            order=(HERO, *(one.id for one in monsters)),
            drawn=0,
            round=1,
            turn=0,
            outcome=None,
            deadline_s=None,
            expired=0,
            log_next=1,
            saved_to=1,
            monsters=monsters,
        )
        self.draft = Draft(session, hero or world.hero())
        self.draft.put(evolve(self.hero, conditions=conditions or {}))
        self.dice = self.draft.stream = LoadedDice(*dice)
        self.turns = Turns(self.rules, policy or Instinct(), max_rounds)

    @property
    def hero(self) -> Fighter:
        """The character as it is now."""
        return self.draft.fighter(HERO)

    def foe(self, number: int = 1) -> Fighter:
        """A monster as it is now."""
        return self.draft.fighter(monster_id(number))

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """What was noted so far."""
        return self.draft.finish(None, 10_000, saved=False).session.log
