"""Sessions that come to be at hand, and those that are let go of: what is in memory and in Redis of
what Postgres has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState, Session
from gamestate.game.character.sessions import deadlines, with_sessions, without_sessions
from persistence.errors import BacklogFullError, FencedOutError

if TYPE_CHECKING:
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.router import CoreRouter


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
