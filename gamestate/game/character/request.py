"""A message an actor handles, and the sender that waits for its reply."""

from __future__ import annotations

from time import perf_counter

from actors.envelope import ReplySlot
from gamestate.contract.turn import ReplyBody
from gamestate.errors import RefusedError
from gamestate.game.message_result import MessageResult
from gamestate.game.observer import GameObserver
from gamestate.game.router import Message
from persistence.records import Durability


class Request:
    """Settles the reply, and counts and times the message as it does. A reply whose commit fails is
    settled by the gate and not counted: its outcome is unknown."""

    __slots__ = ("_observer", "_started", "message", "reply")

    def __init__(self, message: Message, reply: ReplySlot, observer: GameObserver) -> None:
        self.message = message
        self.reply = reply
        self._observer = observer
        self._started = perf_counter()

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
