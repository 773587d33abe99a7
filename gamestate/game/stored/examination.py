"""Examiner: would this character load? Reads both stores as a restore does, and claims nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from gamestate.contract.module import SessionModule, Snapshot
from gamestate.contract.turn import CORE
from gamestate.game.stored.reading import read_cold, read_hot, restores_from_redis
from gamestate.game.stored.snapshots import encode_snapshot, snapshots_of
from gamestate.game.stored.upcasting import UnreadableError, loaded
from persistence.cold.store import ColdStore
from persistence.errors import BadRecordError
from persistence.hot.store import HotClaimStore
from persistence.quarantine_record import quarantine_record
from persistence.records import CharacterRow, HotState


@frozen
class Problem:
    """Why something of a character can't be read. `module`: `core`, or the module whose session it
    is in."""

    char_id: int
    module: str
    reason: str


@frozen
class Examination:
    """What both stores have of one character, and its problems.

    Attributes:
        hot, row: as they were read; None: not stored, or (`hot`) not even readable as a hash.
        in_redis, in_postgres: the problems of each copy as a whole; both may be empty.
        missing_sessions: the problems in Postgres of sessions that Redis does not have.
        record: the bytes found, for the quarantine.
    """

    char_id: int
    hot: HotState | None
    row: CharacterRow | None
    in_redis: Sequence[Problem]
    in_postgres: Sequence[Problem]
    missing_sessions: Sequence[Problem]
    record: bytes

    @property
    def from_redis(self) -> bool:
        """Whether a restore would take Redis' copy."""
        unreadable_hash = self.hot is None and bool(self.in_redis)
        return unreadable_hash or restores_from_redis(self.hot, self.row)

    @property
    def problems(self) -> Sequence[Problem]:
        """Why a restore would fail, or the later load of a session; empty: neither would."""
        if self.from_redis:
            return [*self.in_redis, *self.missing_sessions]
        return self.in_postgres


@frozen
class Examiner:
    """Looks at characters without claiming them."""

    _hot: HotClaimStore
    _cold: ColdStore
    _modules: Mapping[str, SessionModule]

    async def examine(self, char_id: int) -> Examination:
        """Read all that both stores have of a character. Raises: StoreUnavailableError."""
        hot, in_redis, record = await self._in_redis(char_id)
        (row,) = await self._cold.read([char_id])
        stored = {
            name: (await snapshots_of(self._cold, module, [char_id]))[char_id]
            for name, module in self._modules.items()
        }
        sessions = [
            problem
            for name, snapshot in stored.items()
            for problem in session_problems(self._modules[name], snapshot)
        ]
        in_postgres = [*core_problems(row), *sessions] if row is not None else []
        there = () if hot is None else hot.sessions
        missing = [each for each in sessions if each.module not in there]
        encoded = {name: encode_snapshot(snapshot) for name, snapshot in stored.items()}
        record = record or quarantine_record(hot, row, encoded)
        return Examination(char_id, hot, row, in_redis, in_postgres, missing, record)

    async def _in_redis(self, char_id: int) -> tuple[HotState | None, list[Problem], bytes]:
        try:
            (hot,) = await self._hot.read([char_id])
        except BadRecordError as error:
            return None, [Problem(char_id, CORE, error.reason)], error.record
        if hot is None or not hot.version:
            return hot, [], b""
        try:
            read_hot(hot, self._modules)
        except UnreadableError as error:
            return hot, [Problem(char_id, _module_of(error), str(error))], b""
        return hot, [], b""


def core_problems(row: CharacterRow) -> Iterator[Problem]:
    """The problem of a core in Postgres, if it has one."""
    try:
        read_cold(row)
    except UnreadableError as error:
        yield Problem(row.char_id, CORE, str(error))


def session_problems(module: SessionModule, snapshot: Snapshot) -> Iterator[Problem]:
    """The problem of what Postgres has of a session, if it has one."""
    try:
        loaded(module, snapshot)
    except UnreadableError as error:
        yield Problem(snapshot.char_id, module.name, str(error))


def _module_of(error: UnreadableError) -> str:
    return str(error).split(":", 1)[0].split(",", 1)[0]
