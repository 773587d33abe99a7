"""What a character actor is sent."""

from __future__ import annotations

from gamestate.router import Order


class Message:
    """One checked command on its way to a character.

    `message_id`: the id the reply carries. `body`: a digest of type and payload if the sender chose
    the id (the message is then applied at most once), else b"".
    """

    __slots__ = ("body", "message_id", "order")

    def __init__(self, order: Order, message_id: str, body: bytes = b"") -> None:
        self.order = order
        self.message_id = message_id
        self.body = body

    @property
    def type(self) -> str:
        """The message type, `module.command`."""
        return self.order.type


class Logout:
    """Bring everything to Postgres, release the character and be gone; the reply is the version."""
