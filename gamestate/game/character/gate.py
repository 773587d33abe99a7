"""The output gate: no reply leaves before everything it was computed from is committed.

An actor adopts the state of a turn as soon as its commit is queued, and handles the next message
on it. So a reply, also a read's or a refusal's, may rest on commits that are still in flight. They
land in the order they were made: a reply waits for the latest one made before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import trio

from actors.envelope import ReplySlot
from actors.errors import MailboxFullError
from persistence.errors import PersistenceError
from persistence.hot.group_commit import Committer
from persistence.records import Backup, Commit, Durability

Answer = Callable[[Durability], None]
"""Settles a reply that had to wait."""


class CommitQueue(Protocol):
    """Where commits go: see `GroupCommit`."""

    def submit(self, commit: Commit, committer: Committer) -> None:
        """Queue a commit. Raises: BacklogFullError: nothing was queued."""


class CommitSource(Protocol):
    """Whose commits pass the gate."""

    @property
    def char_id(self) -> int:
        """Which character."""

    def landed(self, durability: Durability) -> None:
        """A commit is safe in 'redis' or 'postgres'."""

    def failed(self, error: PersistenceError) -> Exception:
        """A commit was refused or its outcome is unknown. Returns what its senders get."""

    def full_commit(self) -> Commit | None:
        """The whole state as it is now; None if the activation ended."""

    def backup(self) -> Backup:
        """Everything that Postgres lacks, as of now."""

    def request_backup(self) -> None:
        """A turn that landed asks for a backup soon."""


class OutputGate:
    """The commits in flight of one character, and the replies that wait for them.

    `max_in_flight`: how many commits; twice as many replies may wait that are of no turn: a mailbox
    that was drained, and as many that arrive meanwhile.

    Attributes:
        durability: which store made the latest commit safe.
    """

    __slots__ = (
        "_closed",
        "_in_flight",
        "_latest",
        "_max_in_flight",
        "_pending_replies",
        "_queue",
        "_rested",
        "durability",
        "source",
    )

    def __init__(self, source: CommitSource, queue: CommitQueue, max_in_flight: int) -> None:
        self.source = source
        self.durability: Durability = "redis"
        self._queue = queue
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self._pending_replies = 0
        self._latest: CommitInFlight | None = None  # what a reply has to wait for
        self._rested: trio.Event | None = None
        self._closed = False

    @property
    def resting(self) -> bool:
        """Whether nothing is in flight."""
        return not self._in_flight

    def check_room(self) -> None:
        """Raises: MailboxFullError: too many commits are in flight for another turn."""
        if self._in_flight >= self._max_in_flight:
            raise MailboxFullError(self.source.char_id, self._max_in_flight)

    def submit(self, commit: Commit, flight: CommitInFlight) -> None:
        """Queue a commit; `flight`, made for this gate, gets its outcome.

        Raises: BacklogFullError: nothing was queued."""
        self._queue.submit(commit, flight)
        self._in_flight += 1
        self._latest = flight

    def when_safe(self, reply: ReplySlot, answer: Answer) -> None:
        """Call `answer` once everything made so far is safe: now, if nothing is in flight. `reply`
        fails if it will not be, or with MailboxFullError if too many replies wait already."""
        if self._latest is None:
            answer(self.durability)
        elif self._pending_replies < 2 * self._max_in_flight:
            self._hold(self._latest, reply, answer)
        else:
            reply.fail(MailboxFullError(self.source.char_id, 2 * self._max_in_flight))

    async def safe(self) -> None:
        """Return when everything made so far is safe, however many replies wait for that.

        Raises: what the senders get if it will not be: a PersistenceError or QuarantinedError.
        """
        if self._latest is None:
            return
        waiting = _Waiting()
        self._hold(self._latest, waiting, waiting.resolve)
        await waiting.settled_event.wait()
        if waiting.error is not None:
            raise waiting.error

    async def rest(self) -> None:
        """Return when nothing is in flight, or the gate is closed."""
        while self._in_flight and not self._closed:
            self._rested = self._rested or trio.Event()
            await self._rested.wait()

    def close(self) -> None:
        """The activation ended: do not wait for what is in flight any more."""
        self._closed = True
        self._note_rest()

    # ------------------------------------------------------------------ for commits in flight

    def landed(self, flight: CommitInFlight, durability: Durability, answered: int) -> None:
        """A commit is safe, and with it `answered` replies that waited for it."""
        self._in_flight -= 1
        self._pending_replies -= answered
        if flight is self._latest:
            self._latest = None
        self.durability = durability
        if self._rested is not None and not self._in_flight:
            self._note_rest()
        self.source.landed(durability)

    def _hold(self, flight: CommitInFlight, reply: ReplySlot, answer: Answer) -> None:
        flight.then(reply, answer)
        self._pending_replies += 1

    def _note_rest(self) -> None:
        if self._rested is not None:
            self._rested.set()
            self._rested = None


class CommitInFlight:
    """The Committer of one commit; settles `reply`, with None if it is safe, and the replies that
    wait for it. A subclass answers otherwise."""

    __slots__ = ("_gate", "_waiting", "reply")

    def __init__(self, gate: OutputGate, reply: ReplySlot) -> None:
        self.reply = reply
        self._gate = gate
        self._waiting: list[tuple[ReplySlot, Answer]] | None = None

    def then(self, reply: ReplySlot, answer: Answer) -> None:
        """Call `answer` when this commit is safe; fail `reply` if it fails."""
        if self._waiting is None:
            self._waiting = []
        self._waiting.append((reply, answer))

    # ------------------------------------------------------------------ Committer

    def landed(self, commit: Commit, durability: Durability) -> None:
        """Safe: answer the sender, then the replies that waited."""
        waiting = self._waiting
        self._gate.landed(self, durability, len(waiting) if waiting else 0)
        self._answer(durability)
        for _, answer in waiting or ():
            answer(durability)

    def failed(self, commit: Commit, error: PersistenceError) -> None:
        """Fenced, refused by Postgres, or outcome unknown: every sender gets the same error."""
        error_of_sender = self._gate.source.failed(error)
        self.reply.fail(error_of_sender)
        for reply, _ in self._waiting or ():
            reply.fail(error_of_sender)

    def full_commit(self, commit: Commit) -> Commit | None:
        """Redis lost the character while this was in flight: the whole state instead. The commits
        behind this one then find their version written already."""
        return self._gate.source.full_commit()

    def backup(self) -> Backup:
        """Everything that Postgres lacks."""
        return self._gate.source.backup()

    def _answer(self, durability: Durability) -> None:
        """The commit is safe: answer the sender."""
        self.reply.resolve(None)


class _Waiting(ReplySlot):
    """A task that waits."""

    __slots__ = ("settled_event",)

    def __init__(self) -> None:
        super().__init__()
        self.settled_event = trio.Event()

    def settled(self) -> None:
        self.settled_event.set()
