"""The order to let go of a character for good."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from gamestate.character.departure import log_out
from gamestate.character.orders import Order

if TYPE_CHECKING:
    from actors.envelope import ReplySlot
    from gamestate.character.actor import CharacterActor
    from gamestate.character.services import CharacterServices


class Logout(Order):
    """Bring everything to Postgres, release the character and be gone; the reply is the version."""

    def carry_out(
        self, actor: CharacterActor, services: CharacterServices, reply: ReplySlot
    ) -> Coroutine[Any, Any, None]:
        """See Order."""
        return log_out(actor, services, reply)
