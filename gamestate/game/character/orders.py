"""What a character actor is sent besides messages: the server's own orders."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from actors.envelope import ReplySlot
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.character.services import CharacterServices


class Order(Protocol):
    """Something the actor does in its turn, between two messages."""

    def carry_out(
        self, actor: CharacterActor, services: CharacterServices, reply: ReplySlot
    ) -> Coroutine[Any, Any, None] | None:
        """Do it and settle `reply`; what takes time is in the coroutine."""
