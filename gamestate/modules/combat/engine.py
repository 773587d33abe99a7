"""The rules of combat, on frozen DTOs: no clock, no randomness of its own, no I/O."""

from __future__ import annotations

from attrs import evolve, frozen

from gamestate.contract.effects import DEFEAT, ENDED
from gamestate.modules.combat.actions import Action, Attack, Defend
from gamestate.modules.combat.damage import hit_points
from gamestate.modules.combat.draft import Change, Draft
from gamestate.modules.combat.dto import HERO, MONSTERS, CombatSessionDTO, Fighter, PastFight
from gamestate.modules.combat.lineup import Horde, initiatives, monsters_of
from gamestate.modules.combat.parts import all_parts
from gamestate.modules.combat.policy import Policy
from gamestate.modules.combat.refusals import (
    NoTargetError,
    TargetDeadError,
    TooManyMonstersError,
)
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.settings import DEFEND, CombatSettings
from gamestate.modules.combat.stream import CountedStream
from gamestate.modules.combat.turns import BEFORE_THE_FIRST, Turns


@frozen
class Moment:
    """When a turn is. `now_s`: Unix time in seconds. `saved`: Postgres has all of the session."""

    now_s: float
    saved: bool = False


@frozen(kw_only=True)
class Challenge:
    """What a fight begins with.

    Attributes:
        horde: the monsters.
        seed: of every roll.
        came_from: the state the character returns to.
        awaited: a scenario waits for the outcome.
        in_reply: the player gets the beginning of the log in the reply.
        past: finished fights that are not in Postgres.
    """

    horde: Horde
    seed: int
    came_from: str
    awaited: bool = False
    in_reply: bool = True
    past: tuple[PastFight, ...] = ()


