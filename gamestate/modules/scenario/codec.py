"""A session as the fields of its Redis hash, and as one document for Postgres: JSON, read
strictly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson
from attrs import fields

from gamestate.contract.module import Parts
from gamestate.modules.scenario.dto import PARTS, PROGRESS, VARIABLES, ScenarioSessionDTO
from gamestate.structure import from_json

SCHEMA: Final = 1


class ScenarioCodec:
    """Sessions to JSON and back."""

    def encode(self, session: ScenarioSessionDTO, touched: Collection[str] | None) -> Parts:
        """The parts named in `touched`, all if it is None."""
        named = PARTS if touched is None else touched
        return Parts({part: _part(session, part) for part in named})

    def decode(self, stored: Mapping[str, bytes], schema: int) -> ScenarioSessionDTO:
        """The session of all its parts.

        Raises:
            ValueError: another schema, or something is missing, unknown or not what it should be.
        """
        if schema != SCHEMA:
            raise ValueError(f"scenario schema {schema} is not {SCHEMA}")
        if set(stored) != set(PARTS):
            raise ValueError(f"a scenario has the parts {PARTS}, not {sorted(stored)}")
        progress = orjson.loads(stored[PROGRESS])
        return self._structured(progress, orjson.loads(stored[VARIABLES]))

    def encode_document(self, session: ScenarioSessionDTO) -> bytes:
        """All of it as one document."""
        parts = {part: orjson.Fragment(_part(session, part)) for part in PARTS}
        return orjson.dumps({"schema": SCHEMA, **parts})

    def decode_document(self, document: bytes) -> ScenarioSessionDTO:
        """The inverse of `encode_document`. Raises ValueError, as `decode`."""
        match orjson.loads(document):
            case {"schema": int(schema), **parts} if schema == SCHEMA and set(parts) == set(PARTS):
                return self._structured(parts[PROGRESS], parts[VARIABLES])
        raise ValueError(f"not a scenario of schema {SCHEMA}: {document[:100]!r}")

    def _structured(self, progress: Any, variables: Any) -> ScenarioSessionDTO:
        if not isinstance(progress, dict) or VARIABLES in progress:
            raise ValueError(f"not the progress of a scenario: {progress!r}")
        facts = {**progress, VARIABLES: variables}
        if missing := {field.name for field in fields(ScenarioSessionDTO)} - facts.keys():
            raise ValueError(f"the progress of a scenario lacks {sorted(missing)}")
        return from_json(facts, ScenarioSessionDTO)


def _part(session: ScenarioSessionDTO, part: str) -> bytes:
    if part == VARIABLES:
        return orjson.dumps(session.variables)
    if part != PROGRESS:
        raise ValueError(f"a scenario has no part {part!r}")
    names = (field.name for field in fields(ScenarioSessionDTO) if field.name != VARIABLES)
    return orjson.dumps({name: getattr(session, name) for name in names})
