"""The table `outbox`: events whose turns were committed while Redis was down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from persistence.records import EventRecord

if TYPE_CHECKING:
    from persistence.cold.connections import Connection

_INSERT: Final = """
INSERT INTO outbox (event_id, char_id, type, data)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::json[])
ON CONFLICT (event_id) DO NOTHING
"""

_READ: Final = "SELECT event_id, char_id, type, data FROM outbox ORDER BY number LIMIT $1"

_DELETE: Final = "DELETE FROM outbox WHERE event_id = ANY($1::text[])"


async def write(connection: Connection, events: Sequence[EventRecord]) -> None:
    """Insert events, each once."""
    rows = [(event.event_id, event.char_id, event.type, event.data) for event in events]
    if rows:
        await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))


async def read(connection: Connection, most: int) -> list[EventRecord]:
    """At most `most` events, the oldest first."""
    return [EventRecord(*record) for record in await connection.fetch(_READ, most)]


async def delete(connection: Connection, event_ids: Sequence[str]) -> None:
    """Delete events."""
    await connection.execute(_DELETE, list(event_ids))
