"""What the trunk and the modules say to each other: commands, transitions, effects, session
modules.

A module is a folder that implements `SessionModule`. It never imports another module: what one
wants of another it asks by an `Effect`, which the character actor applies in the same turn and the
same commit. Everything here is synchronous and pure; loading and saving is the trunk's work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Protocol, runtime_checkable

from attrs import field, frozen

from gamestate.state import CharacterCore, CharacterState
from persistence.records import ItemRow, Section, StoredDocument
from persistence.values import value


class Same(Enum):
    """Says that a turn left a session as it was (None says that it ended)."""

    SAME = "same"


SAME: Final = Same.SAME

CORE: Final = "core"
"""The name of the core where modules are named."""

WAKE: Final = "wake"
"""The command a module is sent when the time it asked for has come (see
`SessionModule.wakes_at`)."""

LEAVE: Final = "leave"
"""The command a module is sent, if it has it and the character a session of it, before the
character is logged out."""


class RandomStream(Protocol):
    """The turn's seeded, counted randomness: a turn replayed after a crash draws the same
    numbers."""

    def randint(self, low: int, high: int, /) -> int:
        """A whole number from `low` to `high`, both included."""


class TurnContext(Protocol):
    """What a turn may know of the world. Engines have no clock, no randomness and no I/O of their
    own."""

    @property
    def char_id(self) -> int:
        """Whose turn it is."""

    @property
    def state(self) -> CharacterState:
        """The whole state as the turn has made it so far; read it, change only your own session."""

    @property
    def now_s(self) -> float:
        """The time of this turn, seconds since 1970."""

    @property
    def random(self) -> RandomStream:
        """The turn's randomness."""

    def new_item_id(self) -> int:
        """A world-wide unique item id. The turn may ask for as many as it needs."""

    def derived(self) -> Mapping[str, Any]:
        """What the sessions of all modules that derive make of the character at this moment, as
        JSON values: each module's facts, the later module's where two say the same name. Sessions
        that are not loaded are loaded first: the turn is then run again from the start.

        Raises: QuarantinedError, StoreUnavailableError: one can't be loaded.
        """

    def items(self, template_id: str) -> int:
        """How many items of a template the character carries, what it wears included; 0 if no
        module counts items. Loads the session they are in, as `derived` does."""

    def shown(self) -> Mapping[str, str]:
        """Module name to session id: the sessions a client may know of."""

    def perform(self, effect: Effect) -> ReplyBody:
        """Apply an effect of another module now, before one's own transition, in the same turn and
        the same commit; what that module replies.

        Raises:
            RefusedError, MalformedError: it was refused, and the turn is: let it through.
            AssertionError: the effect, or one that follows from it, is for a module of which a
                handler is running; what that handler made of its session would be lost.
        """


class Effect:
    """A change one module asks of another in the same turn; past tense or imperative, frozen attrs.

    `target` is the name of the module that applies it. If it refuses, the whole turn is refused.
    """

    target: str


ReplyBody = Mapping[str, Any]


@frozen
class Event:
    """Something that happened, for other programs: see docs/events.md.

    `name`: in small letters, the module's name is put before it (`combat.ended`). `facts`: JSON
    values.
    """

    name: str
    facts: Mapping[str, Any]


@value
class Transition:
    """What a turn produced.

    Attributes:
        reply: what the sender gets: a mapping of JSON values, or a function that makes one from the
            state after the turn (all effects applied, the new version in it).
        session: the module's own next session; SAME if unchanged, None if it ended and nothing of
            it is to be kept. A session whose document Postgres has must not end like that, for a
            crash before the next backup would bring it back: it goes on, over, until Postgres has
            it as history (see `SessionModule.keeps`).
        touched: the parts (names of fields in the session's Redis hash; fields of the core for the
            core) that changed, appeared or went. What is not named here is not stored.
        effects: what other modules are asked to change, applied in order.
        backup: write the character to Postgres soon (an inventory was closed, a state was left).
        events: what is told in the same commit, in order; of a turn that changes something.
    """

    reply: ReplyBody | Callable[[CharacterState], ReplyBody] = field(factory=dict)
    session: Any = SAME
    touched: Collection[str] = ()
    effects: Sequence[Effect] = ()
    backup: bool = False
    events: Sequence[Event] = ()


@frozen
class Route:
    """One command of a module.

    Attributes:
        command: a frozen attrs class; the payload is structured into it strictly (unknown fields,
            wrong types and integers beyond 2**53 are a 400 before the handler runs).
        handle: (turn, the module's session data or None, command) -> transition. Raises a
            RefusedError subclass to refuse; anything else it raises crashes the actor.
        needs_session: load the module's session before the turn if it is not loaded; the handler
            gets None if there is none to load.
        internal: for the server alone; sent from outside it is an unknown type.
    """

    command: type
    handle: Callable[[TurnContext, Any, Any], Transition]
    needs_session: bool = True
    internal: bool = False


@frozen
class EffectRoute:
    """How a module applies one kind of effect that others ask of it. `needs_session`: as in
    `Route`."""

    handle: Callable[[TurnContext, Any, Any], Transition]
    needs_session: bool = True


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
