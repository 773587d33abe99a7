"""From a state to what Postgres gets of it, and to the clean state when it has it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState, Session
from gamestate.game.character.sessions import with_sessions
from gamestate.game.character.unsaved import Unsaved
from gamestate.game.stored.codec import encode_metadata, row_of_state
from persistence.hot import keys
from persistence.records import Backup, CleanMark, Section


def backup_of(
    state: CharacterState,
    unsaved: Unsaved | None,
    receipts: bytes,
    owner: str,
    modules: Mapping[str, SessionModule],
) -> Backup:
    """The core, the receipts (as JSON), and of the sessions what is unsaved."""
    sections: dict[str, Section] = {}
    for name in unsaved or ():
        touched, session = unsaved.touched(name) if unsaved else (), state.sessions.get(name)
        module = modules[name]
        if session is None:
            section = module.backup_session("", None, touched)
        else:
            section = module.backup_session(session.session_id, session.data, touched)
        sections[name] = _of_schema(section, module.schema)
    return Backup(row_of_state(state, owner, receipts), sections)


def _of_schema(section: Section, schema: int) -> Section:
    return section if section.schema == schema else evolve(section, schema=schema)


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
