"""Activation: one stay of a character in memory, from the claim of its epoch to its release.

It has the state as the last turn made it, and keeps both stores up to it: every turn is committed
to Redis (`OutputGate`), what Postgres lacks is saved later (`Backlog`), and applied message ids are
remembered (`Receipts`). When a commit is refused, or its outcome is unknown, the activation ends at
once: the next one reads the stores.

None of its parts knows it. It implements a narrow port for each that has to ask back:
`CommitSource` for the gate, `DirtyCharacter` for the backup worker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, Final

from actors.envelope import NO_REPLY, ReplySlot
from gamestate.contract.state import CharacterState, Session
from gamestate.contract.turn import ReplyBody
from gamestate.errors import QuarantinedError
from gamestate.game.character.alarms import Alarms
from gamestate.game.character.backlog import Backlog
from gamestate.game.character.gate import CommitInFlight, OutputGate
from gamestate.game.character.receipts import Receipts
from gamestate.game.character.request import Request
from gamestate.game.character.services import ActivationServices
from gamestate.game.character.sessions import (
    WakeTimes,
    cleaned,
    releasable,
    shown,
    wakes_at,
    with_session,
    without_sessions,
)
from gamestate.game.character.turn import Turn
from gamestate.game.ownership.claims import ActivatedBy
from gamestate.game.ownership.restore import Restored
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
from persistence.records import Backup, CleanMark, Commit, Durability

REASONS: Final[Mapping[type[Exception], str]] = {
    FencedOutError: "fenced",
    QuarantinedError: "quarantined",
    InvariantError: "invariant",
}
"""Why an activation ends whose commit failed; `in_doubt` for all else."""


class Life(Enum):
    """LOADING -> LIVE -> RELEASING -> GONE, and from any of them to GONE if the character is lost.
    RELEASING -> LIVE if the release is cancelled."""

    LOADING = "loading"  # its state is not known yet
    LIVE = "live"
    RELEASING = "releasing"  # the stores may say already that it is another's: nothing is written
    GONE = "gone"  # it has ended


GONE: Final = Life.GONE
"""By itself, because every commit looks at it, and an enum's attribute costs seven look-ups."""


