"""One turn, as a module sees it: what it may read, what it returns, and what it asks of others.

A module never imports another module. To change another one it asks by an `Effect`, which the
character's actor applies in the same turn and the same commit. Everything here is synchronous and
pure; the server core loads and saves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Protocol

from attrs import field, frozen

from gamestate.content.dice import RandomStream
from gamestate.contract.state import CharacterState
from persistence.values import value


class Same(Enum):
    """Says that a turn left a session as it was (None says that it ended)."""

    SAME = "same"


SAME: Final = Same.SAME

CORE: Final = "core"
"""The name of the core where modules are named."""

WAKE: Final = "wake"
"""The internal command sent to a module at the time it asked for (`SessionModule.wakes_at`)."""

LEAVE: Final = "leave"
"""The internal command sent to a module before the character is logged out, if the character has a
session of it."""


class TurnContext(Protocol):
    """What a handler may read during its turn. Engines have no clock, no randomness and no I/O of
    their own."""

    @property
    def char_id(self) -> int:
        """The id of the character."""

    @property
    def state(self) -> CharacterState:
        """The whole state as the turn has made it so far; read it, change only your own session."""

    @property
    def now_s(self) -> float:
        """The time of this turn, Unix time in seconds."""

    @property
    def random(self) -> RandomStream:
        """The turn's randomness. A turn that is run again draws the same numbers."""

    def new_item_id(self) -> int:
        """A world-wide unique item id. The turn may ask for as many as it needs."""

    def derived(self) -> Mapping[str, Any]:
        """The facts that follow from the sessions of all modules at this moment, as JSON values by
        name (see `SessionModule.derived`). If two modules give one name, the later one counts.
        Sessions that are not loaded are loaded first; the turn is then run again from the start.

        Raises: QuarantinedError, StoreUnavailableError: one can't be loaded.
        """

    def items(self, template_id: str) -> int:
        """How many items of a template the character has, worn ones included; 0 if no module counts
        items. Loads the session they are in, as `derived` does."""

    def shown(self) -> Mapping[str, str]:
        """Module name to session id: the sessions that the view of the character names."""

    def perform(self, effect: Effect) -> ReplyBody:
        """Apply an effect of another module now, before this handler's own transition, in the same
        turn and the same commit; return that module's reply.

        Raises:
            RefusedError, MalformedError: it was refused, and so is the turn: let the error through.
            AssertionError: the effect, or one that follows from it, is for a module whose handler
                is still running; the session that handler returns would overwrite it.
        """


class Effect:
    """A change that one module asks of another in the same turn: a frozen attrs class, named in the
    past tense or the imperative.

    `target` is the name of the module that applies it. If that refuses, the whole turn is refused.
    """

    target: str


ReplyBody = Mapping[str, Any]


@frozen
class SnapshotReply:
    """A reply that the server makes after the turn: it writes a snapshot of this module's session
    under `temp:{module}:{uuid}`, for other services, and replies `{"key", "expires_in_s"}`. Only
    for a turn that changes nothing. Without a session it is refused: NoSessionError."""

    module: str


Reply = ReplyBody | Callable[[CharacterState], ReplyBody] | SnapshotReply


@frozen
class Event:
    """Something that happened, for other programs: see docs/events.md.

    `name`: in small letters; the server puts the module's name before it (`combat.ended`). `facts`:
    JSON values by name.
    """

    name: str
    facts: Mapping[str, Any]


@value
class Transition:
    """What a turn produced.

    Attributes:
        reply: what the sender gets: a mapping of JSON values, or a function that makes one from the
            state after the turn (all effects applied, the new version in it); the core also has the
            SnapshotReply.
        session: the module's own next session; SAME if unchanged, None if it ended and nothing of
            it is to be kept. Do not end a session whose document is in Postgres with None: a crash
            before the next backup would restore it. Keep it, marked as over, until Postgres has it
            as history (see `SessionModule.keeps`).
        touched: the parts that changed, appeared or went: names of fields in the session's Redis
            hash; for the core, its fields. A part that is not named here is not stored. A session
            stored by `SessionModule` itself has one part, which need not be named.
        effects: what other modules are asked to change, applied in order.
        backup: write the character to Postgres soon (an inventory was closed, a state was left).
        events: published in the same commit, in order. A turn that changes nothing has none.
    """

    reply: Reply = field(factory=dict)
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
            wrong types and integers beyond 2**53 are a 400 before the handler runs). A class method
            `from_payload` reads the payload itself instead.
        handle: (turn, session or None, command) -> transition. It raises a RefusedError subclass to
            refuse; any other exception crashes the actor.
        needs_session: load the module's session before the turn if it is not loaded; the handler
            gets None if none is stored.
        internal: only the server sends it (`wake`, `leave`): clients get `unknown_message_type`,
            and it is not listed. The class of its command takes no arguments.
    """

    command: type
    handle: Callable[[TurnContext, Any, Any], Transition]
    needs_session: bool = True
    internal: bool = False


@frozen
class EffectRoute:
    """How a module applies one kind of effect. `handle`, `needs_session`: as in `Route`."""

    handle: Callable[[TurnContext, Any, Any], Transition]
    needs_session: bool = True
