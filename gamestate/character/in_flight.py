"""The output gate: turns whose commit is under way, and the answers that wait for them.

An answer, also a read's or a refusal's, leaves only when everything it was computed from is safe.
Turns land in the order they were made, so it waits for the last one made before it."""

from __future__ import annotations

from collections.abc import Callable

from actors.envelope import ReplySlot
from persistence.records import Durability

Answer = Callable[[], None]
"""Gives a sender its answer."""


class TurnInFlight:
    """One turn being committed. `safe(durability)` answers its sender."""

    __slots__ = ("next", "reply", "safe", "waiting")

    def __init__(self, reply: ReplySlot, safe: Callable[[Durability], None]) -> None:
        self.reply = reply
        self.safe = safe
        self.waiting: list[tuple[ReplySlot, Answer]] | None = None
        self.next: TurnInFlight | None = None


class OutputGate:
    """The turns in flight of one character, oldest first."""

    __slots__ = ("_first", "_last", "count")

    def __init__(self) -> None:
        self._first: TurnInFlight | None = None
        self._last: TurnInFlight | None = None
        self.count = 0

    def push(self, turn: TurnInFlight) -> None:
        """A commit was queued."""
        if self._last is None:
            self._first = turn
        else:
            self._last.next = turn
        self._last = turn
        self.count += 1

    def answer(self, reply: ReplySlot, answer: Answer) -> None:
        """Answer now if nothing is in flight, else when the last turn in flight is safe."""
        last = self._last
        if last is None:
            answer()
        elif last.waiting is None:
            last.waiting = [(reply, answer)]
        else:
            last.waiting.append((reply, answer))

    def land(self, durability: Durability) -> None:
        """The oldest turn is safe: its answer leaves, and those that waited for it."""
        turn = self._first
        if turn is None:
            return
        self._first = turn.next
        if turn.next is None:
            self._last = None
        self.count -= 1
        turn.safe(durability)
        for _, answer in turn.waiting or ():
            answer()

    def fail(self, error: Exception) -> None:
        """Nothing in flight can be trusted: everybody who waits gets `error`."""
        turn, self._first, self._last = self._first, None, None
        self.count = 0
        while turn is not None:
            turn.reply.fail(error)
            for reply, _ in turn.waiting or ():
                reply.fail(error)
            turn = turn.next
