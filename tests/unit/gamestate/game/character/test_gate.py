"""The output gate on its own: a list for a queue, a record of calls for the actor."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.envelope import ReplySlot
from actors.errors import MailboxFullError
from gamestate.game.character.gate import CommitInFlight, OutputGate
from persistence.errors import BacklogFullError, FencedOutError, PersistenceError
from persistence.hot.group_commit import Committer
from persistence.records import Backup, Commit, Durability

HERO = 7


class Source:
    """Whose commits they are; keeps what the gate reports."""

    char_id = HERO

    def __init__(self) -> None:
        self.reported: list[object] = []

    def landed(self, durability: Durability) -> None:
        self.reported.append(durability)

    def failed(self, error: PersistenceError) -> Exception:
        self.reported.append(error)
        return error

    def full_commit(self) -> Commit | None:
        return None

    def backup(self) -> Backup:
        raise AssertionError("no test falls back to Postgres")

    def request_backup(self) -> None:
        self.reported.append("backup")


class Queue:
    """A commit queue that is worked off by hand. `room`: how many it takes."""

    def __init__(self, room: int = 100) -> None:
        self.waiting: list[tuple[Commit, Committer]] = []
        self.room = room

    def submit(self, commit: Commit, committer: Committer) -> None:
        if len(self.waiting) >= self.room:
            raise BacklogFullError(self.room)
        self.waiting.append((commit, committer))

    def land(self, durability: Durability = "redis") -> None:
        """The oldest commit is safe."""
        commit, committer = self.waiting.pop(0)
        committer.landed(commit, durability)

    def fail(self, error: PersistenceError) -> None:
        """The oldest commit is refused."""
        commit, committer = self.waiting.pop(0)
        committer.failed(commit, error)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def gate(source: Source, queue: Queue) -> OutputGate:
    return OutputGate(source, queue, max_in_flight=2)


def commit(version: int) -> Commit:
    return Commit(HERO, 1, version, "server", (), ())


def submitted(gate: OutputGate, version: int) -> ReplySlot:
    slot = ReplySlot()
    gate.submit(commit(version), CommitInFlight(gate, slot))
    return slot


def answered(gate: OutputGate) -> ReplySlot:
    """A reply that is of no commit of its own."""
    slot = ReplySlot()
    gate.when_safe(slot, slot.resolve)
    return slot


def test_a_reply_leaves_at_once_when_nothing_is_in_flight(gate: OutputGate) -> None:
    assert answered(gate).value == "redis"


def test_a_reply_waits_for_the_latest_commit_before_it(gate: OutputGate, queue: Queue) -> None:
    first, second = submitted(gate, 2), submitted(gate, 3)
    read = answered(gate)
    queue.land()
    assert (first.done, second.done, read.done) == (True, False, False)
    queue.land("postgres")
    assert (second.done, read.value) == (True, "postgres")


def test_a_reply_after_all_landed_says_where_the_latest_is(gate: OutputGate, queue: Queue) -> None:
    submitted(gate, 2)
    queue.land("postgres")
    assert answered(gate).value == "postgres"


def test_what_rests_on_a_refused_commit_fails_with_it(
    gate: OutputGate, queue: Queue, source: Source
) -> None:
    change, read = submitted(gate, 2), answered(gate)
    fenced = FencedOutError(HERO, 1, "redis")
    queue.fail(fenced)
    assert (change.error, read.error) == (fenced, fenced)
    assert source.reported == [fenced]


def test_a_full_queue_leaves_the_gate_as_it_was(source: Source) -> None:
    gate = OutputGate(source, Queue(room=0), max_in_flight=2)
    with pytest.raises(BacklogFullError):
        submitted(gate, 2)
    assert gate.resting
    assert answered(gate).done


def test_more_commits_than_may_be_in_flight_are_refused(gate: OutputGate, queue: Queue) -> None:
    submitted(gate, 2)
    gate.check_room()
    submitted(gate, 3)
    with pytest.raises(MailboxFullError):
        gate.check_room()
    queue.land()
    gate.check_room()


def test_more_replies_than_may_wait_are_refused_until_some_have_left(
    gate: OutputGate, queue: Queue
) -> None:
    submitted(gate, 2)
    waiting = [answered(gate) for _ in range(4)]
    assert isinstance(answered(gate).error, MailboxFullError)
    queue.land()
    assert all(slot.value == "redis" for slot in waiting)
    submitted(gate, 3)
    assert answered(gate).error is None


async def test_a_task_may_wait_however_many_replies_do(gate: OutputGate, queue: Queue) -> None:
    submitted(gate, 2)
    waiting = [answered(gate) for _ in range(4)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gate.safe)
        await wait_all_tasks_blocked()
        queue.land()
    assert all(slot.value == "redis" for slot in waiting)
    submitted(gate, 3)
    assert not any(answered(gate).done for _ in range(4))


async def test_rest_ends_with_the_last_commit(gate: OutputGate, queue: Queue) -> None:
    submitted(gate, 2)
    submitted(gate, 3)
    rested = trio.Event()

    async def rest() -> None:
        await gate.rest()
        rested.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(rest)
        queue_states: list[Any] = []
        for _ in range(2):
            await wait_all_tasks_blocked()
            queue_states.append(rested.is_set())
            queue.land()
    assert queue_states == [False, False]
    assert gate.resting


async def test_rest_ends_when_the_activation_does(gate: OutputGate) -> None:
    submitted(gate, 2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gate.rest)
        await wait_all_tasks_blocked()
        gate.close()
    assert not gate.resting


async def test_safe_raises_what_the_commit_failed_with(gate: OutputGate, queue: Queue) -> None:
    submitted(gate, 2)
    outcome: list[Exception] = []

    async def wait() -> None:
        try:
            await gate.safe()
        except FencedOutError as error:
            outcome.append(error)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        queue.fail(FencedOutError(HERO, 1, "redis"))
    assert len(outcome) == 1
