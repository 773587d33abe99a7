"""The public face of combat: a command comes in, a transition goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from gamestate.content.templates import MonsterTemplate
from gamestate.contracts import (
    AdjustVitals,
    Effect,
    EnterState,
    Event,
    FightEnded,
    LeaveState,
    ReplyBody,
    StartFight,
    Transition,
    TurnContext,
    UseItemInFight,
)
from gamestate.errors import DeadError, InCombatError
from gamestate.modules.combat import actions
from gamestate.modules.combat.commands import Act, EndCombat, StartCombat, ViewCombat, Wake
from gamestate.modules.combat.draft import Change
from gamestate.modules.combat.dto import (
    DEFEAT,
    ENDED,
    LARGEST,
    CombatSessionDTO,
    Fighter,
    PastFight,
)
from gamestate.modules.combat.engine import Challenge, CombatEngine, Moment
from gamestate.modules.combat.formatter import CombatFormatter, nothing
from gamestate.modules.combat.hero import HP, hero_of
from gamestate.modules.combat.lineup import Horde
from gamestate.modules.combat.orchestrator import CombatOrchestrator
from gamestate.modules.combat.parts import FIGHT, all_parts
from gamestate.modules.combat.refusals import NoFightError, UnknownMonsterError
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.stream import CountedStream
from gamestate.state import EXPLORATION, CharacterState, Vital

COMBAT: Final = "combat"
SCENARIO: Final = "scenario"

TOLD_OF_ITEMS: Final = ("item_id", "template_id", "left", "charges", "effects")
"""What the log has of the inventory's reply."""

Session = CombatSessionDTO | None


@frozen
class TakePlace(Effect):
    """Of combat itself: a new fight's session appears where a finished one's was. The finished one
    ends and this is applied after it, so that the new one has an id of its own."""

    target = COMBAT
    session: CombatSessionDTO


