"""A message on its way: its reply slot, and the chain of calls it is part of."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

Chain = tuple[Hashable, ...]


class ReplySlot:
    """Receives one answer. Only the first counts, so that a timeout and a late answer cannot both
    win. Subclasses pass it on in `settled`."""

    __slots__ = ("done", "error", "value")

    def __init__(self) -> None:
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def resolve(self, value: Any) -> None:
        """Answer."""
        if not self.done:
            self.done = True
            self.value = value
            self.settled()

    def fail(self, error: BaseException) -> None:
        """Answer with an error, which is raised at the sender."""
        if not self.done:
            self.done = True
            self.error = error
            self.settled()

    def settled(self) -> None:
        """Called once, on the trio thread, when the answer is there."""


class _NoReply(ReplySlot):
    """The slot of a tell: it drops the answer."""

    __slots__ = ()

    def resolve(self, value: Any) -> None:
        pass

    def fail(self, error: BaseException) -> None:
        pass


NO_REPLY: Final[ReplySlot] = _NoReply()


class Envelope:
    """A message that has to wait in a mailbox."""

    __slots__ = ("chain", "message", "reply")

    def __init__(self, message: Any, reply: ReplySlot, chain: Chain) -> None:
        self.message = message
        self.reply = reply
        self.chain = chain
