"""QuarantineRepair: what an operator does about a character in quarantine: check again whether it
loads, or continue from one copy of it and drop the others.

To continue from a copy takes a new epoch in both stores first, so that no live owner overwrites it.
The whole copy is then saved to Postgres and the character deleted from Redis; the next login reads
Postgres. The dropped copies stay in the quarantine, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState
from gamestate.contract.turn import CORE
from gamestate.errors import OwnedElsewhereError, RefusedError, UnknownCharacterError
from gamestate.game.quarantine.gate import UNREADABLE
from gamestate.game.stored.backup import backup_of
from gamestate.game.stored.examination import Examination, Examiner, Problem
from gamestate.game.stored.reading import read_hot
from gamestate.game.stored.receipts import join_receipts
from gamestate.game.stored.upcasting import UnreadableError
from persistence.cold.store import ColdStore
from persistence.errors import BadRecordError
from persistence.hot.store import HotClaimStore
from persistence.quarantine_record import hot_state_of
from persistence.records import (
    LOGGED_OUT,
    UNOWNED,
    Backup,
    CharacterRow,
    ClaimRefused,
    ColdClaim,
    HotClaim,
    HotState,
    SaveStatus,
)

OPERATOR: Final = "operator"
"""The source of an entry with what an operator dropped."""
POSTGRES: Final = "postgres"
REDIS: Final = "redis"
RECORD: Final = "record"
COPIES: Final = (POSTGRES, REDIS, RECORD)

RESET_ATTEMPTS: Final = 5
"""How often the reset in Redis is tried, each time under a much higher epoch."""


class NoSuchCopyError(RefusedError):
    """There is no such copy, or it can't be read or saved either: choose another."""

    code = "no_such_copy"


@frozen
class Verdict:
    """What `retry` found. `problems`: why the character would not load now. `closed`: how many
    entries were closed."""

    problems: Sequence[Problem]
    closed: int


@frozen
class Plan:
    """To continue from one copy.

    Attributes:
        copy: 'postgres', 'redis' or 'record'.
        version: of that copy.
        newest: the newest version that either store was seen to have.
        chosen: what Redis had, if that is the copy.
    """

    examined: Examination
    row: CharacterRow
    copy: str
    version: int
    newest: int
    chosen: HotState | None = None

    @property
    def lost(self) -> int:
        """How many versions are dropped."""
        return self.newest - self.version


