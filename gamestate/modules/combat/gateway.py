"""The commands and effects of combat: each makes a transition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from gamestate.content.templates import MonsterTemplate
from gamestate.contract.effects import (
    COMBAT,
    DEFEAT,
    ENDED,
    SCENARIO,
    AdjustVitals,
    EnterState,
    FightEnded,
    LeaveState,
    StartFight,
    UseItemInFight,
)
from gamestate.contract.state import EXPLORATION, CharacterState, Vital
from gamestate.contract.turn import (
    LEAVE,
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
from gamestate.modules.combat import actions
from gamestate.modules.combat.codec import CombatCodec
from gamestate.modules.combat.commands import (
    AcknowledgeCombat,
    Act,
    EndCombat,
    Leave,
    StartCombat,
    ViewCombat,
    Wake,
)
from gamestate.modules.combat.draft import Change
from gamestate.modules.combat.dto import CombatSessionDTO, Fighter, LogEntry, PastFight
from gamestate.modules.combat.engine import Challenge, CombatEngine, Moment
from gamestate.modules.combat.formatter import CombatFormatter, nothing
from gamestate.modules.combat.hero import HP, hero_of
from gamestate.modules.combat.lineup import Horde
from gamestate.modules.combat.parts import FIGHT, all_parts
from gamestate.modules.combat.refusals import NoFightError, UnknownMonsterError
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.snapshot import past_fights
from gamestate.modules.combat.stream import CountedStream
from gamestate.structure import MAX_INT

LOGGED_OF_ITEMS: Final = ("item_id", "template_id", "left", "charges", "effects")
"""The facts of the inventory's reply that the log has."""

Session = CombatSessionDTO | None


@frozen
class ReplaceSession(Effect):
    """Replace the session of a finished fight by that of a new one. Combat's own: the finished
    session ends first and this is applied after it, so that the new one has its own id."""

    target = COMBAT
    session: CombatSessionDTO


