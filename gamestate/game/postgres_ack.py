"""A receipt that its sender wants to have when Postgres has it, too.

The message itself takes its usual way; only the slot of its answer is another, so that messages of
which nobody wants that pay nothing for it. All that wait at a moment share the next backup."""

from __future__ import annotations

from actors.envelope import ReplySlot
from actors.errors import ActorStoppedError
from actors.system import ActorSystem
from gamestate.errors import NotYetInPostgresError, QuarantinedError
from gamestate.game.character.actor import CharacterActor
from gamestate.game.receipt import Receipt
from persistence.backup.worker import BackupWorker
from persistence.errors import BadRecordError


class PostgresWait:
    """Makes the slots; wired once."""

    def __init__(self, system: ActorSystem, backups: BackupWorker) -> None:
        self._system = system
        self._backups = backups

    def before(
        self, reply: ReplySlot, char_id: int, timeout_s: float, *, own_id: bool
    ) -> ReplySlot:
        """A slot for a receipt, which passes it on to `reply` when Postgres has what it tells of.

        `timeout_s`: how long it may be in Redis alone, seconds. `own_id`: the sender gave the
        message an id, and may send it again. `reply` gets NotYetInPostgresError if Postgres does
        not answer in time, QuarantinedError if it refuses the character's record.
        """
        return _InRedis(self, reply, char_id, timeout_s, own_id)

    def bring(self, char_id: int, receipt: Receipt, saved: ReplySlot, timeout_s: float) -> None:
        """Settle `saved` when Postgres has what the receipt tells of."""
        cell = self._system.registry.get(char_id)
        actor = cell.actor if cell is not None else None
        if not (isinstance(actor, CharacterActor) and actor.activation.loaded):
            saved.fail(ActorStoppedError(char_id, "it was let go of"))
            return
        self._backups.await_version(actor.activation, receipt.version, saved)
        if not saved.done:
            self._system.deadlines.watch(saved, char_id, timeout_s)


class _InRedis(ReplySlot):
    """What is settled when Redis has it."""

    __slots__ = ("_char_id", "_own_id", "_reply", "_timeout_s", "_wait")

    def __init__(
        self, wait: PostgresWait, reply: ReplySlot, char_id: int, timeout_s: float, own_id: bool
    ) -> None:
        super().__init__()
        self._wait = wait
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
            saved = _Saved(self._reply, self._char_id, self.value, self._own_id)
            self._wait.bring(self._char_id, self.value, saved, self._timeout_s)


class _Saved(ReplySlot):
    """What is settled when Postgres has it."""

    __slots__ = ("_char_id", "_own_id", "_receipt", "_reply")

    def __init__(self, reply: ReplySlot, char_id: int, receipt: Receipt, own_id: bool) -> None:
        super().__init__()
        self._reply = reply
        self._char_id = char_id
        self._receipt = receipt
        self._own_id = own_id

    def settled(self) -> None:
        known = self._receipt
        if self.error is None:
            self._reply.resolve(
                Receipt(known.message_id, known.version, "postgres", known.duplicate, known.reply)
            )
        else:
            self._reply.fail(self._problem(self.error))

    def _problem(self, error: BaseException) -> Exception:
        problem: Exception
        if isinstance(error, BadRecordError):
            problem = QuarantinedError(self._char_id, error.reason)
        else:
            own_id = self._receipt.message_id if self._own_id else None
            problem = NotYetInPostgresError(self._receipt.version, own_id)
        problem.__cause__ = error
        return problem
