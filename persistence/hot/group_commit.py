"""Group commit: the turns that arrive while one commit is in flight share the next one.

One script call carries up to MAX_TURNS turns of many characters, so that a turn costs a share of a
round trip. Calls go one after another: a second one in flight was measured not to help, and one at
a time keeps the order of a character's versions obvious.

While Redis is down (see `StoreHealth`) the same queue is written to Postgres, one transaction a
batch. The switch loses and reorders nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Final, Protocol

import trio
from attrs import evolve

from persistence.cold.store import BackupStore
from persistence.errors import (
    BacklogFullError,
    BadRecordError,
    FencedOutError,
    HotStoreUnavailableError,
    InvariantError,
    PersistenceError,
    StoreUnavailableError,
)
from persistence.health import StoreHealth
from persistence.hot.store import CommitStore
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import (
    Backup,
    Commit,
    CommitStatus,
    Durability,
    EventRecord,
    SaveStatus,
)

MAX_TURNS: Final = 512
MAX_BYTES: Final = 1 << 20
"""The bounds of one script call, so that Redis is never blocked for long."""

SMALL_BATCH: Final = 64
"""A longer queue goes in two halves: the senders of the first are answered, and prepare the next
call, while Redis works on the second."""

MAX_BACKLOG: Final = 50_000
"""Turns that may wait; more are refused."""


class Committer(Protocol):
    """The sender of a commit: receives its outcome once, and supplies the whole state on demand."""

    def landed(self, commit: Commit, durability: Durability) -> None:
        """The turn is safe in 'redis' or 'postgres'."""

    def failed(self, commit: Commit, error: PersistenceError) -> None:
        """FencedOutError: the turn was refused. BadRecordError: Postgres refused it, and its
        record is in quarantine. Any other error: its outcome is unknown."""

    def full_commit(self, commit: Commit) -> Commit | None:
        """The whole state, at this commit's version or later; None if it is inactive by now."""

    def backup(self) -> Backup:
        """The whole unsaved state for Postgres, the latest turn included."""


Waiting = tuple[Commit, Committer]


