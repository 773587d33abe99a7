"""The port to the game: all that the edge asks of the rest of the server."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import field, frozen, validators

from gamestate.content.index import Index
from gamestate.game.receipt import Receipt, Wait
from gamestate.structure import entries, text

MAX_NAME: Final = 64
MAX_GENDER: Final = 32
MAX_LOCATION: Final = 128
MAX_STATS: Final = 32
MAX_STAT: Final = 1000


def _stripped(name: str) -> str:
    return name.strip()


@frozen
class CreateCharacter:
    """A character to be created: the body of `POST /v1/characters`.

    `name` loses the spaces around it. `stats` may name the six known ones and others of the game's
    own. None: the server's default.
    """

    name: str = field(converter=_stripped, validator=text(MAX_NAME))
    gender: str | None = field(default=None, validator=validators.optional(text(MAX_GENDER)))
    stats: Mapping[str, int] = field(
        factory=dict, validator=entries("[a-z_]{1,32}", most=MAX_STATS, low=1, high=MAX_STAT)
    )
    location: str | None = field(default=None, validator=validators.optional(text(MAX_LOCATION)))


class GameService(Protocol):
    """The game as the edge sees it. Awaited on the asyncio loop; raises the errors of
    `gamestate.errors`, `actors.errors` and `persistence.errors`, which `problems.py` translates."""

    def message(
        self,
        char_id: int,
        type_: str,
        payload: Mapping[str, Any],
        message_id: str | None,
        wait: Wait | None = None,
        epoch: int | None = None,
    ) -> Awaitable[Receipt]:
        """Hand one message to the character's actor; with `wait` the answer waits for Postgres, and
        if `epoch` is given it is handled only under this one.

        The message is queued before the first suspension, so that messages of one character which
        are started one after the other are handled in that order.
        """

    def create(self, new: CreateCharacter) -> Awaitable[Mapping[str, Any]]:
        """Store a new character; the answer has at least `char_id`."""

    def login(self, char_id: int) -> Awaitable[Mapping[str, Any]]:
        """Restore the character and keep it active; the answer has its `epoch`, and `takeover` if
        somebody else played it."""

    def logout(self, char_id: int, epoch: int | None) -> Awaitable[Mapping[str, Any]]:
        """Release the character after everything is in Postgres; if `epoch` is given, only if it is
        the character's still."""

    def view(self, char_id: int) -> Awaitable[Mapping[str, Any]]:
        """The character as a client sees it; `version` among it."""

    def content(self) -> Index:
        """What there is to play with, as it is now."""

    def reload_content(self) -> Awaitable[Mapping[str, int]]:
        """Read the content directory again and put it in place of what there was; how many items,
        monsters and scenarios there are now. Raises ContentError: nothing was replaced."""

    def missing(self) -> Sequence[str]:
        """What keeps the server from answering; empty when requests will succeed."""

    def metrics(self) -> bytes:
        """All metrics in the Prometheus text format, version 0.0.4."""

    def commands(self) -> Mapping[str, type]:
        """Message type (`inventory.equip`) to the attrs class its payload is structured into."""
