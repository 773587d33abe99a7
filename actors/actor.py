"""The Actor protocol: what the kernel asks of the thing in a cell."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from actors.envelope import ReplySlot


class Actor(Protocol):
    """State and behaviour behind one mailbox. The kernel never calls two of these at once."""

    async def start(self, intent: Any) -> None:
        """Load the state; messages wait meanwhile. If it raises, every waiting sender gets the
        error and the cell is gone. `intent` is what `Registry.activate` was called with, None if a
        message woke the actor."""

    def receive(self, message: Any, reply: ReplySlot) -> Coroutine[Any, Any, None] | None:
        """Handle one message and settle `reply`, now or later (when what it was computed from is
        safe). Usually synchronous; a returned coroutine is awaited and the cell takes no other
        message until it ends. Raising crashes the actor."""

    async def restart(self, error: BaseException) -> None:
        """Come back from a crash, to the last safe state. If it raises, that is another crash."""

    async def stop(self, reason: str) -> None:
        """Save what must not be lost: 'passivated' or 'stopped'. If it raises, the actor
        stays (it is asked again later)."""