class GroupCommit:
    """The queue of turns and the one task that writes them.

    Attributes:
        taken: how many turns have left the queue since the start.
    """

    def __init__(
        self,
        hot: CommitStore,
        cold: BackupStore,
        health: StoreHealth,
        observer: StoreObserver,
        invariants: Invariants,
    ) -> None:
        self._hot = hot
        self._cold = cold
        self._health = health
        self._observer = observer
        self._invariants = invariants
        self._queue: deque[Waiting] = deque()
        self._idle: trio.lowlevel.Task | None = None
        self.taken = 0

    def __len__(self) -> int:
        return len(self._queue)

    def submit(self, commit: Commit, committer: Committer) -> None:
        """Queue a turn. Outcomes reach `committer` in the order of submission.

        Raises: BacklogFullError: nothing was queued.
        """
        if len(self._queue) >= MAX_BACKLOG:
            raise BacklogFullError(len(self._queue))
        self._queue.append((commit, committer))
        if self._idle is not None:
            trio.lowlevel.reschedule(self._idle)
            self._idle = None

    async def run(self) -> None:
        """Run until cancelled. The first turn waits until every task that can run has run, so that
        turns sent together are committed together."""
        while True:
            if not self._queue:
                await self._wait_for_work()
            await self._write(self._take())

    async def _wait_for_work(self) -> None:
        self._idle = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self._idle = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def _take(self) -> list[Waiting]:
        """The next batch: at least one turn, within the bounds."""
        queue = self._queue
        batch = [queue.popleft()]
        size_bytes = batch[0][0].size_bytes
        most = min(MAX_TURNS, max(SMALL_BATCH, (len(queue) + 1) // 2))
        while queue and len(batch) < most:
            size_bytes += queue[0][0].size_bytes
            if size_bytes > MAX_BYTES:
                break
            batch.append(queue.popleft())
        self.taken += len(batch)
        return batch

    async def _write(self, batch: list[Waiting]) -> None:
        started = perf_counter()
        if self._health.redis_up:
            try:
                statuses = await self._hot.commit([commit for commit, _ in batch])
            except HotStoreUnavailableError:
                pass  # the batch goes to Postgres
            else:
                self._observer.committed(len(batch), perf_counter() - started)
                self._apply_statuses(batch, statuses)
                return
        await self._fall_back(batch)
        self._observer.committed(len(batch), perf_counter() - started)

    def _apply_statuses(self, batch: Sequence[Waiting], statuses: Sequence[CommitStatus]) -> None:
        """Settle each turn by its status. Without one status for each turn all of them fail."""
        if statuses.count(CommitStatus.OK) == len(statuses) == len(batch):
            for commit, committer in batch:
                committer.landed(commit, "redis")
            return
        try:
            results = self._invariants.pairs("commits in Redis", batch, statuses)
        except InvariantError as error:
            self._fail(batch, error)
            return
        lost: dict[int, list[Waiting]] = {}
        for (commit, committer), status in results:
            if status is CommitStatus.OK:
                committer.landed(commit, "redis")
            elif status is CommitStatus.FENCED:
                self._observer.fenced("redis")
                committer.failed(commit, FencedOutError(commit.char_id, commit.epoch, "redis"))
            else:
                lost.setdefault(commit.char_id, []).append((commit, committer))
        for turns in lost.values():
            self._queue.extendleft(reversed(self._resend_as_full(turns)))

    def _resend_as_full(self, turns: list[Waiting]) -> list[Waiting]:
        """Redis lacks the version before: send the first turn again with the whole state and the
        events of all turns, and the others unchanged, which Redis then answers with OK. An inactive
        character sends nothing: its turns fail."""
        commit, committer = turns[0]
        full = committer.full_commit(commit)
        if full is not None:
            behind = [turn for turn in self._queue if turn[0].char_id == commit.char_id]
            whole = evolve(full, events=_events([*turns, *behind]))
            return [(whole, committer), *turns[1:]]
        self._fail(turns, HotStoreUnavailableError("it lost the character"))
        return []

    async def _fall_back(self, batch: Sequence[Waiting]) -> None:
        """Write the batch to Postgres: one backup a character covers all its turns."""
        committers = {commit.char_id: committer for commit, committer in batch}
        try:
            backups = _backups(batch, committers.values())
            for char_id, backup in zip(committers, backups, strict=True):
                found = backup.character.char_id
                self._invariants.same_character(char_id, found, "backup instead of a commit")
            statuses = await self._cold.save(backups)
            results = dict(self._invariants.pairs("commits in Postgres", committers, statuses))
        except BadRecordError as error:
            await self._fall_back_without(error, batch)
        except (InvariantError, StoreUnavailableError) as error:
            self._fail(batch, error)
        else:
            self._observer.commit_fell_back(len(batch))
            self._settle_fallback(batch, results)

    async def _fall_back_without(self, error: BadRecordError, batch: Sequence[Waiting]) -> None:
        """Quarantine the bad record and save the others. One that Postgres did not name is found
        by halving the batch."""
        characters = list(dict.fromkeys(commit.char_id for commit, _ in batch))
        half = {error.char_id} & {*characters} or {*characters[: (len(characters) + 1) // 2]}
        bad = [entry for entry in batch if entry[0].char_id in half]
        rest = [entry for entry in batch if entry[0].char_id not in half]
        if error.char_id in half or len(characters) == 1:
            await self._quarantine(bad, error)
        else:
            await self._fall_back(bad)
        if rest:
            await self._fall_back(rest)

    async def _quarantine(self, turns: Sequence[Waiting], error: BadRecordError) -> None:
        """Keep the record Postgres refused; the turns, which no store has, fail."""
        char_id = turns[0][0].char_id
        self._observer.quarantined(char_id, error.reason)
        with suppress(StoreUnavailableError):
            await self._cold.quarantine(char_id, "commit", error.reason, error.record)
        self._fail(turns, error)

    def _settle_fallback(self, batch: Sequence[Waiting], statuses: dict[int, SaveStatus]) -> None:
        for commit, committer in batch:
            if statuses[commit.char_id] is SaveStatus.FENCED:
                self._observer.fenced("postgres")
                committer.failed(commit, FencedOutError(commit.char_id, commit.epoch, "postgres"))
            else:
                committer.landed(commit, "postgres")

    def _fail(self, batch: Sequence[Waiting], error: PersistenceError) -> None:
        for commit, committer in batch:
            committer.failed(commit, error)


def _backups(batch: Sequence[Waiting], committers: Iterable[Committer]) -> list[Backup]:
    """The backup of each character, with the events of its turns for the outbox."""
    backups = [committer.backup() for committer in committers]
    events = _events(batch)
    if not events:
        return backups
    return [_with_its_own(backup, events) for backup in backups]


def _with_its_own(backup: Backup, events: Sequence[EventRecord]) -> Backup:
    char_id = backup.character.char_id
    return evolve(backup, events=tuple(each for each in events if each.char_id == char_id))


def _events(turns: Iterable[Waiting]) -> tuple[EventRecord, ...]:
    return tuple(event for commit, _ in turns for event in commit.events)
