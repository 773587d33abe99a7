"""CharacterActor: one character's state, and what a turn does to it.

receive ─► Turn.run (pure) ─► CommitBuilder.delta ─► GroupCommit.submit ─► … Redis … ─►
TurnInFlight.landed ─► the sender

The new state is adopted as soon as its commit is queued; the next message is handled on it, and no
answer leaves before what it was computed from is safe (see `in_flight`). When a commit is refused
or its outcome is unknown, the actor is gone at once: whoever activates the character next reads the
stores."""

from __future__ import annotations

from collections.abc import Collection, Coroutine
from time import perf_counter
from typing import Any

import trio

from actors.envelope import NO_REPLY, ReplySlot
from actors.errors import MailboxFullError
from gamestate.character.departure import let_go, log_out
from gamestate.character.in_flight import Answer, CommitInFlight, TurnInFlight
from gamestate.character.loading import load_first
from gamestate.character.logout import Logout
from gamestate.character.receipts import Receipts, encode_receipt
from gamestate.character.restore import Restored
from gamestate.character.saving import backup_of, cleaned
from gamestate.character.services import CharacterServices
from gamestate.character.sessions import not_kept, with_sessions, without_sessions
from gamestate.character.turn import SessionNeededError, Turn
from gamestate.character.unsaved import EVERYTHING, Unsaved
from gamestate.contracts import ReplyBody
from gamestate.errors import (
    GameStateError,
    QuarantinedError,
    RefusedError,
)
from gamestate.receipt import Receipt
from gamestate.router import Message
from gamestate.state import CharacterState, Session
from persistence.errors import (
    BacklogFullError,
    BadRecordError,
    FencedOutError,
    PersistenceError,
)
from persistence.hot import keys
from persistence.records import Backup, CleanMark, Commit, Durability


