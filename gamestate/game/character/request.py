"""A message an actor handles, and the sender that waits for its reply."""

from __future__ import annotations

from time import perf_counter

from actors.envelope import ReplySlot
from gamestate.contract.turn import ReplyBody
from gamestate.errors import RefusedError
from gamestate.game.character.gate import CommitInFlight, OutputGate
from gamestate.game.message_result import MessageResult
from gamestate.game.observer import GameObserver
from gamestate.game.router import Message
from persistence.records import Durability

NOTHING: ReplyBody = {}


class Request(CommitInFlight):
    """Settles the reply, and counts and times the message as it does. If its turn is committed it
    is the commit in flight as well: one object a message. A commit that fails is not counted: its
    outcome is unknown."""

    __slots__ = ("_backup", "_body", "_observer", "_started", "_version", "message")

    def __init__(
        self, gate: OutputGate, message: Message, reply: ReplySlot, observer: GameObserver
    ) -> None:
        self.message = message
        self.reply = reply
        self._gate = gate
        self._waiting = None
        self._observer = observer
        self._started = perf_counter()
        self._version = 0
        self._body = NOTHING
        self._backup = False

    def promise(self, version: int, body: ReplyBody, *, backup: bool) -> None:
        """What the sender gets when the commit it is submitted with is safe. `backup`: ask for a
        backup then."""
        self._version = version
        self._body = body
        self._backup = backup

    def resolve(self, outcome: str, version: int, durability: Durability, body: ReplyBody) -> None:
        """The sender gets the result. `outcome`: 'ok', or 'duplicate' for a message that was
        applied before; `version`: of the state that `body` is about."""
        message = self.message
        self.reply.resolve(
            MessageResult(message.message_id, version, durability, outcome == "duplicate", body)
        )
        self._observer.message(message.type, outcome, perf_counter() - self._started)

    def fail(self, error: Exception) -> None:
        """The sender gets `error`; nothing was done."""
        self.reply.fail(error)
        outcome = "refused" if isinstance(error, RefusedError) else "error"
        self._observer.message(self.message.type, outcome, perf_counter() - self._started)

    def _answer(self, durability: Durability) -> None:
        self.resolve("ok", self._version, durability, self._body)
        if self._backup:
            self._gate.source.request_backup()
