"""The Actor protocol: the interface between the kernel and an actor."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from actors.envelope import ReplySlot


class Actor(Protocol):
    """State and behaviour behind one mailbox. The kernel never calls two of these at once."""

    async def start(self, intent: Any) -> None:
        """Load the state; messages wait meanwhile. If it raises, every waiting sender gets the
        error and the cell is dropped. `intent`: the argument of `Registry.activate`, None if a
        message started the actor."""

    def receive(self, message: Any, reply: ReplySlot) -> Coroutine[Any, Any, None] | None:
        """Handle one message and settle `reply`, now or later (when the state it depends on is
        safe). Usually synchronous; a returned coroutine is awaited, and the cell handles no other
        message until it ends. An exception crashes the actor."""

    async def restart(self, error: BaseException) -> None:
        """Recover from a crash, to the last safe state. If it raises, that is another crash."""

    async def stop(self, reason: str) -> None:
        """Save the state; `reason`: 'passivated' or 'stopped'. If it raises, the actor stays, and
        is stopped later."""
