"""What clients send: the model's side of a message."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from attrs import define, frozen

from gamestate.game.message_result import MessageResult

TALLIES: Final = ("tally_a", "tally_b", "tally_c", "tally_d", "tally_e")
PLACES: Final = 12
BASE: Final = 3
"""A tally is a number of base 3, and a message has a digit of its own in it: 0 it was not applied,
1 once, 2 twice. So every state that anybody sees tells of each message how often it is in it."""


@frozen
class Digit:
    """One digit of one tally."""

    tally: str
    place: int

    @property
    def change(self) -> Mapping[str, int]:
        """What `core.adjust_stats` is sent to add one to it."""
        return {self.tally: BASE**self.place}

    def read(self, stats: Mapping[str, int]) -> int:
        """How often the message is in these stats."""
        weight: int = BASE**self.place
        return stats[self.tally] // weight % BASE


DIGITS: Final = tuple(Digit(tally, place) for place in range(PLACES) for tally in TALLIES)


class Known(Enum):
    """What clients know of a message."""

    NOTHING_DONE = "every answer so far said that nothing was done"
    UNKNOWN = "an answer was lost, or is to come"
    DONE = "it was acknowledged"
    REFUSED = "a rule said no"


@define(eq=False)
class Sent:
    """One message, however often it is sent.

    Attributes:
        message_id: None: it is sent once, with or without a reply.
        digit: its own, if it is one that is counted so.
        must_be_refused: a rule forbids it.
        receipt: its first answer.
    """

    number: int
    char_id: int
    type: str
    payload: Mapping[str, Any]
    message_id: str | None = None
    digit: Digit | None = None
    must_be_refused: bool = False
    known: Known = Known.NOTHING_DONE
    receipt: MessageResult | None = None

    def __str__(self) -> str:
        return f"{self.message_id or self.number} {self.type} {dict(self.payload)} → {self.char_id}"
