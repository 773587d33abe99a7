"""The table `inventory_state`: one document per character, its inventory without the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from persistence.cold.batch import OwnedState
from persistence.cold.storable import is_bigint
from persistence.records import CharId

if TYPE_CHECKING:
    from persistence.cold.connections import Connection

# A whole backup contains the state even if it did not change: an unchanged one is not written.
_UPSERT: Final = """
INSERT INTO inventory_state AS old (char_id, data, schema)
SELECT char_id, saved.data, saved.schema
FROM unnest($1::bigint[], $2::json[], $3::integer[]) AS saved (char_id, data, schema)
LEFT JOIN inventory_state stored USING (char_id)
WHERE stored.data::text IS DISTINCT FROM saved.data::text
    OR stored.schema IS DISTINCT FROM saved.schema
ON CONFLICT (char_id) DO UPDATE SET data = excluded.data, schema = excluded.schema
"""

_READ: Final = "SELECT char_id, data, schema FROM inventory_state WHERE char_id = ANY($1::bigint[])"


async def write(connection: Connection, states: Sequence[OwnedState]) -> None:
    """Write the states of characters whose rows are locked; only those that changed."""
    if states:
        await connection.execute(_UPSERT, *map(list, zip(*states, strict=True)))


async def read(
    connection: Connection, char_ids: Sequence[CharId]
) -> Mapping[CharId, tuple[bytes, int]]:
    """The state of each character that has one, as JSON bytes, with its schema."""
    records = await connection.fetch(_READ, list(filter(is_bigint, char_ids)))
    return {char_id: (data, schema) for char_id, data, schema in records}
