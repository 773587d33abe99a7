"""The session module: the extension point of the server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final

import orjson
from attrs import asdict, frozen

from gamestate.contract.settings import ModuleSettings, NoSettings, settings_of
from gamestate.contract.state import EXPLORATION, CharacterCore
from gamestate.contract.turn import Effect, EffectRoute, Route
from gamestate.structure import from_json
from persistence.records import DocumentSection, ItemRow, Section, StoredDocument

DATA: Final = "data"
"""The one part of a session that the hooks of `SessionModule` itself store."""

STORE_HOOKS: Final = ("restore_session", "save_session", "load_session", "backup_session")


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
    """A session, or what a turn touched of it, as the fields of a Redis hash: JSON bytes by name.
    `drop`: the names of fields to delete."""

    put: Mapping[str, bytes]
    drop: Sequence[str] = ()


@frozen
class Upcaster:
    """Converts a stored session of one schema to the next; what has no function here stays as it
    is. Any exception raised means that the record is unreadable.

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


class Module:
    """Commands and effects under one name: the core, or a session module.

    Attributes:
        name: the prefix of the message types.
        routes: command name (without the prefix) to route.
        effects: what other modules may ask of it.
    """

    name: str
    routes: Mapping[str, Route]
    effects: Mapping[type[Effect], EffectRoute] = {}


class SessionModule(Module):
    """A game module with one session per character: the base class of every module of a game.

    A subclass sets `name`, `routes` and `session`, and overrides the hooks it needs. It is
    registered as an entry point of the group `gamestate.modules`, whose target (the class itself,
    or a function) is called with the module's `ModuleSettings`.

    Attributes:
        name: also the name of the entry point, the prefix of its Redis keys, its label in metrics,
            and the state of a character that entered it.
        routes: two command names have a meaning, if their route is internal. `wake` is sent at the
            time that `wakes_at` returns; `leave` is sent before the character is logged out, if
            it has a session of the module.
        session: the class of a session: frozen attrs, or a JSON type. It is stored as one JSON
            value and read strictly. Needed unless all four store hooks are overridden.
        asks: the effects of other modules it depends on. The server does not start unless a
            configured module applies them.
        next_states: the states that may follow its own.
        schema: the number of the stored shape of a session.
        upcasters: how to read earlier schemas, by the schema they start from. Without any, the
            store hooks get older records as they are. Newer ones never reach the module.
        storage: where the session lives in Postgres. At most one module stores items.
        table: the table of its documents; None: `module_sessions`, which modules share.
    """

    session: type | None = None
    asks: Collection[type[Effect]] = ()
    next_states: Collection[str] = (EXPLORATION,)
    schema: int = 1
    upcasters: Mapping[int, Upcaster] = {}
    storage: Storage = Storage.DOCUMENT
    table: str | None = None

    def __init__(self, given: ModuleSettings) -> None:
        """The module for these settings. Override it to take settings or to use the catalogue.

        Raises: ConfigurationError: there are settings.
        """
        settings_of(NoSettings, getattr(self, "name", ""), given.settings)

    # ------------------------------------------------------------------ the stores

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """A session from all its parts as Redis holds them (`metadata` left out). `schema`: the
        schema they were written in.

        Raises: ValueError: they are not a session. Any other exception counts as one.
        """
        if set(fields) != {DATA}:
            raise ValueError(f"a session has the part {DATA!r}, not {sorted(fields)}")
        return self._read(fields[DATA])

    def save_session(self, session: Any, touched: Collection[str] | None) -> Parts:
        """The parts to write to Redis: those named in `touched`, or all if it is None.

        Raises: TypeError: it could not be read again; the turn does not happen.
        """
        return Parts({DATA: self._written(session)})

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """A session from what Postgres has; None if there is none to make (no stored document).

        Raises: ValueError: it is unreadable. Any other exception counts as one.
        """
        return None if snapshot.document is None else self._read(snapshot.document.data)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """What to write to Postgres: what was touched since the last backup, or all if `touched` is
        None. `session` None: it ended. One that is over is written as history (`live=False`)."""
        if session is None:
            return DocumentSection(None)
        return DocumentSection(session_id, _bytes(session))

    # ------------------------------------------------------------------ the life of a session

    def prepare_session(self, session: Any) -> Any:
        """The session as handlers, `derived` and `count` get it. It is stored only if a handler
        returns it in a transition."""
        return session

    def keeps(self, session: Any) -> bool:
        """Whether the session stays when Postgres has all of it: in memory, and in Redis until its
        TTL ends. Else it leaves both as soon as the character is in another state, and is loaded
        from Postgres when it is needed. Return False for a session that is over."""
        return True

    def shown(self, session: Any) -> bool:
        """Whether the view of the character names the session."""
        return True

    def wakes_at(self, session: Any) -> float | None:
        """When the module wants its internal command `wake`, Unix time in seconds; None: never.

        Called after every turn that touched the session and after a restore. The command comes at
        that time or later, again after a while if its turn failed, and the character stays in
        memory until then. If the turn leaves the session untouched, it is not called again.
        """
        return None

    # ------------------------------------------------------------------ what other modules learn

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """The facts about the character that follow from the session, as JSON values by name
        (`armor_class`, …). `now_s`: Unix time in seconds. A module that overrides this has its
        session loaded whenever a turn asks for derived facts."""
        return {}

    def count(self, session: Any, template_id: str) -> int:
        """How many items of the template the session has, worn ones included. At most one module
        overrides this: the one whose sessions hold the character's items."""
        return 0

    def worth(self, challenge_rating: float) -> int:
        """The experience for slaying a monster of this challenge rating. At most one module
        overrides this."""
        return 0

    def _read(self, data: bytes) -> Any:
        assert self.session is not None
        return from_json(orjson.loads(data), self.session, self.name)

    def _written(self, session: Any) -> bytes:
        """Raises: TypeError: it could not be read again, and would be quarantined at a restore."""
        data = _bytes(session)
        if isinstance(self.session, type) and not isinstance(session, self.session):
            raise TypeError(f"a session of {self.name} is a {self.session.__name__}: {session!r}")
        try:
            self._read(data)
        except ValueError as error:
            raise TypeError(f"a session could not be read again: {error}") from None
        return data


def overrides(module: SessionModule, hook: str) -> bool:
    """Whether the module has its own version of a hook of SessionModule."""
    return getattr(type(module), hook) is not getattr(SessionModule, hook)


def _bytes(session: Any) -> bytes:
    return orjson.dumps(session, default=asdict)