class CombatEngine:
    """Fights by one set of rules.

    Every method takes a session and the character at this moment. It returns both as they are after
    the turn and the monsters' turns up to the character's next one, or raises a RefusedError.
    """

    def __init__(self, rules: Rules, policy: Policy, settings: CombatSettings) -> None:
        self._rules = rules
        self._settings = settings
        self._turns = Turns(rules, policy, settings.max_rounds)

    def start(self, challenge: Challenge, hero: Fighter, moment: Moment) -> Change:
        """A new fight, up to the first turn of the character, which is alive. It may be over by
        then.

        Raises:
            TooManyMonstersError.
        """
        asked, most = sum(count for _, count in challenge.horde), self._settings.max_monsters
        if asked > most:
            raise TooManyMonstersError(asked, most)
        draft = self._lined_up(challenge, hero)
        self._turns.play_on(draft)
        change = self._finished(draft, moment)
        return evolve(change, touched=all_parts(change.session), backup=True)

    def act(
        self, session: CombatSessionDTO, hero: Fighter, action: Action, moment: Moment
    ) -> Change:
        """The character's turn, which it is.

        A character that something outside the fight killed is defeated, and does nothing.

        Raises:
            NoTargetError, TargetDeadError.
        """
        draft = Draft(session, hero)
        draft.expired, draft.left, draft.in_reply = 0, False, True
        if isinstance(action, Attack):
            _require_target(draft, action.target)
        if hero.up:
            self._turns.take(draft, HERO, action)
        self._turns.play_on(draft)
        return self._finished(draft, moment)

    def expire(
        self, session: CombatSessionDTO, hero: Fighter, moment: Moment, *, in_reply: bool = False
    ) -> Change:
        """The deadline of the character's turn expired; if it was logged out meanwhile, those of
        the turns it would have had since, too. In each turn it defends; after `offline_turns` of
        them the fight is resolved. `in_reply`: the player gets the result in a reply."""
        draft = Draft(session, hero)
        draft.left, draft.in_reply = False, in_reply
        for _ in range(self._missed(session, moment.now_s)):
            if not draft.over:
                self._miss_turn(draft)
        draft.unseen = draft.over and not in_reply
        return self._finished(draft, moment)

    def leave(self, session: CombatSessionDTO) -> CombatSessionDTO:
        """The character logs out and stays in the fight."""
        return evolve(session, left=True)

    def end(self, session: CombatSessionDTO, hero: Fighter, moment: Moment) -> Change:
        """An operator ends the fight, without a winner."""
        draft = Draft(session, hero)
        _resolve(draft, ENDED)
        return self._finished(draft, moment)

    def default_target(self, session: CombatSessionDTO) -> str:
        """The target of an attack that names none: the first monster that is still up."""
        return next(one.id for one in session.monsters if one.up)

    # ------------------------------------------------------------------ absence

    def _missed(self, session: CombatSessionDTO, now_s: float) -> int:
        """How many turns of the character expired. If it was not logged out, only one: no fight is
        lost because a server was down."""
        turn_s = self._settings.turn_deadline_s
        if not session.left or session.deadline_s is None or not turn_s:
            return 1
        later = int(max(0.0, now_s - session.deadline_s) / turn_s)
        return min(1 + later, self._settings.max_rounds)

    def _miss_turn(self, draft: Draft) -> None:
        draft.expired += 1
        settings, hero = self._settings, draft.fighter(HERO)
        lingers = draft.expired < settings.offline_turns or settings.offline_outcome == DEFEND
        draft.note(HERO, "expire", "lingers" if lingers else "absent", turns=draft.expired)
        if hero.up and lingers:
            self._turns.take(draft, HERO, Defend())
        elif hero.up:
            _resolve(draft, settings.offline_outcome)
        self._turns.play_on(draft)

    # ------------------------------------------------------------------ beginning and end

    def _lined_up(self, challenge: Challenge, hero: Fighter) -> Draft:
        stream = CountedStream(challenge.seed)
        monsters = monsters_of(challenge.horde, self._rules, stream)
        rolls = initiatives((hero, *monsters), stream)
        session = CombatSessionDTO(
            came_from=challenge.came_from,
            awaited=challenge.awaited,
            seed=challenge.seed,
            drawn=stream.drawn,
            order=tuple(one.fighter.id for one in rolls),
            round=1,
            turn=BEFORE_THE_FIRST,
            outcome=None,
            deadline_s=None,
            expired=0,
            log_next=1,
            saved_to=1,
            monsters=monsters,
            past=challenge.past,
        )
        draft = Draft(session, hero)
        draft.in_reply = challenge.in_reply
        participants = [
            {
                "id": one.fighter.id,
                "name": one.fighter.name,
                "side": one.fighter.side,
                "hp": hit_points(one.fighter),
                "initiative": one.roll.to_log(),
            }
            for one in rolls
        ]
        draft.note(None, "start", "started", participants=participants)
        return draft

    def _finished(self, draft: Draft, moment: Moment) -> Change:
        settings = self._settings
        if draft.outcome is not None:
            spoils = self._rules.spoils(draft.monsters, draft.outcome)
            draft.note(None, "end", draft.outcome, xp=spoils.xp, slain=dict(spoils.slain))
        turn_s = settings.turn_deadline_s
        deadline_s = moment.now_s + turn_s if turn_s else None
        change = draft.finish(deadline_s, settings.log_kept, saved=moment.saved)
        after = change.session
        unsaved = after.log_next - after.saved_to
        urgent = after.over or 2 * unsaved >= settings.log_kept
        return evolve(change, backup=urgent)


def _require_target(draft: Draft, target: str) -> None:
    living = [{"id": one.id, "name": one.name} for one in draft.standing(MONSTERS)]
    named = [one for one in draft.monsters if one.id == target]
    if any(one.hp == 0 for one in named):
        raise TargetDeadError(target, living)
    if not any(one.up for one in named):
        raise NoTargetError(target, living)


def _resolve(draft: Draft, outcome: str) -> None:
    draft.outcome = outcome
    if outcome == DEFEAT:
        draft.put(evolve(draft.fighter(HERO), hp=0))
