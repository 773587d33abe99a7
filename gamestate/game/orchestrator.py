"""GameStateOrchestrator: the life of all characters of one server. On the trio thread."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final, cast

import orjson
import trio
from attrs import frozen

from actors.cell import Cell
from actors.envelope import NO_REPLY, ReplySlot
from actors.errors import ActorError, TooManyStartsError
from actors.ref import Ask
from actors.system import ActorSystem
from gamestate.content.templates import DEFAULT_STAT, STATS
from gamestate.contract.state import Vital
from gamestate.errors import (
    GameStateError,
    InvalidPayloadError,
    NotLoggedInError,
    QuarantinedError,
    SupersededError,
)
from gamestate.game.character.activation import Activation
from gamestate.game.character.actor import CharacterActor
from gamestate.game.character.orders import ForEpoch, Logout
from gamestate.game.message_result import MessageResult, Wait
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.claims import ActivatedBy, Claims, HeldElsewhereError
from gamestate.game.ownership.takeover import Takeover, Takeovers
from gamestate.game.postgres_ack import PostgresAckWaiter
from gamestate.game.router import CoreRouter, Message
from gamestate.game.stored.codec import state_of_row
from gamestate.modules.core.view import character_view
from persistence.backup.worker import BackupWorker
from persistence.cold.store import CharacterStore
from persistence.errors import BacklogFullError, PersistenceError
from persistence.hot.owners import readable_owners
from persistence.hot.store import DirtyStore
from persistence.records import LOGGED_OUT, CharacterRow, NewCharacter

START_LOCATION: Final = "start"
START_VITALS: Final[Mapping[str, Vital]] = {
    "hp": {"cur": 100, "max": 100},
    "mp": {"cur": 50, "max": 50},
}
FULL_QUEUE_RETRY_S: Final = 0.05
"""How often a full commit queue is tried again, seconds."""
RESEED_BATCH: Final = 500
"""How many characters are looked up in Redis together."""
MAX_CONCURRENT_STOPS: Final = 500
"""How many characters a drain saves and releases at once."""


@frozen
class Login:
    """The result of a login.

    Attributes:
        restored_from: 'memory', 'redis' or 'postgres'.
        character: its view, JSON values (see `character_view`).
        takeover: how an earlier activation ended for this login: 'handed_over' or 'fenced'; None:
            there was none, or it is shared.
    """

    restored_from: str
    character: Mapping[str, Any]
    takeover: Takeover | None = None


class GameStateOrchestrator:
    """Creates, restores, backs up, releases characters, and carries messages to them."""

    def __init__(
        self,
        system: ActorSystem,
        router: CoreRouter,
        claims: Claims,
        takeovers: Takeovers,
        backups: BackupWorker,
        hot: DirtyStore,
        cold: CharacterStore,
        observer: GameObserver,
    ) -> None:
        self._system = system
        self._router = router
        self._claims = claims
        self._takeovers = takeovers
        self._backups = backups
        self._postgres_acks = PostgresAckWaiter(system, backups)
        self._hot = hot
        self._cold = cold
        self._observer = observer
        self._id_prefix = uuid.uuid4().hex[:12]
        self._id_numbers = itertools.count(1)

    # ------------------------------------------------------------------ messages

    async def ask(
        self,
        char_id: int,
        type_: str,
        payload: Any,
        message_id: str | None = None,
        timeout_s: float | None = None,
        wait: Wait | None = None,
    ) -> MessageResult:
        """Send a message and wait until its change is safe.

        `message_id`: with one of your own the message is applied at most once, however often it is
        sent. `timeout_s`: how long to wait, seconds; None: the server's default. `wait`:
        "postgres" waits, as long again, until Postgres has it, too.

        Raises:
            MalformedError: the message is wrong; nothing was done. RefusedError: a rule said no
            (NotLoggedInError among them); nothing was done. DeliveryError, BacklogFullError: not
            handled; send it again later. AskTimeoutError, StoreUnavailableError: outcome unknown;
            resend with the same message_id. FencedOutError, OwnedElsewhereError: another server
            has the character. QuarantinedError, ActorCrashedError: an operator has to look at it.
            NotYetInPostgresError: only with `wait`; it is done, and in Redis.
        Cancellation: the outcome is unknown afterwards.
        """
        if wait is not None:
            sent = Ask()
            self.submit(char_id, type_, payload, message_id, sent, wait, timeout_s=timeout_s)
            return cast("MessageResult", await sent.answer())
        message = self._message(type_, payload, message_id)
        result: MessageResult = await self._system.ref(char_id).ask(message, timeout_s)
        return result

    def tell(self, char_id: int, type_: str, payload: Any, message_id: str | None = None) -> None:
        """Send a message without waiting. Raises: MalformedError, DeliveryError."""
        self._system.registry.deliver(char_id, self._message(type_, payload, message_id), NO_REPLY)

    def submit(
        self,
        char_id: int,
        type_: str,
        payload: Any,
        message_id: str | None,
        reply: ReplySlot,
        wait: Wait | None = None,
        epoch: int | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """`ask` without a task: the result, also an error, is settled in `reply`. `epoch`: the
        message is refused (SupersededError) under any other."""
        system = self._system
        if wait is not None:
            for_s, own_id = timeout_s or system.ask_timeout_s, message_id is not None
            reply = self._postgres_acks.wrap(reply, char_id, for_s, own_id=own_id)
        try:
            message = self._message(type_, payload, message_id)
            sent = message if epoch is None else ForEpoch(epoch, message)
            system.registry.deliver(char_id, sent, reply)
        except (GameStateError, ActorError) as error:
            reply.fail(error)
        else:
            if not reply.done:
                system.deadlines.watch(reply, char_id, timeout_s or system.ask_timeout_s)

    def _message(self, type_: str, payload: Any, message_id: str | None) -> Message:
        if message_id is None:
            own_id = f"{self._id_prefix}-{next(self._id_numbers)}"
            return self._router.message(type_, payload, own_id)
        message = self._router.message(type_, payload, message_id)
        message.apply_once(_digest(type_, payload))
        return message

    # ------------------------------------------------------------------ characters

    async def create(
        self,
        name: str,
        gender: str | None = None,
        stats: Mapping[str, int] | None = None,
        location: str | None = None,
    ) -> Mapping[str, Any]:
        """Store a new character, logged out; its view. Raises: ColdStoreUnavailableError."""
        new = NewCharacter(
            name,
            gender,
            location or START_LOCATION,
            {**dict.fromkeys(STATS, DEFAULT_STAT), **(stats or {})},
            orjson.dumps(START_VITALS),
        )
        return self._view_at_rest(await self._cold.create(new))

    async def restore_full_state(self, char_id: int) -> Login:
        """Log a character in: its state is loaded and its actor runs when this returns. Any number
        of concurrent callers share one activation. A server that has it active hands it over
        first, or is fenced; an activation here is shared, or ends too (the login policy).

        Raises:
            UnknownCharacterError, QuarantinedError.
            StoreUnavailableError, OwnedElsewhereError, FencedOutError, TooManyStartsError: retry
            later.
        """
        activation = await self._active(char_id)
        takeover, restored_from = None, "memory"
        if activation is None or not self._takeovers.shares:
            takeover = await self._takeovers.from_this_server(char_id)
            try:
                cell = await self._system.registry.activate(char_id, ActivatedBy.LOGIN)
            except HeldElsewhereError as error:
                takeover = await self._takeovers.from_other_server(char_id, error.held)
                cell = await self._system.registry.activate(char_id, ActivatedBy.TAKEOVER)
            activation = _activation(cell)
            restored_from = activation.restored_from
        view = activation.view()
        await activation.safe()
        self._observer.logged_in(restored_from)
        return Login(restored_from, view, takeover)

    async def backup_full_state(self, char_id: int) -> int:
        """Bring a character to Postgres now; the version Postgres then has.

        Raises: UnknownCharacterError, ColdStoreUnavailableError, BadRecordError.
        """
        cell = self._system.registry.get(char_id)
        if cell is None or not cell.ready:
            return (await self._claims.row(char_id)).version
        return await _activation(cell).save()

    async def logout(self, char_id: int, epoch: int | None = None) -> int:
        """Bring everything to Postgres and release the character; the version. Twice is fine.

        `epoch`: of the login that ends, from its answer; a later login is not affected.

        Raises: UnknownCharacterError, OwnedElsewhereError, StoreUnavailableError.
            SupersededError: the character has another epoch by now.
        """
        if epoch is not None:
            await self._must_be_current(char_id, epoch)
        known = self._system.registry.get(char_id)
        try:
            version: int = await self._system.ref(char_id).ask(Logout(epoch if known else None))
        except NotLoggedInError:
            return (await self._claims.row(char_id)).version
        return version

    async def _must_be_current(self, char_id: int, epoch: int) -> None:
        """Raises: SupersededError, UnknownCharacterError, StoreUnavailableError."""
        current = (await self._claims.ownership(char_id)).epoch
        if current != epoch:
            raise SupersededError(epoch, current)

    async def view(self, char_id: int) -> Mapping[str, Any]:
        """The character as a client sees it, logged in or not.

        Raises: UnknownCharacterError, StoreUnavailableError, QuarantinedError.
        """
        try:
            return (await self.ask(char_id, "core.view", {})).reply
        except NotLoggedInError:
            row = await self._claims.row(char_id)
        try:
            return self._view_at_rest(row)
        except ValueError as error:
            raise QuarantinedError(char_id, str(error)) from error

    def _view_at_rest(self, row: CharacterRow) -> Mapping[str, Any]:
        """The view of a character that is logged out. Raises: ValueError."""
        return character_view(state_of_row(row), {})

    async def _active(self, char_id: int) -> Activation | None:
        """The activation, if no other server has claimed its character meanwhile."""
        cell = self._system.registry.get(char_id)
        if cell is None or not cell.ready:
            return None
        activation = _activation(cell)
        if await self._claims.superseded(char_id, activation.state.epoch):
            activation.fenced_by("redis")
            return None
        return activation

    # ------------------------------------------------------------------ all of them

    def active(self) -> list[Activation]:
        """The activations that take messages now."""
        return [_activation(cell) for cell in self._system.registry if cell.ready]

    def count_sessions(self, *, dirty: bool = False) -> Mapping[str, int]:
        """Sessions in memory by module, all or those Postgres lacks. May be called on any
        thread."""
        counts = dict.fromkeys(self._router.modules, 0)
        for activation in self.active():
            for module, session in list(activation.state.sessions.items()):
                counts[module] += session.dirty or not dirty
        return counts

    async def recover(self, char_id: int) -> None:
        """Save what a crashed server left in Redis to Postgres. What fails is left to a login."""
        try:
            ownership = await self._claims.ownership(char_id)
            activation = _activation(await self._started(char_id, ActivatedBy.RECOVERY))
            activation.force_backup()
            if ownership.owner == LOGGED_OUT:
                await self.logout(char_id)
        except (GameStateError, PersistenceError, ActorError):
            return

    async def _started(self, char_id: int, cause: ActivatedBy) -> Cell:
        """The cell; waits behind players who log in, because no caller could retry."""
        while True:
            try:
                return await self._system.registry.activate(char_id, cause)
            except TooManyStartsError as error:
                await trio.sleep(error.retry_after_s)

    async def reseed(self) -> None:
        """Redis is back: write what it lost or missed, the most recently used characters first, and
        clear the dirty marks of what Postgres has. Raises: HotStoreUnavailableError."""
        marked = set(await self._hot.dirty())
        activations = self.active()[::-1]
        for start in range(0, len(activations), RESEED_BATCH):
            some = activations[start : start + RESEED_BATCH]
            known = await readable_owners(self._hot, [activation.char_id for activation in some])
            for activation in some:
                ownership = known.get(activation.char_id)
                missed = ownership is None or ownership.version < activation.state.version
                if missed or activation.char_id in marked:
                    await _reseed(activation)
                if activation.char_id in marked:
                    activation.force_backup()

    async def drain(self) -> None:
        """Finish accepted messages, save and release every character; they stay logged in."""
        await self._system.drain()
        for activation in self.active():
            self._backups.request_flush(activation)
        limiter = trio.CapacityLimiter(MAX_CONCURRENT_STOPS)
        async with trio.open_nursery() as nursery:
            for cell in self._system.registry:
                nursery.start_soon(self._stop, cell, limiter)

    async def _stop(self, cell: Cell, limiter: trio.CapacityLimiter) -> None:
        async with limiter:
            try:
                await self._system.registry.stop(cell.key)
            except PersistenceError:
                return  # acknowledged changes are in Redis; the next start recovers them


async def _reseed(activation: Activation) -> None:
    """Write one character to Redis as soon as the commit queue has room."""
    while True:
        try:
            activation.reseed()
        except BacklogFullError:
            await trio.sleep(FULL_QUEUE_RETRY_S)
        else:
            return


def _activation(cell: Cell) -> Activation:
    assert isinstance(cell.actor, CharacterActor)
    return cell.actor.activation


def _digest(type_: str, payload: Any) -> bytes:
    """What a message says, in 12 bytes. Raises: InvalidPayloadError: JSON can't say it."""
    try:
        body = orjson.dumps([type_, payload], option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise InvalidPayloadError("payload", "is nested too deeply") from error
    return blake2b(body, digest_size=12).digest()
