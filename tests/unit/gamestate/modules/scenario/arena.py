"""Stands in for combat where a test wants to say how a fight ends."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from gamestate.contract.effects import EnterState, FightEnded, LeaveState, StartFight
from gamestate.contract.module import SessionModule
from gamestate.contract.turn import SAME, EffectRoute, Route, Transition, TurnContext

COMBAT = "combat"


@frozen
class Start:
    """`combat.start`: somebody else picks a fight."""


@frozen
class End:
    """`combat.end`: the fight ends like this."""

    outcome: str


class Arena(SessionModule):
    """Fights that end as they are told to, in the order of effects that combat keeps: the character
    leaves the fight, to exploration after a defeat, then the scenario gets the effect."""

    name = COMBAT
    next_states = ("exploration", "inventory", "scenario")

    def __init__(self) -> None:
        self.fights: list[StartFight] = []
        self.ends_at_once: str | None = None
        self.routes = {
            "start": Route(Start, _attack, needs_session=False),
            "end": Route(End, _end),
        }
        self.effects = {StartFight: EffectRoute(self._start, needs_session=False)}

    def _start(self, turn: TurnContext, session: Any, effect: StartFight) -> Transition:
        self.fights.append(effect)
        begun = Transition(session=effect, effects=(EnterState(COMBAT),))
        if self.ends_at_once is None:
            return begun
        over = _end(turn, effect, End(self.ends_at_once)).effects
        return Transition(session=SAME, effects=(*begun.effects, *over))


def _attack(turn: TurnContext, session: Any, command: Start) -> Transition:
    fight = StartFight((("rat", 1),), came_from=turn.state.core.state)
    return Transition(session=fight, effects=(EnterState(COMBAT),))


def _end(turn: TurnContext, session: StartFight, command: End) -> Transition:
    to = "exploration" if command.outcome == "defeat" else session.came_from
    effects = (LeaveState(COMBAT, to), FightEnded(command.outcome))
    return Transition(session=None, effects=effects)
