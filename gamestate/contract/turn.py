"""One turn, as a module sees it: what it may know, what it gives back, and what it asks of others.

A module never imports another module: what one wants of another it asks by an `Effect`, which the
character's actor applies in the same turn and the same commit. Everything here is synchronous and
pure; loading and saving is the server core's work."""

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
"""The command a module is sent when the time it asked for has come (see
`SessionModule.wakes_at`)."""

LEAVE: Final = "leave"
"""The command a module is sent, if it has it and the character a session of it, before the
character is logged out."""


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