class CombatGateway:
    """One method a command or effect: (turn, session, command) -> transition. Every reply is the
    view of the fight; see `CombatFormatter.view`.

    A fight that is over is none: its session is only there until Postgres has it. Raises a
    RefusedError for what the rules refuse, a MalformedError for what makes no sense.
    """

    def __init__(
        self,
        engine: CombatEngine,
        formatter: CombatFormatter,
        orchestrator: CombatOrchestrator,
        rules: Rules,
        monsters: Mapping[str, MonsterTemplate],
    ) -> None:
        self._engine = engine
        self._formatter = formatter
        self._orchestrator = orchestrator
        self._rules = rules
        self._monsters = monsters

    # ------------------------------------------------------------------ beginning

    def start(self, turn: TurnContext, session: Session, command: StartCombat) -> Transition:
        """A fight begins, up to the character's first turn. It goes back to the scenario it is in,
        else to exploration."""
        asked = [(one.monster, one.count) for one in command.monsters]
        scenario = turn.state.core.state == SCENARIO
        came_from = SCENARIO if scenario else EXPLORATION
        challenge = self._challenge(turn, session, asked, command.seed, came_from, awaited=False)
        change = self._begin(turn, session, challenge)
        return self._placed(turn, session, change, self._new_view(turn, change))

    def start_fight(self, turn: TurnContext, session: Session, effect: StartFight) -> Transition:
        """The same for another module. Reply `{"over", "outcome"}`, and at the end `xp` and
        `slain`: it may be over before the character's first turn."""
        came_from, awaited = effect.came_from, effect.came_from == SCENARIO
        challenge = self._challenge(
            turn, session, effect.monsters, effect.seed, came_from, awaited=awaited
        )
        change = self._begin(turn, session, challenge)
        return self._placed(turn, session, change, self._formatter.result(change.session))

    def take_place(self, turn: TurnContext, session: Session, effect: TakePlace) -> Transition:
        """See TakePlace."""
        return Transition(session=effect.session, touched=all_parts(effect.session))

    def _challenge(
        self,
        turn: TurnContext,
        session: Session,
        asked: Sequence[tuple[str, int]],
        seed: int | None,
        came_from: str,
        *,
        awaited: bool,
    ) -> Challenge:
        if turn.state.core.state == COMBAT or (session is not None and not session.over):
            raise InCombatError
        if not turn.state.core.vitals[HP]["cur"]:
            raise DeadError
        return Challenge(
            horde=self._horde(asked),
            seed=turn.random.randint(0, LARGEST) if seed is None else seed,
            came_from=came_from,
            awaited=awaited,
            past=self._past(turn, session),
        )

    def _horde(self, asked: Sequence[tuple[str, int]]) -> Horde:
        for monster, _ in asked:
            if monster not in self._monsters:
                raise UnknownMonsterError(monster)
        return [(self._monsters[monster], count) for monster, count in asked]

    def _past(self, turn: TurnContext, session: Session) -> tuple[PastFight, ...]:
        """The finished fight that is still there, unless Postgres has it."""
        if session is None or _saved(turn):
            return ()
        return self._orchestrator.past(turn.state.sessions[COMBAT].session_id, session)

    def _begin(self, turn: TurnContext, session: Session, challenge: Challenge) -> Change:
        return self._engine.start(challenge, self._hero(turn), Moment(turn.now_s))

    def _placed(
        self,
        turn: TurnContext,
        session: Session,
        change: Change,
        reply: ReplyBody | Callable[[CharacterState], ReplyBody],
    ) -> Transition:
        effects = (EnterState(COMBAT), *_consequences(turn, change))
        told = self._events(turn, change)
        if session is None:
            return Transition(reply, change.session, change.touched, effects, True, told)
        return Transition(reply, None, (), (TakePlace(change.session), *effects), True, told)

    # ------------------------------------------------------------------ fighting

    def act(self, turn: TurnContext, session: Session, command: Act) -> Transition:
        """The character's turn, and everybody's after it up to its next one."""
        fight, moment = _running(session), _moment(turn)
        stream = CountedStream(fight.seed, fight.drawn)
        action = self._action(turn, fight, command, stream)
        rolled = evolve(fight, drawn=stream.drawn)
        change = self._engine.act(rolled, self._hero(turn), action, moment)
        return self._fought(turn, change)

    def view(self, turn: TurnContext, session: Session, command: ViewCombat) -> Transition:
        """The fight as it is."""
        fight, core = _running(session), turn.state.core
        session_id = turn.state.sessions[COMBAT].session_id
        return Transition(self._formatter.view(session_id, fight, core.bio.name, core.vitals[HP]))

    def end(self, turn: TurnContext, session: Session, command: EndCombat) -> Transition:
        """The fight is over, without a winner; one whose session was lost, too."""
        if turn.state.core.state == COMBAT and (session is None or session.over):
            return Transition(nothing(ENDED), effects=(LeaveState(COMBAT),), backup=True)
        fight = _running(session)
        # Without what it wears: this way out is open even if the inventory can't be read.
        hero = hero_of(turn.state.core, {}, self._rules)
        return self._fought(turn, self._engine.end(fight, hero, _moment(turn)))

    def wake(self, turn: TurnContext, session: Session, command: Wake) -> Transition:
        """What the deadline brings, if it is over."""
        if session is None or session.deadline_s is None:
            return Transition()
        if turn.now_s < session.deadline_s:  # touched, so that the timer is set again
            return Transition(session=session, touched=(FIGHT,))
        change = self._engine.expire(session, self._hero(turn), _moment(turn))
        return self._fought(turn, change)

    def _action(
        self, turn: TurnContext, fight: CombatSessionDTO, command: Act, stream: CountedStream
    ) -> actions.Action:
        match command.action:
            case "attack":
                return actions.Attack(command.target or self._engine.default_target(fight))
            case "defend":
                return actions.Defend()
            case "flee":
                return actions.Flee()
            case "use_item" if turn.state.core.vitals[HP]["cur"]:
                assert command.item_id is not None
                told = turn.perform(UseItemInFight(command.item_id, stream))
                return actions.UseItem({name: told[name] for name in TOLD_OF_ITEMS})
        return actions.Pass()

    def _fought(self, turn: TurnContext, change: Change) -> Transition:
        effects = _consequences(turn, change)
        reply = self._seen(turn, turn.state.sessions[COMBAT].session_id, change)
        told = self._events(turn, change)
        return Transition(reply, change.session, change.touched, effects, change.backup, told)

    def _events(self, turn: TurnContext, change: Change) -> tuple[Event, ...]:
        """A fight that is over is told to whoever gives loot and experience for it."""
        if not change.session.over:
            return ()
        facts = {
            **self._formatter.result(change.session),
            "location": _place(turn),
            "at": turn.now_s,
        }
        del facts["over"]
        return (Event("ended", facts),)

    # ------------------------------------------------------------------ inside

    def _hero(self, turn: TurnContext) -> Fighter:
        return hero_of(turn.state.core, turn.derived(), self._rules)

    def _seen(self, turn: TurnContext, session_id: str, change: Change) -> ReplyBody:
        core = turn.state.core
        hp: Vital = {"cur": change.hero_hp, "max": core.vitals[HP]["max"]}
        return self._formatter.view(session_id, change.session, core.bio.name, hp)

    def _new_view(self, turn: TurnContext, change: Change) -> Callable[[CharacterState], ReplyBody]:
        seen = self._seen(turn, "", change)
        return lambda state: {**seen, "session_id": state.sessions[COMBAT].session_id}


def _place(turn: TurnContext) -> str:
    return turn.state.core.location.current


def _running(session: Session) -> CombatSessionDTO:
    """The fight. Raises: NoFightError."""
    if session is None or session.over:
        raise NoFightError
    return session


def _saved(turn: TurnContext) -> bool:
    """Whether Postgres has all of the fight so far."""
    return not turn.state.sessions[COMBAT].dirty


def _moment(turn: TurnContext) -> Moment:
    return Moment(turn.now_s, _saved(turn))


def _consequences(turn: TurnContext, change: Change) -> tuple[Effect, ...]:
    """What the fight asks of the core, and tells the scenario."""
    effects: list[Effect] = []
    if points := change.hero_hp - turn.state.core.vitals[HP]["cur"]:
        effects.append(AdjustVitals({HP: points}))
    session = change.session
    if session.over:
        to = EXPLORATION if session.outcome == DEFEAT else session.came_from
        effects.append(LeaveState(COMBAT, to))
        if session.awaited:
            effects.append(FightEnded(str(session.outcome)))
    return tuple(effects)
