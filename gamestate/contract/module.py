"""The session module: the extension point of the server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import Effect, EffectRoute, Route
from persistence.records import ItemRow, Section, StoredDocument


class Storage(Enum):
    """Where a module's session lives in Postgres."""

    ITEMS = "items"  # inventory_items, one row an item
    DOCUMENT = "document"  # one JSON document a session, in the module's table


@frozen
class Snapshot:
    """What Postgres has for a module's session, assembled by the context assembler.

    `items` and `state` (JSON bytes, in the schema `state_schema`) for a module that stores items,
    `document` for all others."""

    char_id: int
    items: Sequence[ItemRow] = ()
    state: bytes | None = None
    document: StoredDocument | None = None
    state_schema: int = 1


@frozen
class Parts:
    """A session (or what a turn touched of it) as the fields of a Redis hash: JSON bytes by name,
    and the names that went."""

    put: Mapping[str, bytes]
    drop: Sequence[str] = ()


class SessionModule(Protocol):
    """A game module with a session per character: the extension point.

    Registered by name in the configuration or by the entry point group `gamestate.modules`, whose
    target is a function `(ModuleSettings) -> SessionModule`.
    """

    @property
    def name(self) -> str:
        """The prefix of the message types, of the keys, and the state of a character in it."""

    @property
    def schema(self) -> int:
        """The number of the session's stored shape."""

    @property
    def storage(self) -> Storage:
        """Where the session lives in Postgres."""

    @property
    def derives(self) -> bool:
        """Whether its sessions say something about the whole character: see `derived`."""

    @property
    def routes(self) -> Mapping[str, Route]:
        """Command name (without the prefix) to route."""

    @property
    def effects(self) -> Mapping[type[Effect], EffectRoute]:
        """What other modules may ask."""

    def keeps(self, session: Any) -> bool:
        """Whether the session stays when Postgres has all of it: in memory, and in Redis until its
        TTL ends. Else it leaves both as soon as the character is in another state, and is made from
        Postgres again if it is needed. A session that is over says False."""

    def shown(self, session: Any) -> bool:
        """Whether the view of the character names the session."""

    def wakes_at(self, session: Any) -> float | None:
        """When the module wants its internal command `wake`, seconds since 1970; None: never.

        Asked after every turn that touched the session and after a restore, and only of a module
        that has the command. The command comes at that time or later, again after a while if its
        turn failed, and the character stays in memory until then. What the turn leaves untouched
        is not asked again.
        """

    def encode(self, session: Any, touched: Collection[str] | None) -> Parts:
        """The session's parts as JSON: only those named in `touched`, or all if it is None."""

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """The session from all its parts as Redis holds them (`metadata` left out).

        Raises: ValueError (or a cattrs error) if they are not a session of this schema.
        """

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """A session made from what Postgres has; None if the module has none to make (no stored
        document). Raises ValueError if what is stored is unreadable."""

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """What goes to Postgres: what was touched since the last backup, or all if `touched` is
        None. `session` None: it ended. One that is over is written as history."""

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """What the session makes of the character, as JSON values by name (`armor_class`, …), at
        `now_s` (seconds since 1970). Asked only of a module that `derives`."""


@runtime_checkable
class CountsItems(Protocol):
    """A session module whose sessions hold the character's items. There is one at most."""

    @property
    def name(self) -> str:
        """See SessionModule."""

    def count(self, session: Any, template_id: str) -> int:
        """How many items of the template the session has, worn ones included."""


@runtime_checkable
class AsksOthers(Protocol):
    """A session module that can't do without effects of others. The server does not start if one is
    for a module that is not configured."""

    @property
    def name(self) -> str:
        """See SessionModule."""

    @property
    def asks(self) -> Collection[type[Effect]]:
        """The effects it asks for."""


@runtime_checkable
class ValuesMonsters(Protocol):
    """A session module that knows what slaying a monster is worth. There is one at most."""

    def worth(self, challenge_rating: float) -> int:
        """The experience for slaying one of this challenge rating."""


@frozen
class Upcaster:
    """What makes a stored session of one schema into one of the next; what it has no function for
    stays as it is. Whatever one of them raises means that the record is unreadable.

    Attributes:
        parts: all parts of a session as Redis holds them (JSON bytes by name, `metadata` left out).
        document: its document in Postgres, JSON bytes.
        item: one row of its items; every row has its own schema.
        state: what is stored beside the items, JSON bytes.
    """

    parts: Callable[[Mapping[str, bytes]], Mapping[str, bytes]] = lambda parts: parts
    document: Callable[[bytes], bytes] = lambda document: document
    item: Callable[[ItemRow], ItemRow] = lambda item: item
    state: Callable[[bytes], bytes] = lambda state: state


@runtime_checkable
class Upcasts(Protocol):
    """A session module that reads what its earlier versions wrote. `decode` and `load_session` are
    then given the module's own schema only. Without it they are given older records as they are;
    newer ones are refused before any module sees them."""

    @property
    def name(self) -> str:
        """See SessionModule."""

    @property
    def upcasters(self) -> Mapping[int, Upcaster]:
        """By the schema they start from; each leads to the next."""
