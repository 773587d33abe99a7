"""Write-behind: what Redis has and Postgres has not yet goes over in batches, oldest first.

A character is due `interval_s` after its first unsaved change, so the work is spread as the
changes were; a flush makes it due at once. What fails stays dirty. A batch with one bad record is
split until the record is found: that character is quarantined, the others are saved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from time import perf_counter
from typing import Final, Protocol

import trio

from actors.envelope import ReplySlot
from persistence.backup.awaited import AwaitedVersions
from persistence.cold.repository import ColdStore
from persistence.errors import (
    BadRecordError,
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    InvariantError,
    PersistenceError,
)
from persistence.health import StoreHealth
from persistence.hot.store import HotStore
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import Backup, CleanMark, ItemsSection, SaveStatus, Section, Version

BATCH: Final = 250
"""Characters per transaction."""

RETRY_S: Final = 0.5
"""How long after a failed transaction the next one is tried, seconds."""


class DirtyCharacter(Protocol):
    """Whose state is newer than Postgres."""

    @property
    def char_id(self) -> int:
        """Which character."""

    def backup(self) -> Backup:
        """Everything Postgres does not have yet, as of now. Raises: InvariantError."""

    def saved(self, backup: Backup) -> CleanMark | None:
        """Postgres has this backup. Returns the mark that cleans the hot store; None if there are
        newer changes already (the character then stays dirty)."""

    def fenced_by(self, store: str) -> None:
        """A newer activation owns the character: stop."""

    def unstorable(self, error: BadRecordError) -> None:
        """Postgres refuses this record whatever we do; it was put in quarantine."""

    def broken(self, error: InvariantError) -> None:
        """What it offered can't be, and was not written: stop."""


