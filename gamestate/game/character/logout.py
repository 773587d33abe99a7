"""The order to let go of a character for good."""

from __future__ import annotations

from typing import ClassVar

from gamestate.errors import NotLoggedInError
from gamestate.game.character.departure import Departure
from persistence.records import LOGGED_OUT


class Logout(Departure):
    """The character is nobody's, and not logged in any more."""

    reason: ClassVar = "logged_out"

    def __init__(self, epoch: int | None = None) -> None:
        super().__init__(LOGGED_OUT, epoch)

    def refusal(self, char_id: int) -> NotLoggedInError:
        """See Departure."""
        return NotLoggedInError(char_id)
