"""One turn: a command and the effects it asks for, applied to a state; all of it or nothing.

Pure: the turn works on its own references and gives the next state at the end. If anything in it
refuses or raises, the state before is untouched, because nothing is ever changed in place.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from gamestate.contract.state import CharacterCore, CharacterState, Session
from gamestate.contract.turn import (
    CORE,
    SAME,
    Effect,
    Event,
    Reply,
    ReplyBody,
    SnapshotReply,
    Transition,
)
from gamestate.game.character.sessions import shown
from gamestate.game.router import CoreRouter, Message
from gamestate.modules.core.module import NoSessionError


class SessionNeededError(Exception):
    """The turn needs a session that is not loaded: load it and run the turn again."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module


class NewIds(Protocol):
    """Where item ids come from."""

    def take(self) -> int:
        """The next id. Raises: ColdStoreUnavailableError: no reserved id is left."""


class Turn:
    """The TurnContext of one message, and what comes of it.

    `nothing_stored`: the modules of which there is no session to load. `events`: what the
    turn announces in its commit, each with its module.
    """

    _handling: tuple[str, ...]  # the modules of which a handler is running

    __slots__ = (
        "_handling",
        "_new_ids",
        "_nothing_stored",
        "_random",
        "_router",
        "_state",
        "backup",
        "before",
        "core",
        "events",
        "now_s",
        "sessions",
        "touched",
    )

    def __init__(
        self,
        before: CharacterState,
        router: CoreRouter,
        new_ids: NewIds,
        now_s: float,
        nothing_stored: Collection[str] = (),
    ) -> None:
        self.before = before
        self.core: CharacterCore = before.core
        self.sessions: Mapping[str, Session] = before.sessions
        self.now_s = now_s
        self.touched: dict[str, Collection[str]] = {}
        self.backup = False
        self.events: tuple[tuple[str, Event], ...] = ()
        self._router = router
        self._new_ids = new_ids
        self._nothing_stored = nothing_stored
        self._random: random.Random | None = None
        self._state: CharacterState | None = before  # None: made when it is asked for

    # ------------------------------------------------------ what a module sees (TurnContext)

    @property
    def char_id(self) -> int:
        """Whose turn it is."""
        return self.before.char_id

    @property
    def state(self) -> CharacterState:
        """The state as the turn has made it so far, under the version it will have."""
        state = self._state
        if state is None:
            before = self.before
            version = before.version + bool(self.touched)
            state = self._state = CharacterState(
                before.char_id, before.epoch, version, self.core, self.sessions
            )
        return state

    @property
    def random(self) -> random.Random:
        """Seeded by who, when made and which version: the same turn draws the same numbers."""
        if self._random is None:
            before = self.before
            seed = f"{before.char_id}:{before.core.bio.created_at}:{before.version}"
            self._random = random.Random(seed)
        return self._random

    def new_item_id(self) -> int:
        """A world-wide unique item id."""
        return self._new_ids.take()

    def derived(self) -> Mapping[str, Any]:
        """What the sessions of all modules make of the character, as the turn has made them so far:
        JSON values by the names the modules give them (`armor_class`, ...). A module of which
        nothing is stored adds none."""
        facts: dict[str, Any] = {}
        for module in self._router.deriving:
            session = self._own(module.name, needed=True)
            if session is not None:
                facts.update(module.derived(session, self.core, self.now_s))
        return facts

    def items(self, template_id: str) -> int:
        """How many the character carries, as the turn has made it so far."""
        counting = self._router.counting
        if counting is None:
            return 0
        session = self._own(counting.name, needed=True)
        return 0 if session is None else counting.count(session, template_id)

    def shown(self) -> Mapping[str, str]:
        """The sessions that their modules show, by module."""
        return shown(self.sessions, self._router.modules)

    def perform(self, effect: Effect) -> ReplyBody:
        """Apply it and what follows from it; the reply."""
        reply = self._apply(effect).reply
        assert not isinstance(reply, SnapshotReply), f"the reply to {effect} is made after the turn"
        return reply(self.state) if callable(reply) else reply

    # ------------------------------------------------------------------- what the actor does

    def run(self, message: Message) -> Reply:
        """Handle the command and everything it asks of other modules; the reply.

        Raises:
            RefusedError, MalformedError: the turn did not happen.
            SessionNeededError: load the session, then run a new turn.
            anything else: the turn did not happen, and the actor crashes.
        """
        module, route = message.module, message.route
        own = self._own(module, route.needs_session)
        self._handling = (module,)
        transition = route.handle(self, own, message.command)
        self._handling = ()
        self._take(module, transition)
        return transition.reply

    def session(self, module: str) -> Session:
        """The session of a module after the turn.

        Raises: NoSessionError; SessionNeededError: load it, then run a new turn.
        """
        if module in self._router.modules:
            self._own(module, needed=True)
        session = self.sessions.get(module)
        if session is None:
            raise NoSessionError(self.char_id, module)
        return session

    def _own(self, module: str, needed: bool) -> Any:
        """What a module may change: the core, or its session's data; None if it has none."""
        if module == CORE:
            return self.core
        session = self.sessions.get(module)
        if session is not None:
            return self._router.modules[module].prepare_session(session.data)
        ended = module in self.before.sessions
        if needed and not ended and module not in self._nothing_stored:
            raise SessionNeededError(module)
        return None

    def _take(self, module: str, transition: Transition) -> None:
        if not isinstance(transition, Transition):
            raise TypeError(f"a handler of {module} returned {transition!r}, not a Transition")
        if transition.session is not SAME:
            self._replace(module, transition.session)
            self._state = None
            earlier = self.touched.get(module)
            touched = transition.touched
            self.touched[module] = touched if earlier is None else {*earlier, *touched}
        self.backup = self.backup or transition.backup
        if transition.events:
            self.events += tuple((module, event) for event in transition.events)
        for effect in transition.effects:
            self._apply(effect)

    def _apply(self, effect: Effect) -> Transition:
        module, route = self._router.effect(effect)
        handling = self._handling
        assert module not in handling, f"{effect} comes while a handler of {module} is running"
        own = self._own(module, route.needs_session)
        self._handling = (*handling, module)
        transition = route.handle(self, own, effect)
        self._handling = handling
        self._take(module, transition)
        return transition

    def _replace(self, module: str, data: Any) -> None:
        if module == CORE:
            self.core = data
            return
        session = self.sessions.get(module)
        sessions = dict(self.sessions)
        if data is None:
            del sessions[module]
        elif session is not None:
            sessions[module] = Session(
                session.session_id, session.loaded_at, True, session.schema, data
            )
        else:
            schema = self._router.modules[module].schema
            sessions[module] = Session(new_session_id(), self.now_s, True, schema, data)
        self.sessions = sessions


def new_session_id() -> str:
    """A random UUID, version 4."""
    return str(uuid.uuid4())