class CombatGateway:
    """One method a command or effect: (turn, session, command) -> transition. Every reply is the
    view of the fight; see `CombatFormatter.view`.

    The session of a fight that is over stays until Postgres has it; if the fight ended unseen,
    until it is acknowledged or the next one begins. Commands treat it as no fight.

    Raises: RefusedError: the rules refuse it. MalformedError: the command makes no sense.
    """

    def __init__(
        self,
        engine: CombatEngine,
        formatter: CombatFormatter,
        codec: CombatCodec,
        rules: Rules,
        monsters: Mapping[str, MonsterTemplate],
    ) -> None:
        self._engine = engine
        self._formatter = formatter
        self._codec = codec
        self._rules = rules
        self._monsters = monsters

    def routes(self) -> Mapping[str, Route]:
        """The commands of the module, by name."""
        # A character in a fight has its session loaded; the others must not wait for Postgres.
        return {
            "start": Route(StartCombat, self.start, needs_session=False),
            "act": Route(Act, self.act, needs_session=False),
            # The fight may have ended while it was not in memory.
            "view": Route(ViewCombat, self.view),
            "acknowledge": Route(AcknowledgeCombat, self.acknowledge),
            "end": Route(EndCombat, self.end, needs_session=False),
            LEAVE: Route(Leave, self.leave, needs_session=False, internal=True),
            WAKE: Route(Wake, self.wake, needs_session=False, internal=True),
        }

    def effects(self) -> Mapping[type[Effect], EffectRoute]:
        """What other modules may ask of it."""
        return {
            StartFight: EffectRoute(self.start_fight, needs_session=False),
            ReplaceSession: EffectRoute(self.replace_session, needs_session=False),
        }

    # ------------------------------------------------------------------ beginning

    def start(self, turn: TurnContext, session: Session, command: StartCombat) -> Transition:
        """Start a fight and play it up to the character's first turn. After it the character
        returns to its scenario, else to exploration."""
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
            turn, session, effect.monsters, effect.seed, came_from, awaited=awaited, in_reply=False
        )
        change = self._begin(turn, session, challenge)
        return self._placed(turn, session, change, self._formatter.result(change.session))

    def replace_session(
        self, turn: TurnContext, session: Session, effect: ReplaceSession
    ) -> Transition:
        """See ReplaceSession."""
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
        in_reply: bool = True,
    ) -> Challenge:
        if turn.state.core.state == COMBAT or (session is not None and not session.over):
            raise InCombatError
        if turn.state.core.dead:
            raise DeadError
        return Challenge(
            horde=self._horde(asked),
            seed=turn.random.randint(0, MAX_INT) if seed is None else seed,
            came_from=came_from,
            awaited=awaited,
            in_reply=in_reply,
            past=self._past(turn, session),
        )

    def _horde(self, asked: Sequence[tuple[str, int]]) -> Horde:
        for monster, _ in asked:
            if monster not in self._monsters:
                raise UnknownMonsterError(monster)
        return [(self._monsters[monster], count) for monster, count in asked]

    def _past(self, turn: TurnContext, session: Session) -> tuple[PastFight, ...]:
        """The finished fight that is still loaded, unless Postgres has it."""
        if session is None or _saved(turn):
            return ()
        return past_fights(turn.state.sessions[COMBAT].session_id, session, self._codec)

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
        events = self._events(turn, change)
        if session is None:
            return Transition(reply, change.session, change.touched, effects, True, events)
        return Transition(reply, None, (), (ReplaceSession(change.session), *effects), True, events)

    # ------------------------------------------------------------------ fighting

    def act(self, turn: TurnContext, session: Session, command: Act) -> Transition:
        """The character's turn, and the monsters' turns up to its next one. If it was logged out
        until its deadline expired, the expired turn is played instead, as the reply says."""
        fight, moment = _running(session), _moment(turn)
        if fight.left and _is_late(fight, turn.now_s):
            return self._expired(turn, fight, in_reply=True)
        stream = CountedStream(fight.seed, fight.drawn)
        action = self._action(turn, fight, command, stream)
        rolled = evolve(fight, drawn=stream.drawn)
        change = self._engine.act(rolled, self._hero(turn), action, moment)
        return self._fought(turn, fight, change)

    def view(self, turn: TurnContext, session: Session, command: ViewCombat) -> Transition:
        """The fight as it is, or as it ended unseen."""
        fight, shows = _shown(session), self._formatter
        asked = command.log_from
        log = shows.latest(fight) if asked is None else shows.part(fight, asked)
        return Transition(self._view(turn, fight, turn.state.core.vitals[HP], log))

    def acknowledge(
        self, turn: TurnContext, session: Session, command: AcknowledgeCombat
    ) -> Transition:
        """The player has seen the end of the fight: it is not shown again."""
        if session is None or not session.unseen:
            raise NoFightError
        seen = evolve(session, unseen=False)
        log = self._formatter.latest(seen)
        reply = self._view(turn, seen, turn.state.core.vitals[HP], log)
        return Transition(reply, seen, (FIGHT,), backup=True)

    def end(self, turn: TurnContext, session: Session, command: EndCombat) -> Transition:
        """End the fight without a winner, also one whose session was lost."""
        if turn.state.core.state == COMBAT and (session is None or session.over):
            return Transition(nothing(ENDED), effects=(LeaveState(COMBAT),), backup=True)
        fight = _running(session)
        # Without what it wears: this way out is open even if the inventory can't be read.
        hero = hero_of(turn.state.core, {}, self._rules)
        return self._fought(turn, fight, self._engine.end(fight, hero, _moment(turn)))

    def wake(self, turn: TurnContext, session: Session, command: Wake) -> Transition:
        """Play the expired turn if the deadline is over."""
        if session is None or session.deadline_s is None:
            return Transition()
        if not _is_late(session, turn.now_s):  # touched, so that the timer is set again
            return Transition(session=session, touched=(FIGHT,))
        return self._expired(turn, session)

    def leave(self, turn: TurnContext, session: Session, command: Leave) -> Transition:
        """The character logs out and stays in its fight."""
        if session is None or session.over:
            return Transition()
        return Transition(session=self._engine.leave(session), touched=(FIGHT,))

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
            case "use_item" if not turn.state.core.dead:
                assert command.item_id is not None
                reply = turn.perform(UseItemInFight(command.item_id, stream))
                return actions.UseItem({name: reply[name] for name in LOGGED_OF_ITEMS})
        return actions.Pass()

    def _expired(
        self, turn: TurnContext, fight: CombatSessionDTO, *, in_reply: bool = False
    ) -> Transition:
        """The deadline expired. `in_reply`: a command noticed; its reply has `"expired": true`."""
        change = self._engine.expire(fight, self._hero(turn), _moment(turn), in_reply=in_reply)
        return self._fought(turn, fight, change, expired=in_reply)

    def _fought(
        self, turn: TurnContext, before: CombatSessionDTO, change: Change, *, expired: bool = False
    ) -> Transition:
        effects = _consequences(turn, change)
        reply = self._seen(turn, change, before.told_to)
        if expired:
            reply = {**reply, "expired": True}
        events = self._events(turn, change)
        return Transition(reply, change.session, change.touched, effects, change.backup, events)

    def _events(self, turn: TurnContext, change: Change) -> tuple[Event, ...]:
        """The event of a fight that is over, for the service that gives loot and experience."""
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

    def _seen(self, turn: TurnContext, change: Change, told_to: int = 1) -> ReplyBody:
        """The view after a change, with the entries that were in no reply yet."""
        hp: Vital = {"cur": change.hero_hp, "max": turn.state.core.vitals[HP]["max"]}
        session = change.session
        return self._view(turn, session, hp, self._formatter.latest(session, told_to))

    def _view(
        self, turn: TurnContext, session: CombatSessionDTO, hp: Vital, log: Sequence[LogEntry]
    ) -> ReplyBody:
        loaded = turn.state.sessions.get(COMBAT)
        session_id = "" if loaded is None else loaded.session_id
        return self._formatter.view(session_id, session, turn.state.core.bio.name, hp, log)

    def _new_view(self, turn: TurnContext, change: Change) -> Callable[[CharacterState], ReplyBody]:
        seen = self._seen(turn, change)
        return lambda state: {**seen, "session_id": state.sessions[COMBAT].session_id}


def _place(turn: TurnContext) -> str:
    return turn.state.core.location.current


def _running(session: Session) -> CombatSessionDTO:
    """The fight. Raises: NoFightError."""
    if session is None or session.over:
        raise NoFightError
    return session


def _shown(session: Session) -> CombatSessionDTO:
    """The fight, or the last one if its end was not seen yet. Raises: NoFightError."""
    if session is None or not session.shown:
        raise NoFightError
    return session


def _is_late(fight: CombatSessionDTO, now_s: float) -> bool:
    return fight.deadline_s is not None and fight.deadline_s <= now_s


def _saved(turn: TurnContext) -> bool:
    """Whether Postgres has all of the fight so far."""
    return not turn.state.sessions[COMBAT].dirty


def _moment(turn: TurnContext) -> Moment:
    return Moment(turn.now_s, _saved(turn))


def _consequences(turn: TurnContext, change: Change) -> tuple[Effect, ...]:
    """The effects of the fight on the core and on the scenario."""
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
