"""CharacterActor: the state of one logged-in character, and what a message does to it.

    receive -> Turn.run (pure) -> CommitBuilder.delta -> OutputGate.submit_turn
            -> GroupCommit ... Redis ... -> TurnInFlight.landed -> the sender

The actor adopts the new state as soon as its commit is queued, and handles the next message on it;
the gate holds replies back until everything they were computed from is safe. When a commit is
refused, or its outcome is unknown, the activation ends at once: the next one reads the stores.

The actor owns its parts (gate, backlog, receipts, alarms); none of them knows the actor, only the
narrow port it implements for them: `CommitSource` for the gate, `DirtyCharacter` for the backup
worker, `Actor` for the kernel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from enum import Enum
from functools import partial
from time import perf_counter
from typing import Any, ClassVar, Final

from actors.envelope import NO_REPLY, ReplySlot
from actors.errors import MailboxFullError
from gamestate.contract.state import CharacterState, Session
from gamestate.contract.turn import ReplyBody
from gamestate.errors import (
    GameStateError,
    QuarantinedError,
    SupersededError,
    UnreadableSessionError,
)
from gamestate.game.character.alarms import Alarms
from gamestate.game.character.backlog import Backlog
from gamestate.game.character.gate import OutputGate
from gamestate.game.character.orders import (
    Departure,
    EvictForLogin,
    ForEpoch,
    HandOver,
    Logout,
    Order,
    WakeUp,
)
from gamestate.game.character.receipts import Receipts
from gamestate.game.character.request import Request
from gamestate.game.character.services import CharacterServices
from gamestate.game.character.sessions import (
    WakeTimes,
    cleaned,
    releasable,
    wakes_at,
    with_session,
    without_sessions,
)
from gamestate.game.character.turn import SessionNeededError, Turn
from gamestate.game.ownership.restore import Restored
from gamestate.game.quarantine.gate import SESSION
from gamestate.game.router import Message
from gamestate.game.session_loader import NothingStoredError
from gamestate.game.stored.receipts import NO_RECEIPTS, encode_receipt
from gamestate.modules.core.view import character_view
from persistence.errors import (
    BacklogFullError,
    BadRecordError,
    ColdStoreUnavailableError,
    FencedOutError,
    InvariantError,
    PersistenceError,
)
from persistence.hot import keys
from persistence.records import LOGGED_OUT, UNOWNED, Backup, CleanMark, Commit, Durability

Work = Coroutine[Any, Any, None] | None
"""What is left to await of a message; None: nothing."""


class Life(Enum):
    """One activation, from its start to its end.

    LOADING -> LIVE -> RELEASING -> GONE, and from any of them to GONE when the character is lost.
    """

    LOADING = "loading"  # its state is not known yet
    LIVE = "live"
    RELEASING = "releasing"  # the stores may take it for another's already: nothing is written
    GONE = "gone"  # it is not this activation's any more


class CharacterActor:
    """The Actor of one logged-in character (see `actors.actor.Actor`).

    Attributes:
        state: as the last turn made it; commits in flight are in it already.
        restored_from: 'redis' or 'postgres'; "" while it is loading.
    """

    __slots__ = (
        "_alarms",
        "_backlog",
        "_gate",
        "_life",
        "_nothing_stored",
        "_receipts",
        "_services",
        "char_id",
        "restored_from",
        "state",
    )

    state: CharacterState

    def __init__(self, char_id: int, services: CharacterServices) -> None:
        self.char_id = char_id
        self.restored_from = ""
        self._services = services
        self._life = Life.LOADING
        self._gate = OutputGate(self, services.queue, services.max_in_flight)
        self._backlog = Backlog()
        self._receipts: Receipts | None = None
        self._alarms: Alarms | None = None
        self._nothing_stored: frozenset[str] = frozenset()  # modules Postgres has no session of

    @property
    def loaded(self) -> bool:
        """Whether its state is known, and still its own."""
        return self._life in (Life.LIVE, Life.RELEASING)

    @property
    def dirty(self) -> bool:
        """Whether Postgres lacks something."""
        return self._backlog.dirty

    def view(self) -> dict[str, Any]:
        """The character as a client sees it: JSON values, the shape of `character_view`."""
        return character_view(self.state, self._turn().shown())

    async def safe(self) -> None:
        """Return when the state as it is now is safe. Raises: PersistenceError: it will not be."""
        await self._gate.safe()

    # ------------------------------------------------------------------ Actor, for the kernel

    async def start(self, intent: Any) -> None:
        """Claim the character and load its state. Raises: what `Ownership.restore` raises."""
        started = perf_counter()
        restored = await self._services.ownership.restore(self.char_id, intent)
        self._adopt(restored)
        if restored.seed:
            await self._seed()
        self._release_sessions()
        self._set_alarms(self._wake_times(self.state.sessions))
        self._services.observer.restored(restored.source, perf_counter() - started)

    async def restart(self, error: BaseException) -> None:
        """Come back from a crash. A turn changes nothing until it is over, so the state is the one
        before the message; only what is in flight is awaited. What the message should have woken
        is woken again later."""
        await self._gate.rest()
        for module in self._services.router.waking:
            self._postpone(module)

    async def stop(self, reason: str) -> None:
        """Save everything and release the character, which stays logged in.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await self._save_and_release(UNOWNED)

    def receive(self, message: Message | Order, reply: ReplySlot) -> Work:
        """Handle one message: reply, commit, or load the session it needs first."""
        if not isinstance(message, Message):
            return self.ORDERS[type(message)](self, message, reply)
        request = Request(message, reply, self._services.observer)
        try:
            turn = self._turn()
            if message.body and self._answer_duplicate(request, turn.now_s):
                return None
            body = turn.run(message)
            if turn.touched:
                self._commit(turn, body, request)
            else:
                self._answer_read(turn, body, request)
        except SessionNeededError as needed:
            return self._load_then_handle(needed.module, request)
        except InvariantError as error:
            self._answer_error(request, error)
            self.failed(error)
        except (GameStateError, PersistenceError, MailboxFullError) as error:
            self._answer_error(request, error)
        return None

    # ------------------------------------------------------------------ one turn

    def _turn(self) -> Turn:
        services = self._services
        return Turn(
            self.state, services.router, services.new_ids, services.now_s(), self._nothing_stored
        )

    def _commit(self, turn: Turn, body: Any, request: Request) -> None:
        """Queue the turn's commit, then adopt its state. If it can't be queued nothing happened."""
        self._gate.check_room()
        message, before, after = request.message, self.state, turn.state
        answer: ReplyBody = body(after) if callable(body) else body
        record = b""
        if message.body:
            id_, version = message.message_id, after.version
            record = encode_receipt(id_, message.body, version, turn.now_s, answer)
        commit = self._services.commits.delta(before, after, turn.touched, record, turn.events)
        wake_times: WakeTimes = ()
        if after.sessions is not before.sessions:
            wake_times = self._wake_times(turn.touched, after)
        self._gate.submit_turn(commit, request, after.version, answer, backup=turn.backup)
        self.state = after
        if self._backlog.open():
            self._services.backups.mark(self)
        if after.sessions is not before.sessions:
            self._backlog.note_turn(turn.touched, before, after)
            self._nothing_stored -= after.sessions.keys()
        if record:
            self._receipts = self._receipts or Receipts(self._services.receipt_bounds)
            self._receipts.add(message.message_id, record)
        if wake_times:
            self._set_alarms(wake_times)

    def _answer_read(self, turn: Turn, body: Any, request: Request) -> None:
        state = self.state
        session = state.sessions.get(request.message.module)
        if session is not None and not session.dirty:
            key = keys.session(request.message.module, session.session_id)
            self._services.session_use.note(key)
        self._answer(request, "ok", state.version, body(state) if callable(body) else body)
        if turn.backup:
            self.request_backup()

    def _answer_duplicate(self, request: Request, now_s: float) -> bool:
        """Answer a message that was applied before as it was answered then; whether it was.

        Raises: MessageIdReusedError.
        """
        message = request.message
        if self._receipts is None:
            return False
        applied = self._receipts.find(message.message_id, message.body, now_s)
        if applied is None:
            return False
        self._answer(request, "duplicate", applied.version, applied.reply)
        return True

    def _answer(self, request: Request, outcome: str, version: int, body: ReplyBody) -> None:
        self._gate.when_safe(
            request.reply, lambda durability: request.resolve(outcome, version, durability, body)
        )

    def _answer_error(self, request: Request, error: Exception) -> None:
        """Say why nothing was done; at once if the reason is that there is too much to do."""
        if isinstance(error, (MailboxFullError, BacklogFullError)):
            request.fail(error)
        else:
            self._gate.when_safe(request.reply, lambda _: request.fail(error))

    async def _load_then_handle(self, module: str, request: Request) -> None:
        """Load the session that a turn needs, then run the turn; that there is none is for the turn
        to judge. A session that can't be read isolates the character: its unsaved changes stay in
        Redis."""
        try:
            self._attach(module, await self._load(module))
        except NothingStoredError:
            self._nothing_stored |= {module}
        except UnreadableSessionError as error:
            await self._services.quarantine.keep(self.char_id, SESSION, error.reason, error.record)
            request.fail(error)
            self._isolate(error)
            return
        except (GameStateError, PersistenceError) as error:
            request.fail(error)
            return
        await self._finish(self.receive(request.message, request.reply))

    async def _load(self, module: str) -> Session:
        """From Postgres, once it has everything: a session that ended is there until then.

        Raises: NothingStoredError, UnreadableSessionError, StoreUnavailableError, BadRecordError.
        """
        if self._backlog.lacks(module):
            await self._services.backups.flush(self)
        return await self._services.sessions.load_session(module, self.char_id)

    def _attach(self, module: str, session: Session) -> None:
        """Raises: FencedOutError: the character was lost meanwhile; BacklogFullError."""
        if self._life is Life.GONE:
            raise FencedOutError(self.char_id, self.state.epoch, "redis")
        whole = with_session(self.state, module, session)
        self._write_full_state(whole)
        self.state = whole
        self._set_alarms(self._wake_times((module,)))

    @staticmethod
    async def _finish(work: Work) -> None:
        if work is not None:
            await work

    # ------------------------------------------------------------------ orders

    def _wake(self, order: WakeUp, reply: ReplySlot) -> Work:
        """Send the module its command `wake` if its time has come; look at the clock again then if
        it has not."""
        services = self._services
        at_s = wakes_at(self.state, order.module, services.router.modules)
        if at_s is None:
            return None
        if at_s > services.now_s():
            self._set_alarms([(order.module, at_s)])
            return None
        return self.receive(
            services.router.wake(order.module), _OnFailure(partial(self._postpone, order.module))
        )

    def _handle_for_epoch(self, order: ForEpoch, reply: ReplySlot) -> Work:
        current = self.state.epoch
        if order.epoch == current:
            return self.receive(order.message, reply)
        request = Request(order.message, reply, self._services.observer)
        self._answer_error(request, SupersededError(order.epoch, current))
        return None

    def _depart(self, order: Departure, reply: ReplySlot) -> Work:
        current = self.state.epoch
        if order.epoch is None or order.epoch == current:
            return self._end_activation(order, reply)
        reply.fail(SupersededError(order.epoch, current))
        return None

    async def _end_activation(self, order: Departure, reply: ReplySlot) -> None:
        """Save, release to the order's owner, answer with the version, and drop the actor. What was
        accepted before is finished first."""
        logs_out = order.owner == LOGGED_OUT
        try:
            if logs_out:
                await self._send_leave()
            released = await self._save_and_release(order.owner)
        except (PersistenceError, QuarantinedError) as error:
            reply.fail(error)
            return
        if not released:
            reply.fail(FencedOutError(self.char_id, self.state.epoch, "postgres"))
            return
        if logs_out:
            self._keep_sessions_with_the_core()
        reply.resolve(self.state.version)
        self._services.kernel.drop(self.char_id, order.refusal(self.char_id), order.reason)

    async def _send_leave(self) -> None:
        """Send the command `leave` to the modules that have it, and a session. A module can't
        refuse a logout.

        Raises: PersistenceError, QuarantinedError: the character can't be logged out now.
        """
        router = self._services.router
        for module in router.leaving & self.state.sessions.keys():
            outcome = ReplySlot()
            await self._gate.rest()  # there is room for its turn
            await self._finish(self.receive(router.leave(module), outcome))
            await self._gate.rest()  # its commit has landed or failed
            if isinstance(outcome.error, (PersistenceError, QuarantinedError)):
                raise outcome.error

    async def _save_and_release(self, owner: str) -> bool:
        """Bring everything to Postgres, then transfer the character to `owner`; whether it was
        still this activation's. No commit comes after that.

        Raises: BadRecordError, ColdStoreUnavailableError: if it was the release that got no answer,
            the character may be released all the same, so the activation has ended.
        """
        await self.save()
        if self._life is Life.GONE:
            return False
        self._life = Life.RELEASING
        try:
            ours = await self._services.ownership.release(self.state, owner)
        except ColdStoreUnavailableError as error:
            self._abandon(error, "in_doubt")
            raise
        finally:
            if self._life is Life.RELEASING:
                self._life = Life.LIVE
        if ours:
            self._leave()
        else:
            self.fenced_by("postgres")
        return ours

    def _keep_sessions_with_the_core(self) -> None:
        """Let the sessions stay in Redis as long as the core of the logged-out character does: one
        that is missing at the next login was lost then."""
        for module, session in self.state.sessions.items():
            self._services.session_use.note(keys.session(module, session.session_id))

    # ------------------------------------------------------------------ sessions that come and go

    def drop_expired(self, module: str, session_id: str) -> None:
        """Redis let this clean session expire: its core stops naming it. It stays in memory, and
        its next change writes it to Redis again."""
        session = self.state.sessions.get(module)
        if session is not None and session.session_id == session_id and not session.dirty:
            self._remove_from_redis([module])

    def _release_sessions(self) -> None:
        """Drop the clean sessions that nothing needs in memory."""
        leaving = releasable(self.state, self._services.router.modules)
        if leaving and self._remove_from_redis(leaving):
            self.state = without_sessions(self.state, leaving)

    def _remove_from_redis(self, modules: Collection[str]) -> bool:
        """No new version, nothing to save. False if it can't be done now; their time to live in
        Redis ends all the same."""
        if not self._may_write:
            return False
        try:
            self._write_full_state(without_sessions(self.state, modules))
        except BacklogFullError:
            return False
        return True

    # ------------------------------------------------------------------ alarms

    def _wake_times(
        self, touched: Collection[str], state: CharacterState | None = None
    ) -> WakeTimes:
        """When the touched modules want to be woken, by the state (None: as it is)."""
        router = self._services.router
        if router.waking.isdisjoint(touched):
            return ()
        state = self.state if state is None else state
        return [
            (name, wakes_at(state, name, router.modules))
            for name in touched
            if name in router.waking
        ]

    def _set_alarms(self, wake_times: WakeTimes) -> None:
        for module, at_s in wake_times:
            if at_s is not None or self._alarms is not None:
                self._own_alarms().set(module, at_s)

    def _postpone(self, module: str) -> None:
        """A wake-up failed: wake the module again later, if it still wants to be woken."""
        if self._life is Life.GONE:
            return
        if wakes_at(self.state, module, self._services.router.modules) is not None:
            self._own_alarms().postpone(module)

    def _own_alarms(self) -> Alarms:
        if self._alarms is None:
            services = self._services
            self._alarms = Alarms(self.char_id, services.kernel, services.now_s)
        return self._alarms

    # ------------------------------------------------------------------ the whole state for Redis

    def reseed(self) -> None:
        """Redis lost this character, or missed turns while it was away: write the whole state.

        Raises: BacklogFullError: nothing was queued.
        """
        if self._may_write:
            self._write_full_state(self.state)

    @property
    def _may_write(self) -> bool:
        """Whether a commit may be queued that no message asked for."""
        return self._life in (Life.LOADING, Life.LIVE)

    def _write_full_state(self, state: CharacterState) -> None:
        """Raises: BacklogFullError: nothing was queued."""
        self._gate.submit(self._full(state), NO_REPLY)

    async def _seed(self) -> None:
        """Write the whole state to Redis, and wait until it is there."""
        seeded = ReplySlot()
        self._gate.submit(self._full(self.state), seeded)
        await self._gate.rest()
        if seeded.error is not None:
            raise seeded.error

    def _full(self, state: CharacterState) -> Commit:
        receipts = self._receipts.all(self._services.now_s()) if self._receipts else ()
        return self._services.commits.full(state, receipts, dirty=self.dirty)

    # ------------------------------------------------------------------ CommitSource, for the gate

    def landed(self, durability: Durability) -> None:
        """A commit is safe."""
        if self._life is not Life.GONE:
            self._services.ownership.landed(self.char_id, durability)

    def failed(self, error: PersistenceError) -> Exception:
        """Fenced, quarantined, or outcome unknown: end the activation, so that the next message
        loads the character from the stores. Returns what senders get."""
        reason: Exception = error
        if isinstance(error, BadRecordError):
            reason = QuarantinedError(self.char_id, error.reason)
        self._abandon(reason, REASONS.get(type(reason), "in_doubt"))
        return reason

    def full_commit(self) -> Commit | None:
        """Everything up to now; None if the activation ended."""
        return None if self._life is Life.GONE else self._full(self.state)

    # ------------------------------------------------------ DirtyCharacter, for the backup worker

    async def save(self) -> int:
        """Bring everything to Postgres; the version it has then.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await self._gate.rest()
        await self._services.backups.flush(self)
        await self._gate.rest()  # `saved` may have written a smaller state to Redis
        return self.state.version

    def backup(self) -> Backup:
        """What Postgres lacks. Raises: InvariantError: it is older than what Postgres has."""
        receipts = self._receipts.as_json(self._services.now_s()) if self._receipts else NO_RECEIPTS
        backlog = self._backlog
        return self._services.commits.backup(
            self.state, backlog.parts(), receipts, backlog.saved_version
        )

    def saved(self, backup: Backup) -> CleanMark | None:
        """Postgres has this backup. Returns the mark that cleans the character in Redis; None if
        there are newer changes."""
        version = backup.character.version
        self._backlog.saved(version)
        if version != self.state.version or not self._gate.resting:
            return None
        self._backlog.close()
        self.state, mark = cleaned(self.state)
        self._release_sessions()
        return mark

    def fenced_by(self, store: str) -> None:
        """A newer activation owns the character."""
        self._abandon(FencedOutError(self.char_id, self.state.epoch, store), "fenced")

    def unstorable(self, error: BadRecordError) -> None:
        """Postgres refuses the character's record, which is in quarantine: Redis keeps what was
        acknowledged."""
        self._isolate(QuarantinedError(self.char_id, error.reason))

    def broken(self, error: InvariantError) -> None:
        """The backup it offered was not sound."""
        self.failed(error)

    def request_backup(self) -> None:
        """Be in the next backup, if there is anything to save."""
        self._services.backups.hurry(self)

    def force_backup(self) -> None:
        """Be in the next backup, whether or not anything changed, so that both stores agree."""
        if self._backlog.open():
            self._services.backups.mark(self)
        self._services.backups.hurry(self)

    # ------------------------------------------------------------------ beginning and end

    def _adopt(self, restored: Restored) -> None:
        self.state = restored.state
        self.restored_from = restored.source
        self._life = Life.LIVE
        if restored.receipts:
            self._receipts = Receipts(self._services.receipt_bounds)
            self._receipts.load(restored.receipts, self._services.now_s())
        if restored.dirty:
            self._backlog.open()
            self._backlog.note_all(restored.state)
            self._services.backups.mark(self)

    def _isolate(self, error: QuarantinedError) -> None:
        """Something of the character can't be read or stored, and is in quarantine."""
        self._abandon(error, "quarantined")

    def _abandon(self, error: Exception, reason: str) -> None:
        """End the activation, whatever is unsaved; senders that wait get `error`."""
        if self._life is Life.GONE:
            return
        self._leave()
        self._services.backups.forget(self)
        self._services.kernel.drop(self.char_id, error, reason)

    def _leave(self) -> None:
        self._life = Life.GONE
        self._gate.close()
        if self._alarms is not None:
            self._alarms.cancel()

    # ------------------------------------------------------------------ what each order does

    ORDERS: ClassVar[Mapping[type, Callable[[CharacterActor, Any, ReplySlot], Work]]] = {
        WakeUp: _wake,
        ForEpoch: _handle_for_epoch,
        Logout: _depart,
        HandOver: _depart,
        EvictForLogin: _depart,
    }


class _OnFailure(ReplySlot):
    """The reply to a command that no client sent: only its failure matters."""

    __slots__ = ("_failed",)

    def __init__(self, failed: Callable[[], None]) -> None:
        super().__init__()
        self._failed = failed

    def settled(self) -> None:
        if self.error is not None:
            self._failed()


REASONS: Final[Mapping[type[Exception], str]] = {
    FencedOutError: "fenced",
    QuarantinedError: "quarantined",
    InvariantError: "invariant",
}
"""Why an activation ends whose commit failed; `in_doubt` for all else."""
