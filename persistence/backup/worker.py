"""Write-behind: dirty characters are saved to Postgres in batches, oldest first.

A character is due `interval_s` after its first unsaved change, so the work is spread as the changes
were; a flush makes it due at once. After a failure it stays dirty. A batch with one bad record is
split until the record is found: that character is quarantined, the others are saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from time import perf_counter
from typing import Final, Protocol

import trio

from actors.envelope import ReplySlot
from persistence.backup.awaited import AwaitedVersions
from persistence.cold.store import BackupStore
from persistence.errors import (
    BadRecordError,
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    InvariantError,
    PersistenceError,
)
from persistence.health import StoreHealth
from persistence.hot.store import DirtyStore
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import Backup, CleanMark, ItemsSection, SaveStatus, Section, Version

CHARACTERS_PER_SAVE: Final = 250

RETRY_S: Final = 0.5
"""How long after a failed transaction the next one is tried, seconds."""


class DirtyCharacter(Protocol):
    """A character whose state is newer than Postgres. The worker calls these on the trio thread,
    one at a time; none may block."""

    @property
    def char_id(self) -> int:
        """Which character."""

    def backup(self) -> Backup:
        """Everything Postgres does not have yet, as of now. Raises: InvariantError."""

    def saved(self, backup: Backup) -> CleanMark | None:
        """Postgres has this backup: drop it from the backlog. The character may release what is
        clean now, and submit a commit for that; the worker does not wait for it.

        Returns: the mark that cleans the hot store; None if there are newer changes already, and
            the worker marks the character dirty again.
        """

    def fenced_by(self, store: str) -> None:
        """`store` has a newer epoch: deactivate. Called after the worker discarded it."""

    def on_record_rejected(self, error: BadRecordError) -> None:
        """Postgres refuses this record permanently; it is in quarantine: deactivate."""

    def on_invariant_violated(self, error: InvariantError) -> None:
        """The backup broke an invariant and was not written: deactivate."""


class BackupWorker:
    """The dirty set of this server, and the one task that saves it.

    A character is in the set from `mark_dirty` until Postgres has its latest version, it was
    quarantined or fenced, or `discard` removed it.
    """

    def __init__(
        self,
        hot: DirtyStore,
        cold: BackupStore,
        health: StoreHealth,
        observer: StoreObserver,
        invariants: Invariants,
        interval_s: float,
    ) -> None:
        self._hot = hot
        self._cold = cold
        self._health = health
        self._observer = observer
        self._invariants = invariants
        self._interval_s = interval_s
        self._dirty: dict[DirtyCharacter, float] = {}  # since when, oldest first
        self._urgent: dict[DirtyCharacter, None] = {}
        self._attempts: dict[DirtyCharacter, _Attempt] = {}
        self._awaited = AwaitedVersions()
        self._wanted = trio.Event()
        self._clock = trio.lowlevel.current_clock()

    def __len__(self) -> int:
        return len(self._dirty)

    @property
    def awaiting(self) -> int:
        """How many calls of `await_version` are not settled."""
        return len(self._awaited)

    def oldest_s(self) -> float:
        """The age of the oldest unsaved change, seconds. May be called on any thread."""
        now = self._clock.current_time()
        return max(0.0, now - next(iter(list(self._dirty.values())[:1]), now))

    def mark_dirty(self, character: DirtyCharacter) -> None:
        """The character has a change that Postgres lacks: save it within `interval_s`."""
        if character not in self._dirty:
            self._dirty[character] = trio.current_time()

    def request_flush(self, character: DirtyCharacter) -> None:
        """Save the character in the next batch, if it is dirty."""
        if character in self._dirty:
            self._urgent[character] = None
            self._wanted.set()

    def discard(self, character: DirtyCharacter) -> None:
        """Do not save the character any more: this server no longer owns it. Calls that wait for a
        version of it fail."""
        self._dirty.pop(character, None)
        self._urgent.pop(character, None)
        attempt = self._attempts.pop(character, None)
        if attempt is not None:
            attempt.over.set()
        self._awaited.failed(character, ColdStoreUnavailableError("it was not saved in time"))

    def await_version(self, character: DirtyCharacter, version: Version, slot: ReplySlot) -> None:
        """Request a flush, and settle `slot` when Postgres has this version of the character.

        `slot` fails with ColdStoreUnavailableError: not saved yet; the character stays dirty.
        BadRecordError: it was put in quarantine.
        """
        if character not in self._dirty:
            slot.resolve(None)
        elif self._health.postgres_up:
            self._awaited.add(character, version, slot)
            self.request_flush(character)
        else:
            slot.fail(ColdStoreUnavailableError("it is down"))

    async def flush(self, character: DirtyCharacter) -> None:
        """Request a flush, and return when the character is not dirty any more.

        Raises:
            ColdStoreUnavailableError: it stays dirty.
            BadRecordError, InvariantError: it was dropped, and the record is not saved.
        """
        while character in self._dirty:
            attempt = self._attempts.setdefault(character, _Attempt())
            self.request_flush(character)
            await attempt.over.wait()
            if attempt.error is not None:
                raise attempt.error

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            due = self._due()
            if due:
                await self._save_and_rest(due)
            else:
                await self._rest()

    def _due(self) -> list[DirtyCharacter]:
        """The next batch: the urgent characters, then those whose interval is over. A flush that
        is requested from now on concerns changes after this batch."""
        now = trio.current_time()
        due = dict.fromkeys(islice(self._urgent, CHARACTERS_PER_SAVE))
        for character in due:
            del self._urgent[character]
        for character, since in self._dirty.items():
            if len(due) >= CHARACTERS_PER_SAVE or since > now - self._interval_s:
                break
            due[character] = None
        return list(due)

    async def _rest(self) -> None:
        self._wanted = trio.Event()
        oldest = next(iter(self._dirty.values()), trio.current_time())
        with trio.move_on_at(max(oldest + self._interval_s, trio.current_time() + 0.05)):
            await self._wanted.wait()

    async def _save_and_rest(self, due: Sequence[DirtyCharacter]) -> None:
        try:
            await self._save(due)
        except ColdStoreUnavailableError as error:
            await self._rest_after(due, error, error.reason)
        except InvariantError as error:
            await self._rest_after(due, error, error.detail)

    async def _rest_after(
        self, due: Sequence[DirtyCharacter], error: PersistenceError, reason: str
    ) -> None:
        """The transaction failed: all of it is tried again."""
        self._observer.backup_failed(len(due), reason)
        self._conclude(due, error)
        self._awaited.all_failed(error)
        self._urgent.update((character, None) for character in due if character in self._dirty)
        await trio.sleep(RETRY_S)

    async def _save(self, due: Sequence[DirtyCharacter]) -> None:
        backups = self._backups(due)
        started = perf_counter()
        try:
            statuses = await self._cold.save(list(backups.values()))
        except BadRecordError as error:
            await self._split(list(backups), error)
            return
        results = self._invariants.pairs("backups", backups.items(), statuses)
        rows = sum(map(_rows, backups.values()))
        self._observer.backed_up(len(backups), rows, perf_counter() - started)
        await self._clean(self._apply_statuses(results))
        self._conclude(backups, None)

    def _backups(self, due: Iterable[DirtyCharacter]) -> dict[DirtyCharacter, Backup]:
        """The backup of each character. One that breaks an invariant is dropped, not saved."""
        backups = {}
        for character in due:
            try:
                backup = character.backup()
                self._invariants.same_character(
                    character.char_id, backup.character.char_id, "backup"
                )
            except InvariantError as error:
                self._drop(character, error)
            else:
                backups[character] = backup
        return backups

    def _drop(self, character: DirtyCharacter, error: InvariantError) -> None:
        self._conclude([character], error)
        self.discard(character)
        character.on_invariant_violated(error)

    async def _split(self, due: Sequence[DirtyCharacter], error: BadRecordError) -> None:
        """Find the bad record: the named one alone, else by halves."""
        if len(due) == 1:
            await self._quarantine(due[0], error)
            return
        bad = [character for character in due if character.char_id == error.char_id]
        rest = [character for character in due if character.char_id != error.char_id]
        halves = (bad, rest) if bad else (due[: len(due) // 2], due[len(due) // 2 :])
        for half in halves:
            if half:
                await self._save(half)

    async def _quarantine(self, character: DirtyCharacter, error: BadRecordError) -> None:
        self._observer.quarantined(character.char_id, error.reason)
        await self._cold.quarantine(character.char_id, "backup", error.reason, error.record)
        self._dirty.pop(character, None)
        self._urgent.pop(character, None)
        self._awaited.failed(character, error)
        character.on_record_rejected(error)
        self._conclude([character], error)

    def _apply_statuses(
        self, results: Iterable[tuple[tuple[DirtyCharacter, Backup], SaveStatus]]
    ) -> list[CleanMark]:
        marks = []
        for (character, backup), status in results:
            if status is SaveStatus.FENCED:
                self._observer.fenced("postgres")
                self.discard(character)
                character.fenced_by("postgres")
            else:
                marks.append(self._saved(character, backup))
                self._awaited.reached(character, backup.character.version)
        return [mark for mark in marks if mark is not None]

    def _saved(self, character: DirtyCharacter, backup: Backup) -> CleanMark | None:
        """A change after the backup keeps the character dirty, from now on; nothing is done if it
        was discarded meanwhile."""
        if character not in self._dirty:
            return None
        del self._dirty[character]
        mark = character.saved(backup)
        if mark is None:
            self.mark_dirty(character)
        else:
            self._urgent.pop(character, None)
        return mark

    async def _clean(self, marks: Sequence[CleanMark]) -> None:
        if not marks or not self._health.redis_up:
            return  # the ids stay in dirty_accounts, and are handled when Redis recovers
        with suppress(HotStoreUnavailableError):
            await self._hot.mark_clean(marks)

    def _conclude(
        self, characters: Iterable[DirtyCharacter], error: PersistenceError | None
    ) -> None:
        for character in characters:
            attempt = self._attempts.pop(character, None)
            if attempt is not None:
                attempt.error = error
                attempt.over.set()


class _Attempt:
    """The next try to save one character, for those who wait for it."""

    __slots__ = ("error", "over")

    def __init__(self) -> None:
        self.over = trio.Event()
        self.error: PersistenceError | None = None


def _rows(backup: Backup) -> int:
    """How many rows a backup writes."""
    return 2 + sum(map(_rows_of, backup.sections.values()))


def _rows_of(section: Section) -> int:
    if isinstance(section, ItemsSection):
        return len(section.put) + len(section.drop) + (section.state is not None)
    return 1 + len(section.appended) + sum(map(_rows_of, section.earlier))