@frozen
class QuarantineRepair:
    """Works on the stores directly, whether or not a server runs."""

    _hot: HotClaimStore
    _cold: ColdStore
    _modules: Mapping[str, SessionModule]

    async def retry(self, char_id: int) -> Verdict:
        """Check whether the character would load and be saved now; close its entries if so.

        Raises: UnknownCharacterError, StoreUnavailableError.
        """
        examined, row = await self._examine(char_id)
        problems = list(examined.problems)
        holds = (await self._cold.held([char_id])).get(char_id, ())
        refused = any(hold.source not in UNREADABLE for hold in holds)
        if refused and not problems and examined.from_redis and examined.hot is not None:
            problems += await self._rehearse(examined.hot, row)
        if problems:
            return Verdict(problems, 0)
        closed = await self._cold.close_entries(char_id, "an operator checked again: it loads")
        return Verdict((), closed)

    async def plan(self, char_id: int, copy: str | None, entry_id: int | None) -> Plan:
        """The consequences of continuing from this copy; None: from the newest that loads.

        Raises: UnknownCharacterError, NoSuchCopyError, StoreUnavailableError.
        """
        examined, row = await self._examine(char_id)
        hot = examined.hot
        copy = copy or _best_copy(examined)
        newest = max(row.version, hot.version if hot is not None else 0)
        if copy == POSTGRES:
            _check_readable(examined.in_postgres, "Postgres' copy")
            return Plan(examined, row, copy, row.version, newest)
        chosen = await self._chosen(examined, copy, entry_id)
        self._backup(chosen, row)  # it can be read
        return Plan(examined, row, copy, chosen.version, max(newest, chosen.version), chosen)

    async def carry_out(self, plan: Plan) -> int:
        """Continue from the copy; the version the character has then.

        Raises: NoSuchCopyError: Postgres refuses the copy. OwnedElsewhereError: a server claims the
            character at this moment; plan again. StoreUnavailableError: carry it out again.
        """
        char_id, owner = plan.row.char_id, LOGGED_OUT if not plan.row.owner else UNOWNED
        reason = f"dropped to continue from {plan.copy}, version {plan.version}"
        await self._cold.quarantine(char_id, OPERATOR, reason, plan.examined.record)
        row = await self._claim(plan, owner)
        version = row.version
        if plan.chosen is not None:
            chosen = await self._latest(plan, row, owner)
            version = await self._save(chosen, evolve(row, version=plan.newest))
            row = await self._claim(plan, owner)
        await self._reset_redis(row, owner)
        await self._cold.close_entries(char_id, f"an operator continued from {plan.copy}")
        return version

    async def _examine(self, char_id: int) -> tuple[Examination, CharacterRow]:
        examined = await Examiner(self._hot, self._cold, self._modules).examine(char_id)
        if examined.row is None:
            raise UnknownCharacterError(char_id)
        return examined, examined.row

    # ------------------------------------------------------------------ the copy

    async def _chosen(self, examined: Examination, copy: str, entry_id: int | None) -> HotState:
        char_id = examined.char_id
        if copy == REDIS:
            _check_readable(examined.in_redis, "Redis' copy")
            if examined.hot is None or not examined.hot.version:
                raise NoSuchCopyError(f"Redis has no copy of character {char_id}")
            return examined.hot
        entry = await self._cold.entry(entry_id or 0)
        if entry is None:
            raise NoSuchCopyError(f"there is no record {entry_id} in the quarantine")
        try:
            return hot_state_of(char_id, entry.record)
        except BadRecordError as error:
            raise NoSuchCopyError(f"record {entry_id} can't be restored: {error.reason}") from error

    async def _latest(self, plan: Plan, row: CharacterRow, owner: str) -> HotState:
        """The chosen copy; Redis' as it is under the new epoch, which fences its owner."""
        assert plan.chosen is not None
        if plan.copy != REDIS:
            return plan.chosen
        (found,) = await self._hot.claim([HotClaim(row.char_id, row.epoch, owner)])
        if isinstance(found, ClaimRefused):
            raise OwnedElsewhereError(row.char_id, "another server, which has just claimed it")
        return found

    def _backup(self, hot: HotState, row: CharacterRow) -> Backup:
        """The whole of a copy, as the next version of a row. Raises: NoSuchCopyError."""
        try:
            found = read_hot(hot, self._modules)
        except UnreadableError as error:
            raise NoSuchCopyError(f"the copy can't be read: {error}") from error
        version = max(row.version, hot.version) + 1
        state = CharacterState(row.char_id, row.epoch, version, found.core, found.sessions)
        receipts = join_receipts(found.receipts)
        return backup_of(state, dict.fromkeys(state.sessions), receipts, row.owner, self._modules)

    async def _rehearse(self, hot: HotState, row: CharacterRow) -> list[Problem]:
        try:
            await self._cold.rehearse(self._backup(hot, row))
        except BadRecordError as error:
            return [Problem(row.char_id, CORE, f"Postgres refuses it: {error.reason}")]
        return []

    # ------------------------------------------------------------------ carry out

    async def _claim(self, plan: Plan, owner: str) -> CharacterRow:
        hot = plan.examined.hot
        at_least = 0 if hot is None else hot.epoch
        (row,) = await self._cold.claim([ColdClaim(plan.row.char_id, at_least, owner)])
        if row is None:
            raise UnknownCharacterError(plan.row.char_id)
        return row

    async def _save(self, hot: HotState, row: CharacterRow) -> int:
        backup = self._backup(hot, row)
        try:
            (status,) = await self._cold.save([backup])
        except BadRecordError as error:
            raise NoSuchCopyError(f"Postgres refuses this copy: {error.reason}") from error
        if status is not SaveStatus.SAVED:
            raise OwnedElsewhereError(row.char_id, "another server, which has just claimed it")
        return backup.character.version

    async def _reset_redis(self, row: CharacterRow, owner: str) -> None:
        """Leave only the stub of an unknown character. The epoch of a record that can't be read is
        unknown: try higher ones."""
        char_id, epoch = row.char_id, row.epoch
        for attempt in range(RESET_ATTEMPTS):
            if (await self._hot.reset([HotClaim(char_id, epoch, owner)]))[0]:
                return
            (above,) = await self._cold.claim([ColdClaim(char_id, epoch + 10**attempt, owner)])
            epoch = epoch if above is None else above.epoch
        raise OwnedElsewhereError(char_id, "another server, which has just claimed it")


def _check_readable(problems: Sequence[Problem], what: str) -> None:
    if problems:
        first = problems[0]
        raise NoSuchCopyError(f"{what} can't be read either: {first.module}: {first.reason}")


def _best_copy(examined: Examination) -> str:
    """The newest that loads."""
    redis_loads = examined.hot is not None and examined.hot.version and not examined.in_redis
    if redis_loads and (examined.from_redis or examined.in_postgres):
        return REDIS
    return POSTGRES
