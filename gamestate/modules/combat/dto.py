"""The frozen state of one fight.

The character's hit points are the core's and not in here; its armor class, stats and attacks follow
from what it wears. Of the monsters everything is here, so that a fight goes on as it began when the
catalogue changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from attrs import field, frozen

from gamestate.constraints import AtLeast, Between, OneOf, Printable
from gamestate.content.templates import DEFAULT_STAT, Damage, Id, Name, Word, ability_bonus
from gamestate.contract.effects import OUTCOMES

HERO: Final = "hero"
"""The participant id of the character."""

PARTY: Final = "party"
MONSTERS: Final = "monsters"

Count = Annotated[int, AtLeast(0)]
Number = Annotated[int, AtLeast(1)]
Outcome = Annotated[str, OneOf("an outcome", OUTCOMES)]


@frozen(weakref_slot=False)
class Blow:
    """One way to hit. `damage`: with every bonus in it."""

    name: Name
    to_hit: int
    damage: tuple[Damage, ...]


@frozen(weakref_slot=False, kw_only=True)
class Nature:
    """What does not change about a fighter during a fight.

    Attributes:
        template_id: of a monster; the character's is its participant id.
        blows: how it can hit, at least one.
        strikes: how many times a turn it hits with the one it chooses.
        xp: what slaying it is worth.
        immunities, resistances, vulnerabilities: damage types.
        condition_immunities: conditions it never has.
    """

    template_id: Id
    name: Name
    armor_class: int
    max_hp: Count
    stats: Mapping[str, int]
    blows: tuple[Blow, ...]
    strikes: Annotated[int, Between(1, 100)] = 1
    creature_type: Word = "humanoid"
    challenge_rating: float = 0.0
    xp: Count = 0
    immunities: tuple[str, ...] = ()
    resistances: tuple[str, ...] = ()
    vulnerabilities: tuple[str, ...] = ()
    condition_immunities: tuple[str, ...] = ()

    def bonus(self, stat: str) -> int:
        """What a stat adds to rolls."""
        return ability_bonus(self.stats.get(stat, DEFAULT_STAT))


NO_CONDITIONS: Final[Mapping[str, int]] = {}


@frozen(weakref_slot=False)
class Fighter:
    """One participant at one moment: 0 <= `hp` <= `nature.max_hp`.

    `conditions`: name to the number of its own turns they still last, at least 1. `defending`: up
    to its next turn. `fled`: it is out of the fight, alive.
    """

    id: str
    side: str
    name: str
    nature: Nature
    hp: int
    conditions: Mapping[str, int] = NO_CONDITIONS
    defending: bool = False
    fled: bool = False

    @property
    def up(self) -> bool:
        """Whether it still fights."""
        return self.hp > 0 and not self.fled


@frozen(weakref_slot=False)
class HeroDTO:
    """The character's state in the fight, without its hit points."""

    conditions: Mapping[str, int] = NO_CONDITIONS
    defending: bool = False


@frozen(weakref_slot=False)
class PastFight:
    """A finished fight that Postgres does not have yet: its session id and its document."""

    session_id: str
    document: bytes


LogEntry = Mapping[str, Any]
"""JSON values: `n` its number in this fight from 1, `round`, `actor` (a participant id or None),
`action`, `result`, and what belongs to the action."""


@frozen(weakref_slot=False, kw_only=True)
class Progress:
    """How far a fight is.

    Attributes:
        came_from: the state the character goes back to.
        awaited: a scenario waits for the outcome.
        seed, drawn: of the counted stream.
        round: from 1.
        order: every participant's id, by initiative.
        turn: whose turn it is, an index into `order`.
        outcome: None while the fight goes on.
        deadline_s: when the character's turn expires, Unix time in seconds; None: never.
        expired: how many turns of the character expired since it last acted.
        log_next: the number of the next entry of the log.
        told_to: entries below this number were in the reply to something the character did.
        saved_to: entries below this number are in Postgres.
        left: the character was logged out in it, and did nothing since.
        unseen: it ended while the character was not played, and no player has seen the end.
    """

    came_from: Annotated[str, Printable(64)]
    awaited: bool
    seed: int
    order: tuple[str, ...]
    drawn: Count
    round: Number
    turn: Count
    outcome: Outcome | None
    deadline_s: float | None
    expired: Count
    log_next: Number
    saved_to: Number
    told_to: Number = 1
    left: bool = False
    unseen: bool = False


@frozen(weakref_slot=False, kw_only=True)
class CombatSessionDTO(Progress):
    """One fight. The mappings are never mutated.

    Between two messages it is the character's turn, or the fight is over.

    Attributes:
        monsters: number n has the id `m{n}` and is the n-th from 1.
        log: the latest entries, without a gap; `log_next` is the number of the next one.
        past: finished fights of the character that are not in Postgres.
    """

    monsters: tuple[Fighter, ...]
    hero: HeroDTO = field(factory=HeroDTO)
    log: tuple[LogEntry, ...] = ()
    past: tuple[PastFight, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it has its outcome."""
        return self.outcome is not None

    @property
    def shown(self) -> bool:
        """Whether it is shown: it goes on, or its end was not seen yet."""
        return not self.over or self.unseen

    @property
    def log_from(self) -> int:
        """The number of the first entry in `log`."""
        return self.log_next - len(self.log)


def monster_id(number: int) -> str:
    """The participant id of the n-th monster."""
    return f"m{number}"
