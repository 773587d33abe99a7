"""The sessions of a character as facts of its state: pure functions from state to state.

A session that a core names is in memory and in Redis. A clean one may leave both: Postgres has it,
and the next turn that needs it loads it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState, Session
from gamestate.game.stored.codec import encode_metadata
from persistence.hot import keys
from persistence.records import CleanMark

WakeTimes = Collection[tuple[str, float | None]]
"""Module name and when it wants its command `wake`, Unix time in seconds; None: not at all."""


def with_sessions(state: CharacterState, sessions: Mapping[str, Session]) -> CharacterState:
    """The state with these sessions and no others."""
    return CharacterState(state.char_id, state.epoch, state.version, state.core, sessions)


def with_session(state: CharacterState, module: str, session: Session) -> CharacterState:
    """The state with a session that Postgres had all along: no new version, nothing to save."""
    return with_sessions(state, {**state.sessions, module: session})


def without_sessions(state: CharacterState, modules: Collection[str]) -> CharacterState:
    """The state without the sessions of these modules: no new version, nothing to save."""
    left = {name: each for name, each in state.sessions.items() if name not in modules}
    return with_sessions(state, left)


def releasable(state: CharacterState, modules: Mapping[str, SessionModule]) -> list[str]:
    """The modules whose session need not stay: it is clean, its module does not keep it, and the
    character is not in that module's state."""
    return [
        name
        for name, session in state.sessions.items()
        if name != state.core.state and not (session.dirty or modules[name].keeps(session.data))
    ]


def cleaned(state: CharacterState) -> tuple[CharacterState, CleanMark]:
    """The state with all its sessions clean, and the mark that makes them so in Redis."""
    sessions, marks = dict(state.sessions), []
    for module, session in state.sessions.items():
        if session.dirty:
            clean = Session(
                session.session_id, session.loaded_at, False, session.schema, session.data
            )
            sessions[module] = clean
            metadata = encode_metadata(state.char_id, clean, dirty=False)
            marks.append((keys.session(module, session.session_id), metadata))
    mark = CleanMark(state.char_id, state.epoch, state.version, tuple(marks))
    return with_sessions(state, sessions) if marks else state, mark


def is_another(before: Session | None, after: Session | None) -> bool:
    """Whether a session appeared, ended, or took the place of another."""
    if before is None or after is None:
        return before is not after
    return before.session_id != after.session_id


def wakes_at(
    state: CharacterState, module: str, modules: Mapping[str, SessionModule]
) -> float | None:
    """When the module wants its command `wake`."""
    session = state.sessions.get(module)
    return None if session is None else modules[module].wakes_at(session.data)


def shown(sessions: Mapping[str, Session], modules: Mapping[str, SessionModule]) -> dict[str, str]:
    """Module name to session id: the sessions that a client may know of."""
    return {
        name: session.session_id
        for name, session in sessions.items()
        if modules[name].shown(session.data)
    }
