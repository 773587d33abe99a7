"""What a character's actor is sent besides messages: the server's own orders, as data.

`CharacterActor` has one table, `ORDERS`, from the type of an order to what the actor does with it.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from actors.errors import ActorStoppedError
from gamestate.errors import NotLoggedInError, OwnedElsewhereError
from gamestate.game.router import Message
from persistence.records import LOGGED_OUT, UNOWNED


@frozen
class WakeUp:
    """A module asked to be woken about now: send it its command `wake` if that is still so."""

    module: str

    @property
    def type(self) -> str:
        """Its name in logs and metrics."""
        return f"{self.module}.wake-up"


@frozen
class ForEpoch:
    """Handle `message` if the character still has this epoch, else refuse it as superseded. Only
    messages that name an epoch pay for the comparison."""

    epoch: int
    message: Message

    @property
    def type(self) -> str:
        """Its name in logs and metrics."""
        return self.message.type


@frozen
class Logout:
    """Save the character and release it, logged out; the reply is its version.

    `epoch`: the order is refused as superseded under any other; None: any epoch will do.
    """

    epoch: int | None = None

    reason: ClassVar = "logged_out"
    owner: ClassVar = LOGGED_OUT

    def refusal(self, char_id: int) -> Exception:
        """What messages get that arrived after the order."""
        return NotLoggedInError(char_id)


@frozen
class HandOver:
    """Save the character and transfer it to the server `owner`; the reply is its version.
    `epoch` as in `Logout`."""

    owner: str
    epoch: int | None = None

    reason: ClassVar = "handed_over"

    def refusal(self, char_id: int) -> Exception:
        """What messages get that arrived after the order."""
        return OwnedElsewhereError(char_id, self.owner)


@frozen
class EvictForLogin:
    """Save the character and release it, still logged in, because another login activates it
    again; the reply is its version."""

    epoch: ClassVar = None
    reason: ClassVar = "handed_over"
    owner: ClassVar = UNOWNED

    def refusal(self, char_id: int) -> Exception:
        """What messages get that arrived after the order."""
        return ActorStoppedError(char_id, "another login takes the character over; send it again")


Departure = Logout | HandOver | EvictForLogin
"""The orders that end an activation."""

Order = WakeUp | ForEpoch | Departure
