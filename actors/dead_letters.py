"""Messages that will never be handled: counted, and the latest kept for inspection."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any, NamedTuple

from actors.observer import ActorObserver


class DeadLetter(NamedTuple):
    """One message that was not handled, and why (see `ActorObserver.dead_letter`)."""

    key: Hashable
    message: Any
    reason: str


class DeadLetters:
    """The last `kept` dead letters."""

    def __init__(self, observer: ActorObserver, kept: int = 100) -> None:
        self._observer = observer
        self._last: deque[DeadLetter] = deque(maxlen=kept)

    def add(self, key: Hashable, message: Any, reason: str) -> None:
        """Count a message that will not be handled."""
        self._last.append(DeadLetter(key, message, reason))
        self._observer.dead_letter(key, message, reason)

    def last(self) -> list[DeadLetter]:
        """The latest dead letters, oldest first."""
        return list(self._last)
