"""A message that is for one session of the character only."""

from __future__ import annotations

from collections.abc import Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gamestate.errors import SupersededError
from gamestate.game.character.answers import answer_error
from gamestate.game.character.orders import Order
from gamestate.game.router import Message

if TYPE_CHECKING:
    from actors.envelope import ReplySlot
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.character.services import CharacterServices


class Addressed(Order):
    """Handle `message` if the character's epoch is still `epoch`, else refuse it. An order, so that
    messages without an epoch cost no look at one."""

    def __init__(self, epoch: int, message: Message) -> None:
        self.epoch = epoch
        self.message = message

    @property
    def type(self) -> str:
        """The message's, for the log."""
        return self.message.type

    def carry_out(
        self, actor: CharacterActor, services: CharacterServices, reply: ReplySlot
    ) -> Coroutine[Any, Any, None] | None:
        """See Order."""
        current = actor.state.epoch
        if self.epoch == current:
            return actor.receive(self.message, reply)
        refusal = SupersededError(self.epoch, current)
        answer_error(actor, self.message, reply, perf_counter(), refusal)
        return None
