"""From a state to what Postgres gets of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState
from gamestate.game.stored.codec import row_of_state
from persistence.records import Backup, Section


def backup_of(
    state: CharacterState,
    parts: Mapping[str, Collection[str] | None],
    receipts: bytes,
    owner: str,
    modules: Mapping[str, SessionModule],
) -> Backup:
    """The core, the receipts (a JSON list), and the named parts of the named modules' sessions;
    None: all parts. A module that has no session any more is saved as ended."""
    sections: dict[str, Section] = {}
    for name, touched in parts.items():
        module, session = modules[name], state.sessions.get(name)
        if session is None:
            section = module.backup_session("", None, touched)
        else:
            section = module.backup_session(session.session_id, session.data, touched)
        same = section.schema == module.schema
        sections[name] = section if same else evolve(section, schema=module.schema)
    return Backup(row_of_state(state, owner, receipts), sections)
