"""CharacterActor: one character's state, and what a turn does to it.

receive ─► Turn.run (pure) ─► CommitBuilder.delta ─► GroupCommit.submit ─► … Redis … ─►
TurnInFlight.landed ─► the sender

The new state is adopted as soon as its commit is queued; the next message is handled on it, and no
answer leaves before what it was computed from is safe (see `in_flight`). When a commit is refused
or its outcome is unknown, the actor is gone at once: whoever activates the character next reads the
stores."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from time import perf_counter
from typing import Any, Final

import trio

from actors.envelope import NO_REPLY, ReplySlot
from actors.errors import MailboxFullError
from gamestate.contract.state import CharacterState
from gamestate.contract.turn import ReplyBody
from gamestate.errors import GameStateError, QuarantinedError
from gamestate.game.character.alarms import Alarms
from gamestate.game.character.answers import answer_duplicate, answer_error, answer_reply
from gamestate.game.character.departure import let_go
from gamestate.game.character.in_flight import CommitInFlight, TurnInFlight
from gamestate.game.character.loading import load_first
from gamestate.game.character.orders import Order
from gamestate.game.character.receipts import NO_RECEIPTS, Receipts, encode_receipt
from gamestate.game.character.residency import release
from gamestate.game.character.saving import backup_of, cleaned
from gamestate.game.character.services import CharacterServices
from gamestate.game.character.sessions import Deadlines, deadlines, wakes_at
from gamestate.game.character.turn import SessionNeededError, Turn
from gamestate.game.character.unsaved import Unsaved
from gamestate.game.ownership.restore import Restored
from gamestate.game.router import Message
from gamestate.modules.core.view import character_view
from persistence.errors import (
    BadRecordError,
    ColdStoreUnavailableError,
    FencedOutError,
    InvariantError,
    PersistenceError,
)
from persistence.hot import keys
from persistence.records import UNOWNED, Backup, CleanMark, Commit, Durability

REASONS: Final[Mapping[type[Exception], str]] = {
    FencedOutError: "fenced",
    QuarantinedError: "quarantined",
    InvariantError: "invariant",
}
"""Why an actor is dropped whose commit failed; `in_doubt` for all else."""


class CharacterActor:
    """The Actor of one logged-in character (see `actors.actor.Actor`).

    Attributes:
        state: as the last turn made it; what is in flight is in it already.
        restored_from: 'redis' or 'postgres'.
        nothing_stored: the modules of which Postgres was seen to have no session.
        latest: the commit that an answer has to wait for; None: all are safe.
        durability: which store made the latest one safe.
        held: answers that wait for a commit and are of no turn of their own.
        gone: the character is another's business now, nothing may be written.
    """

    __slots__ = (
        "_alarms",
        "_in_flight",
        "_receipts",
        "_releasing",
        "_saved_version",
        "_services",
        "_still",
        "_unsaved",
        "char_id",
        "durability",
        "gone",
        "held",
        "latest",
        "nothing_stored",
        "restored_from",
        "state",
    )

    state: CharacterState

    def __init__(self, char_id: int, services: CharacterServices) -> None:
        self.char_id = char_id
        self.restored_from = ""
        self._services = services
        self._in_flight = 0
        self.held = 0
        self.latest: CommitInFlight | None = None
        self._unsaved: Unsaved | None = None
        self._receipts: Receipts | None = None
        self.durability: Durability = "redis"
        self._still: trio.Event | None = None  # set when nothing is in flight any more
        self._alarms: Alarms | None = None
        self.nothing_stored: frozenset[str] = frozenset()
        self._releasing = False
        self._saved_version = 0
        self.gone = False

    # ------------------------------------------------------------------ life: the Actor port

    async def start(self, intent: Any) -> None:
        """Claim the character and load its state. Raises: what `Restorer.restore` raises."""
        started = perf_counter()
        restored = await self._services.restorer.restore(self.char_id, intent)
        self._adopt(restored)
        if restored.seed:
            await self._seed()
        release(self, self._services.router.modules)
        self.set_alarms(deadlines(self.state, self.state.sessions, self._services.router))
        self._services.observer.restored(restored.source, perf_counter() - started)

    async def restart(self, error: BaseException) -> None:
        """After a crash: the state is the one before the message, because a turn changes nothing
        until it is over; it is only awaited to be safe. What was to be woken by that message will
        be woken again."""
        await self._come_to_rest()
        for module in self._services.router.waking:
            if self.wakes_at(module) is not None:
                self.alarms.postpone(module)

    async def stop(self, reason: str) -> None:
        """Bring everything to Postgres and let go of the character, which stays logged in.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await let_go(self, UNOWNED)

    def _adopt(self, restored: Restored) -> None:
        self.state = restored.state
        self.restored_from = restored.source
        if restored.receipts:
            self._receipts = Receipts(self._services.receipt_bounds)
            self._receipts.load(restored.receipts, self._services.now_s())
        if restored.dirty:
            self._unsaved = Unsaved.all_of(restored.state)
            self._services.backups.mark(self)

    async def release(self, owner: str) -> bool:
        """Give the character, of which Postgres has everything, to a new `owner`; whether it was
        still ours. No commit comes after that.

        Raises: ColdStoreUnavailableError: it may be given back all the same, so it is played on
            only after another claim.
        """
        self._releasing = True
        try:
            ours = await self._services.restorer.release(self.state, owner)
        except ColdStoreUnavailableError as error:
            self._abandon(error, "in_doubt")
            raise
        finally:
            self._releasing = False
        if ours:
            self._leave()
        else:
            self.fenced_by("postgres")
        return ours

    async def save(self) -> int:
        """Bring everything to Postgres; the version it has then.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await self._come_to_rest()
        await self._services.backups.flush(self)
        await self._come_to_rest()  # the backup may have let go of sessions
        return self.state.version

    def view(self) -> dict[str, Any]:
        """The character as a client sees it."""
        return character_view(self.state, self._turn().shown())

    async def _come_to_rest(self) -> None:
        while self._in_flight and not self.gone:
            self._still = self._still or trio.Event()
            await self._still.wait()

    # ------------------------------------------------------------------ one message

    def receive(
        self, message: Message | Order, reply: ReplySlot
    ) -> Coroutine[Any, Any, None] | None:
        """Handle one message: answer it, commit it, or load the session it needs first."""
        services = self._services
        if not isinstance(message, Message):
            return message.carry_out(self, services, reply)
        started = perf_counter()
        turn = self._turn()
        try:
            if message.body and answer_duplicate(
                self, self._receipts, turn.now_s, message, reply, started
            ):
                return None
            body = turn.run(message)
            if turn.touched:
                self._commit(turn, body, message, reply, started)
            else:
                self._answer_read(turn, body, message, reply, started)
        except SessionNeededError as needed:
            return load_first(self, services, needed.module, message, reply)
        except InvariantError as error:
            answer_error(self, message, reply, started, error)
            self.failed(error)
        except (GameStateError, PersistenceError, MailboxFullError) as error:
            answer_error(self, message, reply, started, error)
        return None

    def _turn(self) -> Turn:
        services, state = self._services, self.state
        now_s = services.now_s()
        return Turn(state, services.router, services.new_ids, now_s, self.nothing_stored)

    def _commit(
        self, turn: Turn, body: Any, message: Message, reply: ReplySlot, started: float
    ) -> None:
        """Queue the turn's commit, then adopt its state. If it can't be queued nothing happened."""
        services = self._services
        if self._in_flight >= services.most_in_flight:
            raise MailboxFullError(self.char_id, services.most_in_flight)
        before, after = self.state, turn.state
        answer: ReplyBody = body(after) if callable(body) else body
        record = b""
        if message.body:
            id_, version = message.message_id, after.version
            record = encode_receipt(id_, message.body, version, turn.now_s, answer)
        commit = services.commits.delta(before, after, turn.touched, record, turn.events)
        to_wake: Deadlines = ()
        if after.sessions is not before.sessions:
            to_wake = deadlines(after, turn.touched, services.router)
        flight = TurnInFlight(self, reply, message, started, after.version, answer, turn.backup)
        self._submit(commit, flight)
        self.state = after
        self._remember(turn, before, after, message, record)
        if to_wake:
            self.set_alarms(to_wake)

    def _submit(self, commit: Commit, flight: CommitInFlight) -> None:
        self._services.group_commit.submit(commit, flight)
        self._in_flight += 1
        self.latest = flight

    def _remember(
        self,
        turn: Turn,
        before: CharacterState,
        after: CharacterState,
        message: Message,
        record: bytes,
    ) -> None:
        """What Postgres does not have yet, and the receipt for a retry."""
        unsaved = self._unsaved
        if unsaved is None:
            unsaved = self._unsaved = Unsaved()
            self._services.backups.mark(self)
        if after.sessions is not before.sessions:
            unsaved.note_turn(turn.touched, before, after)
            self.nothing_stored -= after.sessions.keys()
        if record:
            self._receipts = self._receipts or Receipts(self._services.receipt_bounds)
            self._receipts.add(message.message_id, record)

    def _answer_read(
        self, turn: Turn, body: Any, message: Message, reply: ReplySlot, started: float
    ) -> None:
        state = self.state
        session = state.sessions.get(message.module)
        if session is not None and not session.dirty:
            self._services.session_use.note(keys.session(message.module, session.session_id))
        answer = body(state) if callable(body) else body
        answer_reply(self, message, reply, started, "ok", state.version, answer)
        if turn.backup:
            self.save_next()

    @property
    def most_held(self) -> int:
        """How many answers may wait besides those of turns."""
        return self._services.most_held

    def answered(self, message: Message, outcome: str, started: float) -> None:
        """A sender has its answer."""
        self._services.observer.message(message.type, outcome, perf_counter() - started)

    # ------------------------------------------------------------------ alarms

    @property
    def alarms(self) -> Alarms:
        """When its modules want to be woken."""
        if self._alarms is None:
            services = self._services
            self._alarms = Alarms(self.char_id, services.set_timer, services.now_s)
        return self._alarms

    def wakes_at(self, module: str) -> float | None:
        """When the module wants to be woken, seconds since 1970."""
        return wakes_at(self.state, module, self._services.router.modules)

    def set_alarms(self, to_wake: Deadlines) -> None:
        """Wake these modules then, from now on."""
        for module, at_s in to_wake:
            if at_s is not None or self._alarms is not None:
                self.alarms.set(module, at_s)

    # ------------------------------------------------------------------ all of it for Redis

    @property
    def may_write(self) -> bool:
        """Whether a commit may be queued that no message asks for."""
        return not (self.gone or self._releasing)

    def give_redis(self, state: CharacterState) -> None:
        """Write the whole of this state. Raises: BacklogFullError: nothing was queued."""
        self._submit(self._full(state), CommitInFlight(self, NO_REPLY))

    async def _seed(self) -> None:
        """Give Redis the whole state, and wait until it has it."""
        seeded = ReplySlot()
        self._submit(self._full(self.state), CommitInFlight(self, seeded))
        await self._come_to_rest()
        if seeded.error is not None:
            raise seeded.error

    def reseed(self) -> None:
        """Redis lost this character (or missed turns while it was away): send it everything."""
        if self.may_write:
            self.give_redis(self.state)

    # ------------------------------------------------------------------ commits in flight

    def landed(self, flight: CommitInFlight, durability: Durability) -> None:
        """A commit is safe."""
        self._in_flight -= 1
        if flight is self.latest:
            self.latest = None
        if self._still is not None:
            self._note_rest()
        if not self.gone:
            self.durability = durability
            self._services.restorer.landed(self.char_id, durability)

    def failed(self, error: PersistenceError) -> Exception:
        """Fenced, quarantined, or outcome unknown: assume nothing, be gone. What senders are to be
        told."""
        told: Exception = error
        if isinstance(error, BadRecordError):
            told = QuarantinedError(self.char_id, error.reason)
        self._abandon(told, REASONS.get(type(told), "in_doubt"))
        return told

    def isolate(self, error: QuarantinedError) -> None:
        """Something of the character can't be read, and was kept aside."""
        self._abandon(error, "quarantined")

    def full_commit(self) -> Commit | None:
        """Everything up to now, for a Redis that lost the character; None if the actor is gone."""
        return None if self.gone else self._full(self.state)

    # ------------------------------------------------------------------ DirtyCharacter

    def backup(self) -> Backup:
        """What Postgres does not have yet. Raises: InvariantError: it is older than what it has."""
        services = self._services
        modules = services.router.modules
        services.invariants.not_older(self._saved_version, self.state.version)
        receipts = self._receipts.as_json(services.now_s()) if self._receipts else NO_RECEIPTS
        return backup_of(self.state, self._unsaved, receipts, services.owner, modules)

    def saved(self, backup: Backup) -> CleanMark | None:
        """Postgres has this backup: what is left of the unsaved, and the mark for Redis."""
        version = self._saved_version = backup.character.version
        if self._unsaved is not None:
            self._unsaved.saved(version)
        if version != self.state.version or self._in_flight:
            return None
        self._unsaved = None
        self.state, mark = cleaned(self.state)
        release(self, self._services.router.modules)
        return mark

    def fenced_by(self, store: str) -> None:
        """A newer activation owns the character."""
        self._abandon(FencedOutError(self.char_id, self.state.epoch, store), "fenced")

    def unstorable(self, error: BadRecordError) -> None:
        """Postgres refuses the character's record: it is isolated, Redis keeps what was
        acknowledged."""
        self.isolate(QuarantinedError(self.char_id, error.reason))

    def broken(self, error: InvariantError) -> None:
        """What it would have written can't be."""
        self.failed(error)

    def save_next(self) -> None:
        """Be in the next backup, if there is anything to save."""
        self._services.backups.hurry(self)

    def save_soon(self) -> None:
        """Let the backup worker see to it that both stores agree, whether or not anything
        changed."""
        if self._unsaved is None:
            self._unsaved = Unsaved()
            self._services.backups.mark(self)
        self._services.backups.hurry(self)

    # ------------------------------------------------------------------ inside

    @property
    def knows(self) -> bool:
        """Whether its state is loaded, and still its own."""
        return not self.gone and self.restored_from != ""

    @property
    def dirty(self) -> bool:
        """Whether Postgres lacks something."""
        return self._unsaved is not None

    def lacks_backup(self, module: str) -> bool:
        """Whether Postgres lacks something of this module's session."""
        return self._unsaved is not None and module in self._unsaved

    def _full(self, state: CharacterState) -> Commit:
        receipts = self._receipts.all(self._services.now_s()) if self._receipts else ()
        return self._services.commits.full(state, receipts, dirty=self.dirty)

    def _note_rest(self) -> None:
        if self._still is not None and (self.gone or not self._in_flight):
            self._still.set()
            self._still = None

    def _abandon(self, error: Exception, reason: str) -> None:
        if self.gone:
            return
        self._leave()
        self._services.backups.forget(self)
        self._note_rest()
        self._services.forsake(self.char_id, error, reason)

    def _leave(self) -> None:
        self.gone = True
        if self._alarms is not None:
            self._alarms.cancel()