class Activation:
    """One character in memory, under one epoch.

    Attributes:
        state: as the last turn made it; commits in flight are in it already.
        gate: what its commits and replies pass.
        restored_from: 'redis' or 'postgres'; "" while it is loading.
    """

    __slots__ = (
        "_alarms",
        "_backlog",
        "_life",
        "_receipts",
        "_services",
        "char_id",
        "gate",
        "restored_from",
        "state",
    )

    state: CharacterState

    def __init__(self, char_id: int, services: ActivationServices) -> None:
        self.char_id = char_id
        self.restored_from = ""
        self._services = services
        self._life = Life.LOADING
        self.gate = OutputGate(self, services.queue, services.max_in_flight)
        self._backlog = Backlog()
        self._receipts: Receipts | None = None
        self._alarms: Alarms | None = None

    @property
    def loaded(self) -> bool:
        """Whether its state is known, and still its own."""
        return self._life in (Life.LIVE, Life.RELEASING)

    @property
    def ended(self) -> bool:
        """Whether the character is not this activation's any more."""
        return self._life is GONE

    @property
    def dirty(self) -> bool:
        """Whether Postgres lacks something."""
        return self._backlog.dirty

    def check_active(self) -> None:
        """For use after an await. Raises: FencedOutError: the activation has ended meanwhile."""
        if self.ended:
            raise FencedOutError(self.char_id, self.state.epoch, "redis")

    def lacks_backup(self, module: str) -> bool:
        """Whether Postgres lacks something of this module's session."""
        return self._backlog.lacks(module)

    def view(self) -> dict[str, Any]:
        """The character as a client sees it: JSON values, the shape of `character_view`."""
        return character_view(self.state, shown(self.state.sessions, self._services.router.modules))

    # ------------------------------------------------------------------ the beginning

    async def restore(self, cause: ActivatedBy) -> str:
        """Claim the character and load its state; the store it came from.

        Raises: what `Restorer.restore` raises; PersistenceError: it could not be seeded.
        """
        restored = await self._services.restorer.restore(self.char_id, cause)
        self._adopt(restored)
        if restored.seed:
            await self._seed()
        self._release_sessions()
        self._set_alarms(self._wake_times(self.state, self.state.sessions))
        return restored.source

    def _adopt(self, restored: Restored) -> None:
        self.state = restored.state
        self.restored_from = restored.source
        self._life = Life.LIVE
        if restored.receipts:
            self._receipts = Receipts(self._services.receipt_bounds)
            self._receipts.load(restored.receipts, self._services.now_s())
        if restored.dirty:
            self._backlog.note_all(restored.state)
            self._services.backups.mark_dirty(self)

    async def _seed(self) -> None:
        """Write the whole state to Redis, and wait until it is there."""
        seeded = ReplySlot()
        self.gate.submit(self._full(self.state), CommitInFlight(self.gate, seeded))
        await self.gate.rest()
        if seeded.error is not None:
            raise seeded.error

    # ------------------------------------------------------------------ turns and replies

    def commit(self, turn: Turn, body: Any, request: Request) -> None:
        """Queue the turn's commit, then adopt its state; `request` gets `body` (what `Turn.run`
        returned) when the commit is safe. If it can't be queued nothing happened.

        Raises: MailboxFullError, BacklogFullError, InvariantError.
        """
        self.gate.check_room()
        message, before, after = request.message, self.state, turn.state
        reply: ReplyBody = body(after) if callable(body) else body
        receipt = b""
        if message.body:
            id_, version = message.message_id, after.version
            receipt = encode_receipt(id_, message.body, version, turn.now_s, reply)
        commit = self._services.commits.delta(before, after, turn.touched, receipt, turn.events)
        same_sessions = after.sessions is before.sessions
        wake_times = () if same_sessions else self._wake_times(after, turn.touched)
        request.promise(after.version, reply, backup=turn.backup)
        self.gate.submit(commit, request)
        self.state = after
        if self._backlog.open():
            self._services.backups.mark_dirty(self)
        if receipt:
            self._receipts = self._receipts or Receipts(self._services.receipt_bounds)
            self._receipts.add(message.message_id, receipt)
        if not same_sessions:
            self._backlog.note_turn(turn.touched, before, after)
            self._set_alarms(wake_times)

    def answer_read(self, turn: Turn, body: Any, request: Request) -> None:
        """The reply of a turn that changed nothing, once what it was computed from is safe."""
        state, module = self.state, request.message.module
        session = state.sessions.get(module)
        if session is not None and not session.dirty:
            self._services.ttl_refresher.note(keys.session(module, session.session_id))
        self._answer(request, "ok", state.version, body(state) if callable(body) else body)
        if turn.backup:
            self.request_backup()

    def answer_duplicate(self, request: Request, now_s: float) -> bool:
        """Answer a message that was applied before as it was answered then; whether it was.
        `now_s`: Unix time in seconds.

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

    def answer_error(self, request: Request, error: Exception) -> None:
        """Say why nothing was done, once what that was computed from is safe."""
        self.gate.when_safe(request.reply, lambda _: request.fail(error))

    async def safe(self) -> None:
        """Return when the state as it is now is safe. Raises: what `OutputGate.safe` raises."""
        await self.gate.safe()

    async def rest(self) -> None:
        """Return when no commit is in flight, or the activation has ended."""
        await self.gate.rest()

    def _answer(self, request: Request, outcome: str, version: int, body: ReplyBody) -> None:
        self.gate.when_safe(
            request.reply, lambda durability: request.resolve(outcome, version, durability, body)
        )

    # ------------------------------------------------------------------ sessions that come and go

    def attach(self, module: str, session: Session) -> None:
        """The state has this session from now on, which Postgres had all along: no new version.

        Raises: FencedOutError: the activation ended while it was loaded; BacklogFullError.
        """
        self.check_active()
        whole = with_session(self.state, module, session)
        self._write_full_state(whole)
        self.state = whole
        self._set_alarms(self._wake_times(whole, (module,)))

    def drop_expired(self, module: str, session_id: str) -> None:
        """Redis let this clean session expire: its core stops naming it. It stays in memory, and
        its next change writes it to Redis again."""
        session = self.state.sessions.get(module)
        if session is not None and session.session_id == session_id and not session.dirty:
            self._remove_from_redis([module])

    def _release_sessions(self) -> None:
        """Drop the clean sessions that need not stay."""
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

    def wakes_at(self, module: str) -> float | None:
        """When the module wants its command `wake`, Unix time in seconds; None: not at all."""
        return wakes_at(self.state, module, self._services.router.modules)

    def set_alarm(self, module: str, at_s: float | None) -> None:
        """Wake the module at this Unix time, in seconds; None: not at all."""
        self._own_alarms().set(module, at_s)

    def postpone_alarm(self, module: str) -> None:
        """Its wake-up failed: wake the module again later, if it still wants to be woken."""
        if not self.ended and self.wakes_at(module) is not None:
            self._own_alarms().postpone(module)

    def _own_alarms(self) -> Alarms:
        if self._alarms is None:
            services = self._services
            self._alarms = Alarms(self.char_id, services.kernel, services.now_s)
        return self._alarms

    def _wake_times(self, state: CharacterState, touched: Collection[str]) -> WakeTimes:
        """Of the modules that are touched and have a command `wake`, by their sessions' data."""
        router = self._services.router
        if router.waking.isdisjoint(touched):
            return ()
        waking = (name for name in touched if name in router.waking)
        return [(name, wakes_at(state, name, router.modules)) for name in waking]

    def _set_alarms(self, wake_times: WakeTimes) -> None:
        for module, at_s in wake_times:
            if at_s is not None or self._alarms is not None:
                self.set_alarm(module, at_s)

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
        return self._life is Life.LIVE

    def _write_full_state(self, state: CharacterState) -> None:
        """Raises: BacklogFullError: nothing was queued."""
        self.gate.submit(self._full(state), CommitInFlight(self.gate, NO_REPLY))

    def _full(self, state: CharacterState) -> Commit:
        receipts = self._receipts.all(self._services.now_s()) if self._receipts else ()
        return self._services.commits.full(state, receipts, dirty=self.dirty)

    # ------------------------------------------------------------------ CommitSource, for the gate

    def landed(self, durability: Durability) -> None:
        """A commit is safe."""
        if self._life is not GONE:
            self._services.lag.landed(self.char_id, durability)

    def failed(self, error: PersistenceError) -> Exception:
        """Fenced, quarantined, or outcome unknown: the activation ends. Returns what senders
        get."""
        reason: Exception = error
        if isinstance(error, BadRecordError):
            reason = QuarantinedError(self.char_id, error.reason)
        self._end(reason, REASONS.get(type(reason), "in_doubt"))
        return reason

    def full_commit(self) -> Commit | None:
        """Everything up to now; None if the activation has ended."""
        return None if self.ended else self._full(self.state)

    # ------------------------------------------------------------------ saving

    async def save(self) -> int:
        """Bring everything to Postgres; the version it has then.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await self.gate.rest()
        await self.flush()
        await self.gate.rest()  # `saved` may have written a smaller state to Redis
        return self.state.version

    async def flush(self) -> None:
        """Return when Postgres has everything as of now; turns go on meanwhile.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await self._services.backups.flush(self)

    def request_backup(self) -> None:
        """Be in the next backup, if there is anything to save."""
        self._services.backups.request_flush(self)

    def force_backup(self) -> None:
        """Be in the next backup, whether or not anything changed, so that both stores agree."""
        if self._backlog.open():
            self._services.backups.mark_dirty(self)
        self._services.backups.request_flush(self)

    # ------------------------------------------------------ DirtyCharacter, for the backup worker

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
        if version != self.state.version or not self.gate.resting:
            return None
        self._backlog.close()
        self.state, mark = cleaned(self.state)
        self._release_sessions()
        return mark

    def on_record_rejected(self, error: BadRecordError) -> None:
        """Postgres refuses the character's record, which is in quarantine: Redis keeps what was
        acknowledged."""
        self.isolate(QuarantinedError(self.char_id, error.reason))

    def on_invariant_violated(self, error: InvariantError) -> None:
        """The backup it offered was not sound."""
        self.failed(error)

    # ------------------------------------------------------------------ the end

    async def release(self, owner: str) -> bool:
        """Bring everything to Postgres, then transfer the character to `owner`; whether it was
        still this activation's. No commit comes after that.

        Raises: BadRecordError, ColdStoreUnavailableError: if it was the release that got no answer,
            the character may be released all the same, so the activation has ended.
        """
        await self.save()
        if self.ended:
            return False
        self._life = Life.RELEASING
        try:
            ours = await self._services.claims.release(self.state, owner)
        except ColdStoreUnavailableError as error:
            self._end(error, "in_doubt")
            raise
        finally:
            if self._life is Life.RELEASING:
                self._life = Life.LIVE
        if ours:
            self._leave()
        else:
            self.fenced_by("postgres")
        return ours

    def keep_sessions_with_the_core(self) -> None:
        """Let the sessions stay in Redis as long as the core of the logged-out character does: one
        that is missing at the next login was lost then."""
        for module, session in self.state.sessions.items():
            self._services.ttl_refresher.note(keys.session(module, session.session_id))

    def fenced_by(self, store: str) -> None:
        """A newer activation owns the character."""
        self._end(FencedOutError(self.char_id, self.state.epoch, store), "fenced")

    def isolate(self, error: QuarantinedError) -> None:
        """Something of the character can't be read or stored, and is in quarantine."""
        self._end(error, "quarantined")

    def _end(self, error: Exception, reason: str) -> None:
        """Whatever is unsaved stays in Redis; senders that wait get `error`."""
        if self.ended:
            return
        self._leave()
        self._services.backups.discard(self)
        self._services.kernel.drop(self.char_id, error, reason)

    def _leave(self) -> None:
        self._life = GONE
        self.gate.close()
        if self._alarms is not None:
            self._alarms.cancel()
