"""The sessions of a character: those it comes to have, those it is let go of, and when theirs want
to be woken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from gamestate.contracts import SessionModule
from gamestate.state import CharacterState, Session
from persistence.errors import BacklogFullError, FencedOutError

if TYPE_CHECKING:
    from gamestate.character.actor import CharacterActor
    from gamestate.router import CoreRouter

Deadlines = Collection[tuple[str, float | None]]
"""Module name and when it wants to be woken, seconds since 1970; None: not at all."""


def with_sessions(state: CharacterState, sessions: Mapping[str, Session]) -> CharacterState:
    """The state with these sessions and no others."""
    return CharacterState(state.char_id, state.epoch, state.version, state.core, sessions)


def without_sessions(state: CharacterState, modules: Collection[str]) -> CharacterState:
    """The state without the sessions of these modules."""
    left = {name: each for name, each in state.sessions.items() if name not in modules}
    return with_sessions(state, left)


def is_another(before: Session | None, after: Session | None) -> bool:
    """Whether a session appeared, ended, or took the place of another."""
    if before is None or after is None:
        return before is not after
    return before.session_id != after.session_id


def wakes_at(
    state: CharacterState, module: str, modules: Mapping[str, SessionModule]
) -> float | None:
    """When the module wants to be woken."""
    session = state.sessions.get(module)
    return None if session is None else modules[module].wakes_at(session.data)


def deadlines(state: CharacterState, touched: Collection[str], router: CoreRouter) -> Deadlines:
    """Of the modules that a turn touched."""
    waking = router.waking
    if waking.isdisjoint(touched):
        return ()
    return [(name, wakes_at(state, name, router.modules)) for name in touched if name in waking]


# ------------------------------------------------------------------ coming and going


def attach(actor: CharacterActor, router: CoreRouter, module: str, session: Session) -> None:
    """The state with a session it had in Postgres all along: no new version, no change to save.

    Raises: FencedOutError: the character was lost while the session was loaded; BacklogFullError.
    """
    state = actor.state
    if actor.gone:
        raise FencedOutError(actor.char_id, state.epoch, "redis")
    whole = with_sessions(state, {**state.sessions, module: session})
    actor.give_redis(whole)
    actor.state = whole
    actor.set_alarms(deadlines(whole, (module,), router))


def expired(actor: CharacterActor, module: str, session_id: str) -> None:
    """Redis let this session expire: its core names it no longer. Here it stays, and its next
    change brings it back there."""
    session = actor.state.sessions.get(module)
    if session is not None and session.session_id == session_id and not session.dirty:
        _take_out_of_redis(actor, [module])


def release(actor: CharacterActor, modules: Mapping[str, SessionModule]) -> None:
    """Let go of the clean sessions that their modules do not keep, but for the one the character is
    at."""
    leaving = list(_not_kept(actor.state, modules))
    if leaving and _take_out_of_redis(actor, leaving):
        actor.state = without_sessions(actor.state, leaving)


def _not_kept(state: CharacterState, modules: Mapping[str, SessionModule]) -> Iterator[str]:
    for name, session in state.sessions.items():
        if name != state.core.state and not (session.dirty or modules[name].keeps(session.data)):
            yield name


def _take_out_of_redis(actor: CharacterActor, modules: Collection[str]) -> bool:
    """The mirror image of `attach`: no new version, no change to save. False if it can't be now;
    their time to live ends in Redis all the same."""
    if not actor.may_write:
        return False
    try:
        actor.give_redis(without_sessions(actor.state, modules))
    except BacklogFullError:
        return False
    return True
