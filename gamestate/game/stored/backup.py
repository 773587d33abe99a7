"""Backups: from a state to what is written to Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterState, Session
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
    sections = {
        name: section_of(modules[name], state.sessions.get(name), touched)
        for name, touched in parts.items()
    }
    return Backup(row_of_state(state, owner, receipts), sections)


def section_of(
    module: SessionModule, session: Session | None, touched: Collection[str] | None
) -> Section:
    """What is written of a module's session, in the module's schema: the touched parts, or all if
    `touched` is None. `session` None: it ended."""
    if session is None:
        section = module.backup_session("", None, touched)
    else:
        section = module.backup_session(session.session_id, session.data, touched)
    same = section.schema == module.schema
    return section if same else evolve(section, schema=module.schema)
