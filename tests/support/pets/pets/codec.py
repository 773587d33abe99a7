"""A session as the fields of its Redis hash, one field a pet, and as one document for Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson
from attrs import asdict

from gamestate.contract import Parts, from_json
from pets.dto import CALLED, PET_PREFIX, PetDTO, PetsDTO, pet_part

SCHEMA: Final = 2
"""1: pets had no fondness."""


def encode(session: PetsDTO, touched: Collection[str] | None) -> Parts:
    """The parts named in `touched`, all if it is None; those of pets that went are in `drop`."""
    there = {CALLED: session.called} | {pet_part(it): pet for it, pet in session.pets.items()}
    named = there.keys() if touched is None else touched
    put = {part: _part(there[part]) for part in named if part in there}
    return Parts(put, [part for part in named if part not in there])


def decode(fields: Mapping[str, bytes], schema: int) -> PetsDTO:
    """The inverse of `encode`. Raises ValueError if this is no session of a schema we know."""
    return _session({part: orjson.loads(value) for part, value in fields.items()}, schema)


def encode_document(session: PetsDTO) -> bytes:
    """All of it; the document has no other place to say which schema it is of."""
    parts = {part: orjson.Fragment(value) for part, value in encode(session, None).put.items()}
    return orjson.dumps({"schema": SCHEMA, "parts": parts})


def decode_document(document: bytes) -> PetsDTO:
    """The inverse of `encode_document`. Raises ValueError, as `decode`."""
    match orjson.loads(document):
        case {"schema": int(schema), "parts": dict(parts)}:
            return _session(parts, schema)
    raise ValueError(f"not a document of pets: {document[:100]!r}")


def _part(value: int | PetDTO | None) -> bytes:
    return orjson.dumps(asdict(value) if isinstance(value, PetDTO) else value)


def _session(parts: Mapping[str, Any], schema: int) -> PetsDTO:
    if schema not in (1, SCHEMA):
        raise ValueError(f"pets of schema {schema} can't be read, only up to {SCHEMA}")
    stored = {part: value for part, value in parts.items() if part.startswith(PET_PREFIX)}
    if parts.keys() - stored.keys() != {CALLED}:
        raise ValueError(f"a session of pets has no such parts: {sorted(parts)}")
    pets = [_pet(part, value, schema) for part, value in stored.items()]
    session = PetsDTO({pet.pet_id: pet for pet in pets}, parts[CALLED])
    if session.called is not None and session.called not in session.pets:
        raise ValueError(f"pet {session.called} is called and not there")
    return session


def _pet(part: str, stored: Any, schema: int) -> PetDTO:
    pet = from_json(stored if schema > 1 else {**stored, "fondness": 0}, PetDTO, part)
    if pet_part(pet.pet_id) != part:
        raise ValueError(f"{part} holds pet {pet.pet_id}")
    return pet
