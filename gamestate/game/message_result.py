"""The result of a message: what its sender gets."""

from __future__ import annotations

from typing import Literal

from gamestate.contract.turn import ReplyBody
from persistence.records import Durability
from persistence.values import value

Wait = Literal["postgres"]
"""What an answer may be asked to wait for, besides Redis, for which it always waits."""


@value
class MessageResult:
    """The result of one message, given to its sender after its commit.

    Attributes:
        message_id: the sender's, or one made by the server.
        version: of the character after the turn (unchanged by a read).
        durability: the store that holds everything the reply was computed from.
        duplicate: the message was applied before, and this is its first reply again.
        reply: the module's answer, a mapping of JSON values.
    """

    message_id: str
    version: int
    durability: Durability
    duplicate: bool
    reply: ReplyBody
