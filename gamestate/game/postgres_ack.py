"""PostgresAckWaiter: receipts that are sent when Postgres has the turn, too.

The message itself is handled as any other; only its reply slot is wrapped, so that messages without
this wish pay nothing for it. All that wait at a moment share the next backup."""

from __future__ import annotations

from attrs import evolve

from actors.envelope import ReplySlot
from actors.errors import ActorStoppedError
from actors.system import ActorSystem
from gamestate.errors import NotYetInPostgresError, QuarantinedError
from gamestate.game.character.actor import CharacterActor
from gamestate.game.message_result import MessageResult
from persistence.backup.worker import BackupWorker
from persistence.errors import BadRecordError


class PostgresAckWaiter:
    """Wraps reply slots, and waits for backups."""

    def __init__(self, system: ActorSystem, backups: BackupWorker) -> None:
        self._system = system
        self._backups = backups

    def wrap(self, reply: ReplySlot, char_id: int, timeout_s: float, *, own_id: bool) -> ReplySlot:
        """A slot for a result, which passes it on to `reply` when Postgres has its version.

        `timeout_s`: how long Redis alone may have it, seconds from the result on. `own_id`: the
        sender gave the message an id, and may send it again. `reply` gets NotYetInPostgresError if
        Postgres does not answer in time, QuarantinedError if it refuses the character's record.
        """
        return _AwaitingRedis(self, reply, char_id, timeout_s, own_id)

    def await_backup(self, char_id: int, version: int, saved: ReplySlot, timeout_s: float) -> None:
        """Settle `saved` when Postgres has this version, or does not in `timeout_s` seconds."""
        cell = self._system.registry.get(char_id)
        actor = cell.actor if cell is not None else None
        if not (isinstance(actor, CharacterActor) and actor.activation.loaded):
            saved.fail(ActorStoppedError(char_id, "its activation ended"))
            return
        self._backups.await_version(actor.activation, version, saved)
        if not saved.done:
            self._system.deadlines.watch(saved, char_id, timeout_s)


class _AwaitingRedis(ReplySlot):
    """Settled when Redis has the turn, or it failed."""

    __slots__ = ("_char_id", "_own_id", "_reply", "_timeout_s", "_waiter")

    def __init__(
        self,
        waiter: PostgresAckWaiter,
        reply: ReplySlot,
        char_id: int,
        timeout_s: float,
        own_id: bool,
    ) -> None:
        super().__init__()
        self._waiter = waiter
        self._reply = reply
        self._char_id = char_id
        self._timeout_s = timeout_s
        self._own_id = own_id

    def settled(self) -> None:
        if self.error is not None:
            self._reply.fail(self.error)
        elif self.value.durability == "postgres":
            self._reply.resolve(self.value)
        else:
            result: MessageResult = self.value
            saved = _AwaitingPostgres(self._reply, self._char_id, result, self._own_id)
            self._waiter.await_backup(self._char_id, result.version, saved, self._timeout_s)


class _AwaitingPostgres(ReplySlot):
    """Settled when Postgres has the turn, or refuses it, or does not answer in time."""

    __slots__ = ("_char_id", "_own_id", "_reply", "_result")

    def __init__(self, reply: ReplySlot, char_id: int, result: MessageResult, own_id: bool) -> None:
        super().__init__()
        self._reply = reply
        self._char_id = char_id
        self._result = result
        self._own_id = own_id

    def settled(self) -> None:
        if self.error is None:
            self._reply.resolve(evolve(self._result, durability="postgres"))
        else:
            self._reply.fail(self._reason(self.error))

    def _reason(self, error: BaseException) -> Exception:
        reason: Exception
        if isinstance(error, BadRecordError):
            reason = QuarantinedError(self._char_id, error.reason)
        else:
            own_id = self._result.message_id if self._own_id else None
            reason = NotYetInPostgresError(self._result.version, own_id)
        reason.__cause__ = error
        return reason
