"""What is around combat in its tests: a scenario as far as fights go, and both stores as far as
combat's sessions go, kept by what the module says."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import frozen

from gamestate.contract.effects import EnterState, FightEnded, StartFight
from gamestate.contract.module import SessionModule, Snapshot
from gamestate.contract.state import Session
from gamestate.contract.turn import EffectRoute, Route, Transition, TurnContext
from gamestate.game.character.turn import Turn
from persistence.records import DocumentSection, StoredDocument


@frozen
class Ambush:
    """`scenario.ambush`: a node with a fight in it is entered."""

    monster: str
    count: int = 1
    seed: int = 1
    again: bool = False


@frozen
class Tale:
    """What the scenario was told: outcomes, in order; `again`: it starts the fight once more."""

    told: tuple[str, ...]
    again: StartFight | None = None


class ScenarioStub(SessionModule):
    """A scenario as far as fights go."""

    name = "scenario"
    next_states = ("exploration", "combat")

    def __init__(self) -> None:
        self.routes = {"ambush": Route(Ambush, self._ambush, needs_session=False)}
        self.effects = {FightEnded: EffectRoute(self._fight_ended)}

    def _ambush(self, turn: TurnContext, session: Tale | None, command: Ambush) -> Transition:
        fight = StartFight(((command.monster, command.count),), command.seed, "scenario")
        tale = Tale((), fight if command.again else None)
        return Transition({}, tale, ("tale",), (EnterState("scenario"), fight))

    def _fight_ended(self, turn: TurnContext, session: Tale, effect: FightEnded) -> Transition:
        tale = Tale((*session.told, effect.outcome))
        effects = () if session.again is None else (session.again,)
        return Transition({}, tale, ("tale",), effects)


class Stores:
    """Both stores, kept by what a turn and a backup say of combat.

    Attributes:
        hot: session id to its fields in Redis.
        cold: session id to its document in Postgres, and whether it is live.
        log: session id to the entries of its log in Postgres, by number.
    """

    def __init__(self, combat: SessionModule) -> None:
        self.hot: dict[str, dict[str, bytes]] = {}
        self.cold: dict[str, tuple[bytes, bool]] = {}
        self.log: dict[str, dict[int, bytes]] = {}
        self._combat = combat
        self._unsaved: set[str] | None = set()

    def commit(self, before: Session | None, after: Session | None, touched: Any) -> None:
        """What one turn did to combat's session."""
        if before is not None and (after is None or after.session_id != before.session_id):
            del self.hot[before.session_id]
        if after is None:
            return
        if before is None or after.session_id != before.session_id:
            self.hot[after.session_id] = dict(self._combat.save_session(after.data, None).put)
            self._unsaved = None
            return
        parts = self._combat.save_session(after.data, touched)
        kept = self.hot[after.session_id]
        left = {name: raw for name, raw in kept.items() if name not in parts.drop}
        self.hot[after.session_id] = {**left, **parts.put}
        if self._unsaved is not None:
            self._unsaved |= set(touched)

    def backup(self, session: Session) -> None:
        """Postgres gets what it lacks."""
        section = self._combat.backup_session(session.session_id, session.data, self._unsaved)
        assert isinstance(section, DocumentSection)
        for one in (*section.earlier, section):
            self._write(one)
        self._unsaved = set()

    def release(self, session: Session) -> None:
        """A session that is not kept leaves Redis."""
        del self.hot[session.session_id]

    def forget_what_is_saved(self) -> None:
        """As after a restart: everything is taken for unsaved."""
        self._unsaved = None

    def restored(self, session_id: str, schema: int) -> Any:
        """The session from Redis."""
        return self._combat.restore_session(self.hot[session_id], schema)

    @property
    def live(self) -> str:
        """The id of the live session in Postgres."""
        return next(key for key, (_, is_live) in self.cold.items() if is_live)

    def loaded(self) -> Any:
        """The live session from Postgres, if there is one."""
        live = [(key, data) for key, (data, is_live) in self.cold.items() if is_live]
        assert len(live) <= 1
        document = StoredDocument(*live[0]) if live else None
        return self._combat.load_session(Snapshot(1, document=document))

    def _write(self, section: DocumentSection) -> None:
        assert section.session_id is not None
        self.cold = {key: (data, False) for key, (data, _) in self.cold.items()}
        self.cold[section.session_id] = (section.data, section.live)
        log = self.log.setdefault(section.session_id, {})
        for number, record in section.appended:
            assert log.setdefault(number, record) == record, "an entry changed"


def touched_of(turn: Turn) -> Collection[str]:
    """What the turn says it touched of combat."""
    return turn.touched.get("combat", ())
