"""From a state to what the stores get of it: a commit for Redis, a backup for Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import orjson

from gamestate.contract.module import Parts, SessionModule
from gamestate.contract.state import SESSIONS, CharacterState, Session
from gamestate.contract.turn import CORE, Event
from gamestate.game.character.sessions import is_another
from gamestate.game.stored.backup import backup_of
from gamestate.game.stored.codec import (
    CORE_FIELDS,
    encode_core,
    encode_metadata,
    encode_pointers,
    encode_schema,
)
from persistence.hot import keys
from persistence.invariants import CHARACTER, Invariants
from persistence.records import Backup, Commit, EventRecord, SessionDelta


class CommitBuilder:
    """Makes the commits and backups of this server: `owner` is its id, `modules` its session
    modules."""

    def __init__(
        self, owner: str, modules: Mapping[str, SessionModule], invariants: Invariants
    ) -> None:
        self._owner = owner
        self._modules = modules
        self._invariants = invariants

    def delta(
        self,
        before: CharacterState,
        after: CharacterState,
        touched: Mapping[str, Collection[str]],
        receipt: bytes,
        events: Sequence[tuple[str, Event]] = (),
    ) -> Commit:
        """What one turn changed. `touched`: module (or `core`) to the parts that changed. `events`:
        each with the module it is of.

        Raises: InvariantError: the states are not one turn apart, or not of one activation."""
        if after.version != before.version + 1:
            self._invariants.next_version(before.version, after.version)
        if after.char_id != before.char_id or after.epoch != before.epoch:
            raise self._invariants.broken(CHARACTER, f"a turn made {_who(after)} of {_who(before)}")
        core: list[bytes] = []
        sessions: list[SessionDelta] = []
        for module, parts in touched.items():
            if module == CORE:
                core += encode_core(after.core, parts)
            else:
                self._session_delta(module, before, after, parts, core, sessions)
        return Commit(
            after.char_id,
            after.epoch,
            after.version,
            self._owner,
            tuple(core),
            tuple(sessions),
            receipt,
            size_bytes=_size(core, sessions) + len(receipt) if sessions else 512,
            events=_records(after, events) if events else (),
        )

    def full(self, state: CharacterState, receipts: Sequence[bytes], *, dirty: bool) -> Commit:
        """The whole state."""
        core = [*encode_schema(), *encode_core(state.core, CORE_FIELDS)]
        core += encode_pointers(self._pointers(), state.sessions)
        sessions = [self._whole(state.char_id, *entry) for entry in state.sessions.items()]
        return Commit(
            state.char_id,
            state.epoch,
            state.version,
            self._owner,
            tuple(core),
            tuple(sessions),
            receipts=tuple(receipts),
            full=True,
            dirty=dirty,
            size_bytes=_size([*core, *receipts], sessions),
        )

    def backup(
        self,
        state: CharacterState,
        parts: Mapping[str, Collection[str] | None],
        receipts: bytes,
        saved_version: int,
    ) -> Backup:
        """What Postgres gets: see `backup_of`. `saved_version`: the one it was seen to have.

        Raises: InvariantError: the state is older than that."""
        self._invariants.not_older(saved_version, state.version)
        return backup_of(state, parts, receipts, self._owner, self._modules)

    def _session_delta(
        self,
        module: str,
        before: CharacterState,
        after: CharacterState,
        parts: Collection[str],
        core: list[bytes],
        sessions: list[SessionDelta],
    ) -> None:
        """One module's change: its parts, or its session's appearing, going, or taking the place of
        another."""
        old, new = before.sessions.get(module), after.sessions.get(module)
        if not is_another(old, new):
            if new is not None:
                encoded = self._modules[module].save_session(new.data, parts)
                sessions.append(_delta(after.char_id, module, new, encoded))
            return
        core += encode_pointers((module,), after.sessions)
        if new is not None:
            sessions.append(self._whole(after.char_id, module, new))
        if old is not None:
            key = keys.session(module, old.session_id)
            sessions.append(SessionDelta(key, delete=True))

    def _whole(self, char_id: int, module: str, session: Session) -> SessionDelta:
        encoded = self._modules[module].save_session(session.data, None)
        return _delta(char_id, module, session, encoded, full=True)

    def _pointers(self) -> list[str]:
        return [*SESSIONS, *(name for name in self._modules if name not in SESSIONS)]


def _who(state: CharacterState) -> str:
    return f"character {state.char_id} at epoch {state.epoch}"


def _size(values: Sequence[bytes], sessions: Sequence[SessionDelta]) -> int:
    return sum(map(len, values)) + sum(sum(map(len, delta.put)) for delta in sessions)


def _records(after: CharacterState, events: Sequence[tuple[str, Event]]) -> tuple[EventRecord, ...]:
    """An epoch has one writer, so epoch, version and number name an event for good."""
    turn = f"{after.char_id}-{after.epoch}-{after.version}"
    return tuple(
        EventRecord(
            f"{turn}-{number}", after.char_id, f"{module}.{event.name}", orjson.dumps(event.facts)
        )
        for number, (module, event) in enumerate(events, start=1)
    )


def _delta(
    char_id: int, module: str, session: Session, parts: Parts, *, full: bool = False
) -> SessionDelta:
    put = [b"metadata", encode_metadata(char_id, session, dirty=session.dirty)]
    for name, value in parts.put.items():
        put += (name.encode(), value)
    return SessionDelta(
        keys.session(module, session.session_id),
        tuple(put),
        tuple(name.encode() for name in parts.drop),
        full=full,
        dirty=session.dirty,
    )
