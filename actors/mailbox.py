"""A bounded FIFO of envelopes. Most cells never need one: the first message that waits makes it."""

from __future__ import annotations

from collections import deque

from actors.envelope import Envelope


class Mailbox:
    """First in, first out, at most `capacity`."""

    __slots__ = ("_waiting", "capacity")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._waiting: deque[Envelope] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def awaited(self) -> bool:
        """Whether an envelope is unanswered; a timeout is an answer too."""
        return any(not envelope.reply.done for envelope in self._waiting)

    def offer(self, envelope: Envelope) -> bool:
        """Take an envelope; False if the mailbox is full."""
        if len(self._waiting) >= self.capacity:
            return False
        self._waiting.append(envelope)
        return True

    def take(self) -> Envelope:
        """Remove and return the oldest envelope."""
        return self._waiting.popleft()

    def take_all(self) -> list[Envelope]:
        """Remove and return all envelopes, oldest first."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting
