"""The commands and effects of scenarios: each makes a transition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from gamestate.content.scenarios.gateway import ScenarioGateway as Scenarios
from gamestate.content.scenarios.templates import Scenario
from gamestate.contract.effects import (
    COMBAT,
    ENDED,
    SCENARIO,
    EnterState,
    FightEnded,
    LeaveState,
    StartFight,
)
from gamestate.contract.state import CharacterState
from gamestate.contract.turn import (
    WAKE,
    Effect,
    EffectRoute,
    Event,
    ReplyBody,
    Route,
    Transition,
    TurnContext,
)
from gamestate.errors import DeadError, InCombatError
from gamestate.modules.scenario import formatter
from gamestate.modules.scenario.commands import (
    AbandonScenario,
    Choose,
    StartScenario,
    ViewScenario,
    Wake,
)
from gamestate.modules.scenario.dto import ScenarioSessionDTO, touched
from gamestate.modules.scenario.engine import Change, ScenarioEngine, abandoned, fought, is_late
from gamestate.modules.scenario.migration import Played, played
from gamestate.modules.scenario.protagonist import Protagonist
from gamestate.modules.scenario.refusals import (
    InScenarioError,
    NoScenarioError,
    ScenarioChangedError,
)

Session = ScenarioSessionDTO | None


@frozen
class ReplaceSession(Effect):
    """Replace a session that is over by a new one. The scenario's own: the old session ends first
    and this is applied after it, so that the new one has its own id."""

    target = SCENARIO
    session: ScenarioSessionDTO


class ScenarioGateway:
    """One method a command: (turn, session, command) -> transition. Every reply is the view, see
    `formatter.view`.

    Raises: RefusedError: the rules refuse it. MalformedError: the command makes no sense.
    """

    def __init__(self, engine: ScenarioEngine, scenarios: Scenarios) -> None:
        self._engine = engine
        self._scenarios = scenarios

    def routes(self) -> Mapping[str, Route]:
        """The commands of the module, by name."""
        return {
            "start": Route(StartScenario, self.start),
            "choose": Route(Choose, self.choose),
            "view": Route(ViewScenario, self.view),
            "abandon": Route(AbandonScenario, self.abandon),
            WAKE: Route(Wake, self.wake, internal=True),
        }

    def effects(self) -> Mapping[type[Effect], EffectRoute]:
        """What other modules may ask of it."""
        return {
            FightEnded: EffectRoute(self.fight_ended),
            ReplaceSession: EffectRoute(self.replace_session, needs_session=False),
        }

    # ------------------------------------------------------------------ commands of players

    def start(self, turn: TurnContext, session: Session, command: StartScenario) -> Transition:
        """Begin; one scenario at a time, not in a fight, not for the dead."""
        if turn.state.core.state == COMBAT:
            raise InCombatError
        if session is not None and not session.over:
            raise InScenarioError(session.scenario)
        hero = Protagonist(turn)
        if hero.dead:
            raise DeadError
        change = self._engine.start(self._scenarios.scenario(command.scenario), hero)
        begun = self._changed(turn, None, change, enter=True)
        if session is None:
            return begun
        effects = (ReplaceSession(change.session), *begun.effects)
        return evolve(begun, session=None, touched=(), effects=effects)

    def choose(self, turn: TurnContext, session: Session, command: Choose) -> Transition:
        """Take a choice. If the timer of the node ran out, the scenario goes on by it instead and
        the reply has `"expired": true`. If the session of its fight was lost, the fight counts
        as ended; if the scenario was missing when its fight ended, it goes on from the fight."""
        now, scenario = self._playable(session)
        hero = Protagonist(turn)
        if turn.state.core.state == COMBAT:
            raise InCombatError
        if scenario.nodes[now.node].fight is not None:
            outcome = ENDED if now.fighting else now.outcome
            change = self._engine.fight_ended(scenario, now, outcome, hero)
            return self._changed(turn, session, change, enter=True)
        if is_late(now, turn.now_s):
            change = self._engine.time_up(scenario, now, hero)
            return self._changed(turn, session, change, enter=True, expired=True)
        change = self._engine.choose(scenario, now, command.choice, hero)
        return self._changed(turn, session, change, enter=True)

    def view(self, turn: TurnContext, session: Session, command: ViewScenario) -> Transition:
        """View the scenario; also one that is over, as long as it is loaded."""
        if session is None:
            raise NoScenarioError
        return Transition(reply=self._viewer(turn))

    def abandon(self, turn: TurnContext, session: Session, command: AbandonScenario) -> Transition:
        """End the scenario; not during a fight."""
        if session is None or session.over:
            raise NoScenarioError
        if turn.state.core.state == COMBAT:
            raise InCombatError
        return self._changed(turn, session, abandoned(session))

    # ------------------------------------------------------------------ wake and effects

    def wake(self, turn: TurnContext, session: Session, command: Wake) -> Transition:
        """Go on if the timer of the node ran out; not during a fight."""
        if session is None or session.over or turn.state.core.state == COMBAT:
            return Transition()
        now = played(session, self._scenarios)
        if now.scenario is None or not is_late(now.session, turn.now_s):
            return Transition()
        change = self._engine.time_up(now.scenario, now.session, Protagonist(turn))
        return self._changed(turn, session, change, expired=True)

    def replace_session(
        self, turn: TurnContext, session: Session, effect: ReplaceSession
    ) -> Transition:
        """See ReplaceSession."""
        return Transition(session=effect.session, touched=touched(None, effect.session))

    def fight_ended(self, turn: TurnContext, session: Session, effect: FightEnded) -> Transition:
        """Go on by the outcome. The fight is over already; if no scenario waits for it, the
        character leaves the state `scenario`."""
        if session is None or session.over:
            return Transition(effects=(LeaveState(SCENARIO),))
        if not session.fighting:
            return Transition()
        now = played(session, self._scenarios)
        if now.scenario is None:
            change = fought(session, effect.outcome)
        else:
            change = self._engine.fight_ended(
                now.scenario, now.session, effect.outcome, Protagonist(turn)
            )
        return self._changed(turn, session, change, enter=True)

    # ------------------------------------------------------------------ inside

    def _playable(self, session: Session) -> tuple[ScenarioSessionDTO, Scenario]:
        if session is None or session.over:
            raise NoScenarioError
        now = played(session, self._scenarios)
        if now.scenario is None:
            raise ScenarioChangedError(session.scenario, session.version)
        return now.session, now.scenario

    def _changed(
        self,
        turn: TurnContext,
        before: Session,
        change: Change,
        *,
        enter: bool = False,
        **facts: Any,
    ) -> Transition:
        return Transition(
            reply=self._viewer(turn, **facts),
            session=change.session,
            touched=touched(before, change.session),
            effects=_effects(change, enter=enter),
            backup=change.session.over,
            events=_events(turn, change.session),
        )

    def _viewer(self, turn: TurnContext, **facts: Any) -> Callable[[CharacterState], ReplyBody]:
        """The view of the session at the end of the turn: a fight may be over at once."""

        def reply(state: CharacterState) -> ReplyBody:
            session = state.sessions[SCENARIO]
            now = played(session.data, self._scenarios)
            return {**formatter.view(session.session_id, now, shown(now), turn.now_s), **facts}

        def shown(now: Played) -> Sequence[Any]:
            if now.scenario is None:
                return ()
            return self._engine.options(now.scenario, now.session, Protagonist(turn))

        return reply


def _events(turn: TurnContext, session: ScenarioSessionDTO) -> tuple[Event, ...]:
    if not session.over:
        return ()
    facts = {
        "scenario": session.scenario,
        "ending": session.ending,
        "node": session.node,
        "location": turn.state.core.location.current,
        "at": turn.now_s,
    }
    return (Event("ended", facts),)


def _effects(change: Change, *, enter: bool) -> tuple[Effect, ...]:
    effects: list[Effect] = [EnterState(SCENARIO)] if enter else []
    if change.fight is not None:
        monsters = tuple((foe.monster, foe.count) for foe in change.fight.monsters)
        effects.append(StartFight(monsters, came_from=SCENARIO))
    if change.session.over:
        effects.append(LeaveState(SCENARIO))
    return tuple(effects)