class CharacterActor:
    """The Actor of one logged-in character (see `actors.actor.Actor`).

    Attributes:
        state: as the last turn made it; what is in flight is in it already.
        restored_from: 'redis' or 'postgres'.
        nothing_stored: the modules of which Postgres was seen to have no session.
        gone: the character is another's business now, nothing may be written.
    """

    __slots__ = (
        "_durability",
        "_in_flight",
        "_latest",
        "_receipts",
        "_releasing",
        "_services",
        "_still",
        "_unsaved",
        "char_id",
        "gone",
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
        self._latest: CommitInFlight | None = None  # what an answer has to wait for
        self._unsaved: Unsaved | None = None
        self._receipts: Receipts | None = None
        self._durability: Durability = "redis"
        self._still: trio.Event | None = None  # set when nothing is in flight any more
        self.nothing_stored: frozenset[str] = frozenset()
        self._releasing = False
        self.gone = False

    # ------------------------------------------------------------------ life: the Actor port

    async def start(self, intent: Any) -> None:
        """Claim the character and load its state. Raises: what `Restorer.restore` raises."""
        started = perf_counter()
        restored = await self._services.restorer.restore(self.char_id, intent)
        self._adopt(restored)
        if restored.seed:
            await self._seed(dirty=restored.dirty)
        self._services.observer.restored(restored.source, perf_counter() - started)

    async def restart(self, error: BaseException) -> None:
        """After a crash: the state is the one before the message, because a turn changes nothing
        until it is over; it is only awaited to be safe."""
        await self._come_to_rest()

    async def stop(self, reason: str) -> None:
        """Bring everything to Postgres and let go of the character, which stays logged in.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await let_go(self, logged_out=False)

    def _adopt(self, restored: Restored) -> None:
        self.state = restored.state
        self.restored_from = restored.source
        if restored.receipts:
            self._receipts = Receipts(self._services.receipts_kept)
            self._receipts.load(restored.receipts)
        if restored.dirty:
            self._unsaved = Unsaved()
            for module in restored.state.sessions:
                self._unsaved.note(module, (EVERYTHING,), restored.state.version)
            self._services.backups.mark(self)

    async def release(self, *, logged_out: bool) -> bool:
        """Give back the character, of which Postgres has everything; whether it was still ours. No
        commit comes after that. Raises: ColdStoreUnavailableError."""
        self._releasing = True
        try:
            ours = await self._services.restorer.release(self.state, logged_out=logged_out)
        finally:
            self._releasing = False
        if ours:
            self.gone = True
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

    async def _come_to_rest(self) -> None:
        while self._in_flight and not self.gone:
            self._still = self._still or trio.Event()
            await self._still.wait()

    # ------------------------------------------------------------------ one message

    def receive(
        self, message: Message | Logout, reply: ReplySlot
    ) -> Coroutine[Any, Any, None] | None:
        """Handle one message: answer it, commit it, or load the session it needs first."""
        services = self._services
        if isinstance(message, Logout):
            return log_out(self, services, reply)
        started = perf_counter()
        now_s = services.now_s()
        turn = Turn(self.state, services.router, services.new_ids, now_s, self.nothing_stored)
        try:
            if message.body and self._answer_duplicate(message, reply, started):
                return None
            body = turn.run(message)
            if turn.touched:
                self._commit(turn, body, message, reply, started)
            else:
                self._answer_read(turn, body, message, reply, started)
        except SessionNeededError as needed:
            return load_first(self, services, needed.module, message, reply)
        except (GameStateError, PersistenceError, MailboxFullError) as error:
            self._answer_error(error, message, reply, started)
        return None

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
            record = encode_receipt(message.message_id, message.body, after.version, answer)
        commit = services.commits.delta(before, after, turn.touched, record)
        flight = TurnInFlight(self, reply, message, started, after.version, answer, turn.backup)
        self._submit(commit, flight)
        self.state = after
        self._remember(turn, before, after, message, record)

    def _submit(self, commit: Commit, flight: CommitInFlight) -> None:
        self._services.group_commit.submit(commit, flight)
        self._in_flight += 1
        self._latest = flight

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
            for module, parts in turn.touched.items():
                if (module in before.sessions) != (module in after.sessions):
                    unsaved.note(module, (EVERYTHING,), after.version)
                    self.nothing_stored -= {module}
                elif module in after.sessions:
                    unsaved.note(module, parts, after.version)
        if record:
            self._receipts = self._receipts or Receipts(self._services.receipts_kept)
            self._receipts.add(message.message_id, record)

    def _answer_read(
        self, turn: Turn, body: Any, message: Message, reply: ReplySlot, started: float
    ) -> None:
        state = self.state
        session = state.sessions.get(message.module)
        if session is not None and not session.dirty:
            self._services.session_use.note(keys.session(message.module, session.session_id))
        answer = body(state) if callable(body) else body
        self._answer(message, reply, started, "ok", state.version, answer)
        if turn.backup:
            self.save_next()

    def _answer_duplicate(self, message: Message, reply: ReplySlot, started: float) -> bool:
        """Answer a message that was applied before as it was answered then.

        Raises: MessageIdReusedError.
        """
        applied = self._receipts.find(message.message_id, message.body) if self._receipts else None
        if applied is None:
            return False
        self._answer(message, reply, started, "duplicate", applied.version, applied.reply)
        return True

    def _answer(
        self,
        message: Message,
        reply: ReplySlot,
        started: float,
        outcome: str,
        version: int,
        body: ReplyBody,
    ) -> None:
        """Answer something that changed nothing, when it is safe to."""

        def answer(durability: Durability) -> None:
            duplicate = outcome == "duplicate"
            reply.resolve(Receipt(message.message_id, version, durability, duplicate, body))
            self.answered(message, outcome, started)

        self._when_safe(reply, answer)

    def _answer_error(
        self, error: Exception, message: Message, reply: ReplySlot, started: float
    ) -> None:
        outcome = "refused" if isinstance(error, RefusedError) else "error"

        def answer(durability: Durability) -> None:
            reply.fail(error)
            self.answered(message, outcome, started)

        self._when_safe(reply, answer)

    def _when_safe(self, reply: ReplySlot, answer: Answer) -> None:
        if self._latest is None:
            answer(self._durability)
        else:
            self._latest.before(reply, answer)

    def answered(self, message: Message, outcome: str, started: float) -> None:
        """A sender has its answer."""
        self._services.observer.message(message.type, outcome, perf_counter() - started)

    # ------------------------------------------------------------------ sessions

    def attach(self, module: str, session: Session) -> None:
        """The state with a session it had in Postgres all along: no new version, no change to save.

        Raises: FencedOutError: the character was lost while the session was loaded;
        BacklogFullError."""
        state = self.state
        if self.gone:
            raise FencedOutError(self.char_id, state.epoch, "redis")
        whole = with_sessions(state, {**state.sessions, module: session})
        self._submit(self._full(whole), CommitInFlight(self, NO_REPLY))
        self.state = whole

    def expired(self, module: str, session_id: str) -> None:
        """Redis let this session expire: its core names it no longer. Here it stays, and its next
        change brings it back there."""
        session = self.state.sessions.get(module)
        if session is not None and session.session_id == session_id and not session.dirty:
            self._take_out_of_redis([module])

    def _take_out_of_redis(self, modules: Collection[str]) -> bool:
        """The mirror image of `attach`: no new version, no change to save. False if it can't be
        now; their time to live ends in Redis all the same."""
        if self.gone or self._releasing:
            return False
        commit = self._full(without_sessions(self.state, modules))
        try:
            self._submit(commit, CommitInFlight(self, NO_REPLY))
        except BacklogFullError:
            return False
        return True

    async def _seed(self, *, dirty: bool) -> None:
        """Give Redis the whole state, and wait until it has it."""
        seeded = ReplySlot()
        commit = self._services.commits.full(self.state, self._kept_receipts(), dirty=dirty)
        self._submit(commit, CommitInFlight(self, seeded))
        await self._come_to_rest()
        if seeded.error is not None:
            raise seeded.error

    def reseed(self) -> None:
        """Redis lost this character (or missed turns while it was away): send it everything."""
        if not (self.gone or self._releasing):
            self._submit(self._full(self.state), CommitInFlight(self, NO_REPLY))

    # ------------------------------------------------------------------ commits in flight

    def landed(self, flight: CommitInFlight, durability: Durability) -> None:
        """A commit is safe."""
        self._in_flight -= 1
        if flight is self._latest:
            self._latest = None
        if self._still is not None:
            self._note_rest()
        if not self.gone:
            self._durability = durability
            self._services.restorer.landed(self.char_id, durability)

    def failed(self, error: PersistenceError) -> None:
        """Fenced, or outcome unknown: assume nothing, be gone."""
        self._abandon(error, "fenced" if isinstance(error, FencedOutError) else "in_doubt")

    def full_commit(self) -> Commit | None:
        """Everything up to now, for a Redis that lost the character; None if the actor is gone."""
        return None if self.gone else self._full(self.state)

    # ------------------------------------------------------------------ DirtyCharacter

    def backup(self) -> Backup:
        """What Postgres does not have yet."""
        services = self._services
        modules = services.router.modules
        return backup_of(self.state, self._unsaved, self._receipts, services.owner, modules)

    def saved(self, backup: Backup) -> CleanMark | None:
        """Postgres has this backup: what is left of the unsaved, and the mark for Redis."""
        version = backup.character.version
        if self._unsaved is not None:
            self._unsaved.saved(version)
        if version != self.state.version or self._in_flight:
            return None
        self._unsaved = None
        self.state, mark = cleaned(self.state)
        leaving = not_kept(self.state, self._services.router.modules)
        if leaving and self._take_out_of_redis(leaving):
            self.state = without_sessions(self.state, leaving)
        return mark

    def fenced_by(self, store: str) -> None:
        """A newer activation owns the character."""
        self._abandon(FencedOutError(self.char_id, self.state.epoch, store), "fenced")

    def unstorable(self, error: BadRecordError) -> None:
        """Postgres refuses the character's record: it is isolated, Redis keeps what was
        acknowledged."""
        self._abandon(QuarantinedError(self.char_id, error.reason), "quarantined")

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
    def dirty(self) -> bool:
        """Whether Postgres lacks something."""
        return self._unsaved is not None

    def lacks_backup(self, module: str) -> bool:
        """Whether Postgres lacks something of this module's session."""
        return self._unsaved is not None and module in self._unsaved

    def _full(self, state: CharacterState) -> Commit:
        return self._services.commits.full(state, self._kept_receipts(), dirty=self.dirty)

    def _kept_receipts(self) -> tuple[bytes, ...]:
        return self._receipts.all() if self._receipts else ()

    def _note_rest(self) -> None:
        if self._still is not None and (self.gone or not self._in_flight):
            self._still.set()
            self._still = None

    def _abandon(self, error: Exception, reason: str) -> None:
        if self.gone:
            return
        self.gone = True
        self._services.backups.forget(self)
        self._note_rest()
        self._services.forsake(self.char_id, error, reason)
