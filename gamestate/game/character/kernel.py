"""What an activation asks of the actor system it lives in."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

from actors.timers import Timer


class Kernel(Protocol):
    """See `ActorSystem`."""

    def after(self, delay_s: float, key: Hashable, message: Any) -> Timer:
        """Send `message` to the actor of `key` in `delay_s` seconds."""

    def drop(self, key: Hashable, error: Exception, reason: str) -> None:
        """Drop the actor of `key` at once; senders that wait for it get `error`."""
