"""The shape in which a core is stored, by number, and what leads to it from earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import field, frozen

from persistence.records import CharacterRow

CoreFields = Mapping[str, bytes]

FIRST: Final = 1
"""The schema of a core that says none."""

SCHEMA_FIELD: Final = "schema"
"""The field of `ac:{char_id}` that says it, from the second on; only a whole core writes it."""


@frozen
class CoreShape:
    """One version's shape of the core.

    `fields`, `rows`: by the schema n they start from, what makes n + 1 of the fields that Redis
    has, and of the row that Postgres has.
    """

    number: int = FIRST
    fields: Mapping[int, Callable[[CoreFields], CoreFields]] = field(factory=dict)
    rows: Mapping[int, Callable[[CharacterRow], CharacterRow]] = field(factory=dict)


SHAPE: Final = CoreShape()
"""The shape this version of the server writes."""
