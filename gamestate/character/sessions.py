"""The sessions of a state: the same state with others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gamestate.contracts import SessionModule
from gamestate.state import CharacterState, Session


def with_sessions(state: CharacterState, sessions: Mapping[str, Session]) -> CharacterState:
    """The state with these sessions and no others."""
    return CharacterState(state.char_id, state.epoch, state.version, state.core, sessions)


def without_sessions(state: CharacterState, modules: Collection[str]) -> CharacterState:
    """The state without the sessions of these modules."""
    left = {name: each for name, each in state.sessions.items() if name not in modules}
    return with_sessions(state, left)


def not_kept(state: CharacterState, modules: Mapping[str, SessionModule]) -> list[str]:
    """Whose clean session aggressive clean-up lets go of: none that the character is at."""
    return [
        name
        for name in state.sessions
        if not modules[name].keeps_clean and name != state.core.state
    ]
