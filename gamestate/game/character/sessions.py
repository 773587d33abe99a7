"""The sessions of a character as facts of its state: which there are, which is another, and when
their modules want to be woken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState, Session

if TYPE_CHECKING:
    from gamestate.game.router import CoreRouter

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
