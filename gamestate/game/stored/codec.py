"""The core and the session metadata as the stores hold them, and back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import orjson

from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session, Vital
from gamestate.game.stored.core_schema import CORE_SCHEMA, FIRST, SCHEMA_FIELD, CoreSchema
from gamestate.game.stored.upcasting import UnreadableError, unreadable, upcast
from gamestate.structure import from_json
from persistence.hot import keys
from persistence.records import LOGGED_OUT, CharacterRow

CORE_FIELDS: Final[Mapping[str, Callable[[CharacterCore], bytes]]] = {
    "state": lambda core: core.state.encode(),
    "location": lambda core: _location(core.location),
    "bio": lambda core: _bio(core.bio),
    "stats": lambda core: orjson.dumps(core.stats),
    "vitals": lambda core: orjson.dumps(core.vitals),
}
"""Each field of `ac:{char_id}` that is made of the core alone."""

FIELD_NAMES: Final[Mapping[str, bytes]] = {name: name.encode() for name in CORE_FIELDS}


def encode_core(core: CharacterCore, names: Collection[str]) -> list[bytes]:
    """The named fields, name and value alternating."""
    pairs: list[bytes] = []
    for name in names:
        pairs += (FIELD_NAMES[name], CORE_FIELDS[name](core))
    return pairs


def encode_pointers(modules: Collection[str], sessions: Mapping[str, Session]) -> list[bytes]:
    """The `{module}_session_id` fields, name and value alternating; empty where there is none."""
    pairs: list[bytes] = []
    for module in modules:
        session = sessions.get(module)
        session_id = session.session_id.encode() if session is not None else b""
        pairs += (keys.session_field(module).encode(), session_id)
    return pairs


def encode_metadata(char_id: int, session: Session, *, dirty: bool) -> bytes:
    """The `metadata` field of a session."""
    return orjson.dumps(
        {
            "char_id": char_id,
            "loaded_at": session.loaded_at,
            "dirty": dirty,
            "schema": session.schema,
        }
    )


def encode_schema(schema: CoreSchema = CORE_SCHEMA) -> tuple[bytes, ...]:
    """The schema field of a whole core, name and value; none for the first schema."""
    if schema.number == FIRST:
        return ()
    return SCHEMA_FIELD.encode(), b"%d" % schema.number


def schema_of_core(fields: Mapping[str, bytes]) -> int:
    """The schema in the fields of a core's hash. Raises: UnreadableError."""
    with unreadable("core: schema"):
        return int(fields.get(SCHEMA_FIELD, b"%d" % FIRST))


def decode_core(fields: Mapping[str, bytes], schema: CoreSchema = CORE_SCHEMA) -> CharacterCore:
    """The core from the fields of its hash.

    Raises: UnreadableError: they are not a core.
    """
    fields = upcast(fields, schema_of_core(fields), schema.number, schema.fields, "core")
    try:
        return CharacterCore(
            state=fields["state"].decode(),
            location=from_json(orjson.loads(fields["location"]), Location, "location"),
            bio=from_json(orjson.loads(fields["bio"]), Bio, "bio"),
            stats=from_json(orjson.loads(fields["stats"]), dict[str, int], "stats"),
            vitals=decode_vitals(fields["vitals"]),
        )
    except (KeyError, ValueError) as error:
        raise UnreadableError(f"core: {_reason(error)}") from error


def decode_vitals(value: bytes) -> dict[str, Vital]:
    """The vitals; each 0 <= cur <= max. Raises: ValueError."""
    vitals = from_json(orjson.loads(value), dict[str, Vital], "vitals")
    for name, vital in vitals.items():
        if not 0 <= vital["cur"] <= vital["max"]:
            raise ValueError(f"{name} is {vital['cur']} of {vital['max']}")
    return vitals


def decode_metadata(value: bytes, char_id: int) -> Mapping[str, Any]:
    """The metadata of a session of this character. Raises: ValueError."""
    metadata = orjson.loads(value)
    if not isinstance(metadata, dict) or metadata.get("char_id") != char_id:
        raise ValueError(f"the session belongs to {metadata!r}, not to character {char_id}")
    return metadata


def core_of_row(row: CharacterRow, schema: CoreSchema = CORE_SCHEMA) -> CharacterCore:
    """The core from its row in Postgres. Raises: UnreadableError."""
    row = upcast(row, row.schema, schema.number, schema.rows, "core")
    try:
        return CharacterCore(
            state=row.game_stage,
            location=Location(row.location_id, row.prev_location_id),
            bio=Bio(row.name, row.gender, row.created_at),
            stats=from_json(row.stats, dict[str, int], "stats"),
            vitals=decode_vitals(row.vitals),
        )
    except ValueError as error:
        raise UnreadableError(f"core: {_reason(error)}") from error


def state_of_row(row: CharacterRow) -> CharacterState:
    """A character without its sessions, as its row has it. Raises: UnreadableError."""
    return CharacterState(row.char_id, row.epoch, row.version, core_of_row(row), {})


def row_of_state(state: CharacterState, owner: str, receipts: bytes) -> CharacterRow:
    """The row of a state. A backup does not write `owner`; claims and releases do."""
    core = state.core
    return CharacterRow(
        char_id=state.char_id,
        epoch=state.epoch,
        version=state.version,
        owner=owner or LOGGED_OUT,
        name=core.bio.name,
        gender=core.bio.gender,
        created_at=core.bio.created_at,
        game_stage=core.state,
        location_id=core.location.current,
        prev_location_id=core.location.prev,
        vitals=orjson.dumps(core.vitals),
        stats=core.stats,
        receipts=receipts,
        schema=CORE_SCHEMA.number,
    )


def _reason(error: Exception) -> str:
    return f"no field {error}" if isinstance(error, KeyError) else str(error)


def _location(location: Location) -> bytes:
    return orjson.dumps({"current": location.current, "prev": location.prev})


def _bio(bio: Bio) -> bytes:
    return orjson.dumps({"name": bio.name, "gender": bio.gender, "created_at": bio.created_at})
