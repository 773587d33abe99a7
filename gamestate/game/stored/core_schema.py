"""CoreSchema: the shape in which a core is stored, and how to upcast earlier ones to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import field, frozen

from persistence.records import CharacterRow

CoreFields = Mapping[str, bytes]

FIRST: Final = 1
"""The schema of a core without the field `schema`."""

SCHEMA_FIELD: Final = "schema"
"""The field of `ac:{char_id}` with the number, from the second schema on; only a whole core writes
it."""


@frozen
class CoreSchema:
    """One schema of the core. `fields`, `rows`: by the schema n they start from, what upcasts the
    fields in Redis, and the row in Postgres, to n + 1."""

    number: int = FIRST
    fields: Mapping[int, Callable[[CoreFields], CoreFields]] = field(factory=dict)
    rows: Mapping[int, Callable[[CharacterRow], CharacterRow]] = field(factory=dict)


CORE_SCHEMA: Final = CoreSchema()
"""The schema this version of the server writes."""
