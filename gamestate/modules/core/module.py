"""The core module: state machine, location, stats and vitals. Pure rules, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Final

from attrs import evolve, frozen

from gamestate.constraints import Text
from gamestate.contract.effects import (
    COMBAT,
    AdjustStats,
    AdjustVitals,
    EnterState,
    LearnSkill,
    LeaveState,
    MoveTo,
)
from gamestate.contract.module import Module, SessionModule
from gamestate.contract.state import EXPLORATION, CharacterCore, Location
from gamestate.contract.turn import (
    CORE,
    EffectRoute,
    Route,
    SnapshotReply,
    Transition,
    TurnContext,
)
from gamestate.errors import InCombatError, InvalidPayloadError, RefusedError
from gamestate.modules.core.view import character_view
from gamestate.structure import is_whole, structure
from persistence.values import value

MAX_STAT: Final = 1_000_000
VITALS: Final = ("vitals",)


class StateForbidsError(RefusedError):
    """Refused: the state machine has no such transition."""

    code = "state_forbids"
    text = "from {state} one can't go to {wanted}"
    state: str
    wanted: str


class StatOutOfRangeError(RefusedError):
    """Refused: a stat would leave its bounds."""

    code = "stat_out_of_range"
    text = "{stat} would be {would_be}; it must be {low} to {high}"
    stat: str
    would_be: int
    low: int = 0
    high: int = MAX_STAT


class NoSessionError(RefusedError):
    """Refused: the character has no session of this module, in memory or in Postgres."""

    code = "no_session"
    text = "character {char_id} has no session of {module!r}"
    char_id: int
    module: str


@frozen
class Move:
    """`core.move`: go to another location (1 to 128 characters)."""

    location: Annotated[str, Text(128)]


@value
class Adjustments:
    """The payload of `core.adjust_vitals` and `core.adjust_stats`: signed whole numbers by name."""

    changes: Mapping[str, int]

    @classmethod
    def from_payload(cls, payload: Any) -> Adjustments:
        """Read `{"hp": -5, …}`; at least one change."""
        if not (type(payload) is dict and all(map(is_whole, payload.values()))):
            payload = structure(payload, dict[str, int])  # its error names the field
        if not payload:
            raise InvalidPayloadError("payload", "name at least one value to change")
        return cls(payload)


@frozen
class View:
    """`core.view`: the character as a client sees it."""


@frozen
class Derived:
    """`core.derived`: the facts that follow from the sessions of the character: stats with gear and
    buffs, armor class, attacks."""


@frozen
class TakeSnapshot:
    """`core.snapshot`: write a module's session to Redis as JSON, for other services to read."""

    module: str


class CoreModule(Module):
    """The commands and effects on the character's core, and its state machine.

    `modules`: those that have a state. Each is entered from exploration, and left for its
    `next_states`.
    """

    name: Final = CORE

    def __init__(self, modules: Iterable[SessionModule | type[SessionModule]] = ()) -> None:
        self._next_states = {module.name: module.next_states for module in modules}
        self.routes = {
            "view": Route(View, _view, needs_session=False),
            "derived": Route(Derived, _derived, needs_session=False),
            "snapshot": Route(TakeSnapshot, _snapshot, needs_session=False),
            "move": Route(Move, _move, needs_session=False),
            "adjust_vitals": Route(Adjustments, _adjust_vitals, needs_session=False),
            "adjust_stats": Route(Adjustments, _adjust_stats, needs_session=False),
        }
        self.effects = {
            EnterState: EffectRoute(self._enter_state, needs_session=False),
            LeaveState: EffectRoute(_leave_state, needs_session=False),
            AdjustVitals: EffectRoute(_adjust_vitals, needs_session=False),
            AdjustStats: EffectRoute(_adjust_stats, needs_session=False),
            MoveTo: EffectRoute(_move, needs_session=False),
            LearnSkill: EffectRoute(_learn_skill, needs_session=False),
        }

    def _enter_state(
        self, turn: TurnContext, core: CharacterCore, effect: EnterState
    ) -> Transition:
        if core.state == effect.state:
            return Transition()
        after = self._next_states.get(core.state, (EXPLORATION,))
        if core.state != EXPLORATION and effect.state not in after:
            raise StateForbidsError(core.state, effect.state)
        return _in_state(core, effect.state)


def _view(turn: TurnContext, core: CharacterCore, command: View) -> Transition:
    # A view loads no session: it costs the same for every character and changes nothing.
    return Transition(partial(character_view, shown=turn.shown()))


def _derived(turn: TurnContext, core: CharacterCore, command: Derived) -> Transition:
    return Transition(turn.derived())


def _snapshot(turn: TurnContext, core: CharacterCore, command: TakeSnapshot) -> Transition:
    return Transition(SnapshotReply(command.module))


def _move(turn: TurnContext, core: CharacterCore, command: Move | MoveTo) -> Transition:
    if core.state == COMBAT and isinstance(command, Move):
        raise InCombatError
    if not 1 <= len(command.location) <= 128:
        raise InvalidPayloadError("payload.location", "expected 1 to 128 characters")
    location = Location(command.location, core.location.current)
    return Transition(
        reply={"location": {"current": location.current, "prev": location.prev}},
        session=evolve(core, location=location),
        touched=("location",),
    )


def _adjust_vitals(
    turn: TurnContext, core: CharacterCore, command: Adjustments | AdjustVitals
) -> Transition:
    vitals = {**core.vitals}
    for name, change in command.changes.items():
        vital = vitals.get(name)
        if vital is None:
            raise InvalidPayloadError(f"payload.{name}", f"expected one of {', '.join(vitals)}")
        points, most = vital["cur"] + change, vital["max"]
        vitals[name] = {"cur": 0 if points < 0 else min(points, most), "max": most}
    changed = CharacterCore(core.state, core.location, core.bio, core.stats, vitals)
    return Transition({"vitals": vitals}, changed, VITALS)


def _adjust_stats(
    turn: TurnContext, core: CharacterCore, command: Adjustments | AdjustStats
) -> Transition:
    stats = dict(core.stats)
    for name, change in command.changes.items():
        if name not in stats:
            raise InvalidPayloadError(f"payload.{name}", f"expected one of {', '.join(stats)}")
        stats[name] = _in_range(name, stats[name] + change)
    return Transition({"stats": stats}, evolve(core, stats=stats), ("stats",))


def _learn_skill(turn: TurnContext, core: CharacterCore, effect: LearnSkill) -> Transition:
    known, level = core.stats.get(effect.skill), _in_range(effect.skill, effect.level)
    if known is not None and known >= level:
        return Transition()
    stats = {**core.stats, effect.skill: level}
    return Transition(session=evolve(core, stats=stats), touched=("stats",))


def _in_range(stat: str, points: int) -> int:
    if not 0 <= points <= MAX_STAT:
        raise StatOutOfRangeError(stat, points)
    return points


def _leave_state(turn: TurnContext, core: CharacterCore, effect: LeaveState) -> Transition:
    return _in_state(core, effect.to) if core.state == effect.state else Transition()


def _in_state(core: CharacterCore, state: str) -> Transition:
    return Transition(session=evolve(core, state=state), touched=("state",), backup=True)