class BackupWorker:
    """The dirty set of this server, and the one task that empties it."""

    def __init__(
        self,
        hot: HotStore,
        cold: ColdStore,
        health: StoreHealth,
        observer: StoreObserver,
        interval_s: float,
    ) -> None:
        self._hot = hot
        self._cold = cold
        self._health = health
        self._observer = observer
        self._invariants = Invariants(observer)
        self._interval_s = interval_s
        self._dirty: dict[DirtyCharacter, float] = {}  # since when, oldest first
        self._urgent: dict[DirtyCharacter, None] = {}
        self._attempts: dict[DirtyCharacter, _Attempt] = {}
        self._awaited = AwaitedVersions()
        self._wanted = trio.Event()
        self._clock = trio.lowlevel.current_clock()

    def __len__(self) -> int:
        return len(self._dirty)

    def oldest_s(self) -> float:
        """The age of the oldest unsaved change, seconds. May be called on any thread."""
        now = self._clock.current_time()
        return max(0.0, now - next(iter(list(self._dirty.values())[:1]), now))

    def mark(self, character: DirtyCharacter) -> None:
        """The character has a change Postgres does not know."""
        if character not in self._dirty:
            self._dirty[character] = trio.current_time()

    def hurry(self, character: DirtyCharacter) -> None:
        """Save the character in the next batch, if it is dirty."""
        if character in self._dirty:
            self._urgent[character] = None
            self._wanted.set()

    def forget(self, character: DirtyCharacter) -> None:
        """The character is another's business now: it is not saved any more."""
        self._dirty.pop(character, None)
        self._urgent.pop(character, None)
        attempt = self._attempts.pop(character, None)
        if attempt is not None:
            attempt.over.set()
        self._awaited.failed(character, ColdStoreUnavailableError("it was not given this in time"))

    def await_version(self, character: DirtyCharacter, version: Version, slot: ReplySlot) -> None:
        """Settle `slot` when Postgres has this version of the character. All who wait share the
        next transactions, whoever's characters they are.

        `slot` fails with ColdStoreUnavailableError: not saved yet; the character stays dirty.
        BadRecordError: it was put in quarantine.
        """
        if character not in self._dirty:
            slot.resolve(None)
        elif self._health.postgres_up:
            self._awaited.add(character, version, slot)
            self.hurry(character)
        else:
            slot.fail(ColdStoreUnavailableError("it was seen to be down"))

    async def flush(self, character: DirtyCharacter) -> None:
        """Return when Postgres has everything of the character.

        Raises: ColdStoreUnavailableError, BadRecordError; the character stays dirty.
        """
        while character in self._dirty:
            attempt = self._attempts.setdefault(character, _Attempt())
            self.hurry(character)
            await attempt.over.wait()
            if attempt.error is not None:
                raise attempt.error

    async def run(self) -> None:
        """Save for ever."""
        while True:
            due = self._due()
            if due:
                await self._save_and_rest(due)
            else:
                await self._rest()

    def _due(self) -> list[DirtyCharacter]:
        """The next batch: the urgent ones, then those that waited their time. Who is hurried from
        now on is hurried for what this batch does not carry."""
        now = trio.current_time()
        due = dict.fromkeys(islice(self._urgent, BATCH))
        for character in due:
            del self._urgent[character]
        for character, since in self._dirty.items():
            if len(due) >= BATCH or since > now - self._interval_s:
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
        """Nothing is believed to be saved: all of it goes again."""
        self._observer.backup_failed(len(due), reason)
        self._conclude(due, error)
        self._awaited.all_failed(error)
        self._urgent.update((character, None) for character in due if character in self._dirty)
        await trio.sleep(RETRY_S)

    async def _save(self, due: Sequence[DirtyCharacter]) -> None:
        due, backups = self._backups(due)
        started = perf_counter()
        try:
            statuses = await self._cold.save(backups)
        except BadRecordError as error:
            await self._split(due, error)
            return
        self._invariants.as_many(backups, statuses, "backups")
        rows = sum(map(_rows, backups))
        self._observer.backed_up(len(due), rows, perf_counter() - started)
        marks = self._sort_out(due, backups, statuses)
        await self._clean(marks)
        self._conclude(due, None)

    def _backups(self, due: Sequence[DirtyCharacter]) -> tuple[list[DirtyCharacter], list[Backup]]:
        """What is to be saved of each. One that offers what can't be is dropped, not saved."""
        sound, backups = [], []
        for character in due:
            try:
                backup = character.backup()
                self._invariants.same_character(
                    character.char_id, backup.character.char_id, "backup"
                )
            except InvariantError as error:
                self._drop(character, error)
            else:
                sound.append(character)
                backups.append(backup)
        return sound, backups

    def _drop(self, character: DirtyCharacter, error: InvariantError) -> None:
        self._conclude([character], error)
        self.forget(character)
        character.broken(error)

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
        character.unstorable(error)
        self._conclude([character], error)

    def _sort_out(
        self,
        due: Sequence[DirtyCharacter],
        backups: Sequence[Backup],
        statuses: Sequence[SaveStatus],
    ) -> list[CleanMark]:
        marks = []
        for character, backup, status in zip(due, backups, statuses, strict=True):
            if status is SaveStatus.FENCED:
                self._observer.fenced("postgres")
                self.forget(character)
                character.fenced_by("postgres")
            else:
                marks.append(self._saved(character, backup))
                self._awaited.reached(character, backup.character.version)
        return [mark for mark in marks if mark is not None]

    def _saved(self, character: DirtyCharacter, backup: Backup) -> CleanMark | None:
        """What changed since the backup was taken keeps the character dirty, from now on; unless it
        was forgotten meanwhile."""
        if character not in self._dirty:
            return None
        del self._dirty[character]
        mark = character.saved(backup)
        if mark is None:
            self.mark(character)
        else:
            self._urgent.pop(character, None)
        return mark

    async def _clean(self, marks: Sequence[CleanMark]) -> None:
        if not marks or not self._health.redis_up:
            return  # the ids stay in dirty_accounts; the sweep after Redis' return finds them
        with suppress(HotStoreUnavailableError):
            await self._hot.mark_clean(marks)

    def _conclude(
        self, characters: Sequence[DirtyCharacter], error: PersistenceError | None
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
