"""Reading: from what the stores have to a state, for restores and for checks whether one would
succeed. Nothing here claims or writes."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from gamestate.contract.module import SessionModule
from gamestate.contract.state import CharacterCore, Session
from gamestate.game.stored.codec import core_of_row, decode_core, decode_metadata, schema_of_core
from gamestate.game.stored.core_schema import CORE_SCHEMA, CoreSchema
from gamestate.game.stored.receipts import checked, split_receipts
from gamestate.game.stored.upcasting import restored, unreadable
from persistence.hot import keys
from persistence.records import CharacterRow, HotSession, HotState


@frozen
class HotRead:
    """A character as Redis has it. `outdated`: something is stored in an earlier schema."""

    core: CharacterCore
    sessions: Mapping[str, Session]
    receipts: tuple[bytes, ...]
    outdated: bool


@frozen
class ColdRead:
    """The core of a character as Postgres has it; sessions are loaded one by one."""

    core: CharacterCore
    receipts: tuple[bytes, ...]


def restores_from_redis(hot: HotState | None, row: CharacterRow | None) -> bool:
    """Whether a restore takes Redis' copy: unless there is none, or Postgres' is newer."""
    return hot is not None and hot.version > 0 and (row is None or hot.version >= row.version)


def read_hot(
    hot: HotState, modules: Mapping[str, SessionModule], schema: CoreSchema = CORE_SCHEMA
) -> HotRead:
    """The core, the sessions that are there, and the receipts. Raises: UnreadableError."""
    core = decode_core(hot.core, schema)
    outdated = schema_of_core(hot.core) != schema.number
    sessions = {}
    for name, stored in hot.sessions.items():
        if stored.fields is not None:
            sessions[name], older = read_session(hot.char_id, modules[name], stored)
            outdated = outdated or older
    with unreadable("receipts"):
        return HotRead(core, sessions, checked(hot.receipts), outdated)


def read_session(char_id: int, module: SessionModule, stored: HotSession) -> tuple[Session, bool]:
    """One session that Redis has, and whether it is of an earlier schema. Raises:
    UnreadableError."""
    with unreadable(f"{module.name}: session {stored.session_id}"):
        fields = {name.decode(): value for name, value in (stored.fields or {}).items()}
        metadata = decode_metadata(fields.pop(keys.METADATA.decode(), b"null"), char_id)
        schema, loaded_at, dirty = metadata["schema"], metadata["loaded_at"], metadata["dirty"]
    data = restored(module, fields, schema)
    session = Session(stored.session_id, loaded_at, dirty, module.schema, data)
    return session, schema != module.schema


def read_cold(row: CharacterRow, schema: CoreSchema = CORE_SCHEMA) -> ColdRead:
    """The core and the receipts. Raises: UnreadableError."""
    core = core_of_row(row, schema)
    with unreadable("receipts"):
        return ColdRead(core, checked(split_receipts(row.receipts)))
