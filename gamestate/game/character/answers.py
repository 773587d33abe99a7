"""Answers to messages that changed nothing: reads, refusals, and what was applied before. Each one
leaves when everything it was computed from is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from actors.envelope import ReplySlot
from actors.errors import MailboxFullError
from gamestate.errors import RefusedError
from gamestate.game.receipt import Receipt
from persistence.errors import BacklogFullError

if TYPE_CHECKING:
    from gamestate.contract.turn import ReplyBody
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.character.in_flight import Answer
    from gamestate.game.character.receipts import Receipts
    from gamestate.game.router import Message
    from persistence.records import Durability


def answer_reply(
    actor: CharacterActor,
    message: Message,
    reply: ReplySlot,
    started: float,
    outcome: str,
    version: int,
    body: ReplyBody,
) -> None:
    """Reply `body`, which is of `version`. `outcome`: 'ok' or 'duplicate'."""

    def answer(durability: Durability) -> None:
        duplicate = outcome == "duplicate"
        reply.resolve(Receipt(message.message_id, version, durability, duplicate, body))
        actor.answered(message, outcome, started)

    _when_safe(actor, reply, answer)


def answer_duplicate(
    actor: CharacterActor,
    receipts: Receipts | None,
    now_s: float,
    message: Message,
    reply: ReplySlot,
    started: float,
) -> bool:
    """Answer a message that was applied before as it was answered then; whether it was.

    Raises: MessageIdReusedError.
    """
    applied = receipts.find(message.message_id, message.body, now_s) if receipts else None
    if applied is None:
        return False
    answer_reply(actor, message, reply, started, "duplicate", applied.version, applied.reply)
    return True


def answer_error(
    actor: CharacterActor, message: Message, reply: ReplySlot, started: float, error: Exception
) -> None:
    """Say why nothing was done; at once if there is too much to do already."""
    if isinstance(error, (MailboxFullError, BacklogFullError)):
        reply.fail(error)
        actor.answered(message, "error", started)
        return
    outcome = "refused" if isinstance(error, RefusedError) else "error"

    def answer(durability: Durability) -> None:
        reply.fail(error)
        actor.answered(message, outcome, started)

    _when_safe(actor, reply, answer)


async def safe(actor: CharacterActor) -> None:
    """Return when the state as it is now is safe. Raises: PersistenceError: it will not be."""
    if actor.latest is not None:
        waiting = _Waiting()
        actor.latest.before(waiting, waiting.resolve)
        await waiting.over.wait()
        if waiting.error is not None:
            raise waiting.error


class _Waiting(ReplySlot):
    """A task that waits."""

    __slots__ = ("over",)

    def __init__(self) -> None:
        super().__init__()
        self.over = trio.Event()

    def settled(self) -> None:
        self.over.set()


def _when_safe(actor: CharacterActor, reply: ReplySlot, answer: Answer) -> None:
    if actor.latest is None:
        answer(actor.durability)
    elif actor.held < actor.most_held:
        actor.latest.before(reply, answer)
    else:
        reply.fail(MailboxFullError(actor.char_id, actor.most_held))
