"""CharacterActor: what a message, or an order of the server, does to a character.

    receive -> Turn.run (pure) -> Activation.commit -> OutputGate -> GroupCommit ... Redis ...
            -> TurnInFlight.landed -> the sender

The new state is adopted as soon as its commit is queued, and the next message is handled on it; the
gate holds replies back until everything they were computed from is safe."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, ClassVar

from actors.envelope import ReplySlot
from actors.errors import MailboxFullError
from gamestate.contract.state import Session
from gamestate.contract.turn import SnapshotReply
from gamestate.errors import (
    GameStateError,
    QuarantinedError,
    SupersededError,
    UnreadableSessionError,
)
from gamestate.game.character.activation import Activation
from gamestate.game.character.orders import (
    Departure,
    EvictForLogin,
    ForEpoch,
    HandOver,
    Logout,
    Order,
    WakeUp,
)
from gamestate.game.character.request import Request
from gamestate.game.character.services import ActorServices
from gamestate.game.character.turn import SessionNeededError, Turn
from gamestate.game.ownership.claims import ActivatedBy
from gamestate.game.quarantine.gate import SESSION
from gamestate.game.router import Message
from gamestate.modules.core.module import NoSessionError
from persistence.errors import BacklogFullError, FencedOutError, InvariantError, PersistenceError
from persistence.hot import keys
from persistence.records import LOGGED_OUT, UNOWNED

Work = Coroutine[Any, Any, None] | None
"""What is left to await of a message; None: nothing."""


class CharacterActor:
    """The Actor of one logged-in character (see `actors.actor.Actor`).

    Attributes:
        activation: the character's state, and its way into both stores.
    """

    __slots__ = ("_nothing_stored", "_services", "activation")

    def __init__(self, char_id: int, services: ActorServices) -> None:
        self.activation = Activation(char_id, services.activations)
        self._services = services
        self._nothing_stored: frozenset[str] = frozenset()  # modules Postgres has no session of

    # ------------------------------------------------------------------ Actor, for the kernel

    async def start(self, intent: Any) -> None:
        """Claim the character and load its state. `intent`: an ActivatedBy; None: a message did.
        Raises: what `Activation.restore` raises."""
        started = perf_counter()
        source = await self.activation.restore(intent or ActivatedBy.MESSAGE)
        self._services.observer.restored(source, perf_counter() - started)

    async def restart(self, error: BaseException) -> None:
        """Come back from a crash. A turn changes nothing until it is complete, so the state is the
        one before the message; only what is in flight is awaited. What the message should have
        woken is woken again later."""
        await self.activation.rest()
        for module in self._services.router.waking:
            self.activation.postpone_alarm(module)

    async def stop(self, reason: str) -> None:
        """Save everything and release the character, which stays logged in.

        Raises: ColdStoreUnavailableError, BadRecordError.
        """
        await self.activation.release(UNOWNED)

    def receive(self, message: Message | Order, reply: ReplySlot) -> Work:
        """Handle one message: reply, commit, or load the session it needs first."""
        if not isinstance(message, Message):
            return self.ORDERS[type(message)](self, message, reply)
        activation, services = self.activation, self._services
        request = Request(activation.gate, message, reply, services.observer)
        now_s = services.now_s()
        try:
            if message.body and activation.answer_duplicate(request, now_s):
                return None
            turn = Turn(
                activation.state, services.router, services.new_ids, now_s, self._nothing_stored
            )
            body = turn.run(message)
            if turn.touched:
                activation.commit(turn, body, request)
                if self._nothing_stored:
                    self._nothing_stored -= turn.sessions.keys()
            elif isinstance(body, SnapshotReply):
                return self._write_snapshot(turn, turn.session(body.module), body.module, request)
            else:
                activation.answer_read(turn, body, request)
        except SessionNeededError as needed:
            return self._load_then_handle(needed.module, request)
        except InvariantError as error:
            activation.answer_error(request, error)
            activation.failed(error)
        except (MailboxFullError, BacklogFullError) as error:
            request.fail(error)  # at once: there is too much to do already
        except (GameStateError, PersistenceError) as error:
            activation.answer_error(request, error)
        return None

    # ------------------------------------------------------------------ a session that is missing

    async def _load_then_handle(self, module: str, request: Request) -> None:
        """Load the session that a turn needs, then run the turn; that there is none is for the turn
        to judge. A session that can't be read isolates the character: its unsaved changes stay in
        Redis."""
        try:
            session = await self._load(module)
            if session is None:
                self._nothing_stored |= {module}
            else:
                self.activation.attach(module, session)
        except UnreadableSessionError as error:
            await self._services.quarantine.keep(
                self.activation.char_id, SESSION, error.reason, error.record
            )
            request.fail(error)
            self.activation.isolate(error)
            return
        except (GameStateError, PersistenceError) as error:
            request.fail(error)
            return
        await _finish(self.receive(request.message, request.reply))

    async def _load(self, module: str) -> Session | None:
        """From Postgres, once it has everything: a session that ended is there until then.

        Raises: FencedOutError: the activation ended meanwhile. UnreadableSessionError,
            StoreUnavailableError, BadRecordError.
        """
        if self.activation.lacks_backup(module):
            await self.activation.flush()
        session: Session | None = None
        with suppress(NoSessionError):
            session = await self._services.sessions.load_session(module, self.activation.char_id)
        self.activation.check_active()
        return session

    # ------------------------------------------------------------------ a snapshot for others

    async def _write_snapshot(
        self, turn: Turn, session: Session, module: str, request: Request
    ) -> None:
        """Put the session under a `temp:` key, then reply with the key."""
        activation = self.activation
        try:
            key = await self._services.assembler.put(module, activation.char_id, session)
            activation.check_active()
        except PersistenceError as error:
            request.fail(error)
        else:
            activation.answer_read(turn, {"key": key, "expires_in_s": keys.TEMP_TTL_S}, request)

    # ------------------------------------------------------------------ orders

    def _wake(self, order: WakeUp, reply: ReplySlot) -> Work:
        """Send the module its command `wake` if its time has come; else set the timer again."""
        services, module = self._services, order.module
        at_s = self.activation.wakes_at(module)
        if at_s is None:
            return None
        if at_s > services.now_s():
            self.activation.set_alarm(module, at_s)
            return None
        failed = partial(self.activation.postpone_alarm, module)
        return self.receive(services.router.wake(module), _OnFailure(failed))

    def _handle_for_epoch(self, order: ForEpoch, reply: ReplySlot) -> Work:
        current = self.activation.state.epoch
        if order.epoch == current:
            return self.receive(order.message, reply)
        request = Request(self.activation.gate, order.message, reply, self._services.observer)
        self.activation.answer_error(request, SupersededError(order.epoch, current))
        return None

    def _depart(self, order: Departure, reply: ReplySlot) -> Work:
        current = self.activation.state.epoch
        if order.epoch is None or order.epoch == current:
            return self._end_activation(order, reply)
        reply.fail(SupersededError(order.epoch, current))
        return None

    async def _end_activation(self, order: Departure, reply: ReplySlot) -> None:
        """Save, release to the order's owner, reply with the version, and drop the actor. What was
        accepted before is finished first."""
        activation = self.activation
        try:
            if order.owner == LOGGED_OUT:
                await self._send_leave()
            released = await activation.release(order.owner)
        except (PersistenceError, QuarantinedError) as error:
            reply.fail(error)
            return
        char_id, state = activation.char_id, activation.state
        if not released:
            reply.fail(FencedOutError(char_id, state.epoch, "postgres"))
            return
        if order.owner == LOGGED_OUT:
            activation.keep_sessions_with_the_core()
        reply.resolve(state.version)
        self._services.kernel.drop(char_id, order.refusal(char_id), order.reason)

    async def _send_leave(self) -> None:
        """Send the command `leave` to the modules that have it, and a session. A module can't
        refuse a logout.

        Raises: PersistenceError, QuarantinedError: the character can't be logged out now.
        """
        router = self._services.router
        for module in router.leaving & self.activation.state.sessions.keys():
            outcome = ReplySlot()
            await self.activation.rest()  # there is room for its turn
            self.activation.check_active()
            await _finish(self.receive(router.leave(module), outcome))
            await self.activation.rest()  # its commit has landed or failed
            if isinstance(outcome.error, (PersistenceError, QuarantinedError)):
                raise outcome.error

    ORDERS: ClassVar[Mapping[type, Callable[[CharacterActor, Any, ReplySlot], Work]]] = {
        WakeUp: _wake,
        ForEpoch: _handle_for_epoch,
        Logout: _depart,
        HandOver: _depart,
        EvictForLogin: _depart,
    }
    """What each order does."""


async def _finish(work: Work) -> None:
    if work is not None:
        await work


class _OnFailure(ReplySlot):
    """The reply to a command that no client sent: only its failure matters."""

    __slots__ = ("_failed",)

    def __init__(self, failed: Callable[[], None]) -> None:
        super().__init__()
        self._failed = failed

    def settled(self) -> None:
        if self.error is not None:
            self._failed()
