"""The table `outbox`: events that Redis could not be told of when their turns were committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from persistence.records import Backup, EventRecord, SaveStatus

if TYPE_CHECKING:
    from persistence.cold.characters import Connection

_INSERT: Final = """
INSERT INTO outbox (event_id, char_id, type, data)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::json[])
ON CONFLICT (event_id) DO NOTHING
"""

_READ: Final = "SELECT event_id, char_id, type, data FROM outbox ORDER BY number LIMIT $1"

_DELETE: Final = "DELETE FROM outbox WHERE event_id = ANY($1::text[])"


def to_tell(backups: Sequence[Backup], statuses: Sequence[SaveStatus]) -> list[EventRecord]:
    """The events that go to the outbox: also those of a state that was saved before, because a
    backup that ran ahead of the turn's own commit knew of none."""
    return [
        event
        for backup, status in zip(backups, statuses, strict=True)
        if status is not SaveStatus.FENCED
        for event in backup.events
    ]


async def write(connection: Connection, events: Sequence[EventRecord]) -> None:
    """Put events in, each once."""
    rows = [(event.event_id, event.char_id, event.type, event.data) for event in events]
    if rows:
        await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))


async def read(connection: Connection, most: int) -> list[EventRecord]:
    """At most so many events, the oldest first."""
    return [EventRecord(*record) for record in await connection.fetch(_READ, most)]


async def delete(connection: Connection, event_ids: Sequence[str]) -> None:
    """Take events out."""
    await connection.execute(_DELETE, list(event_ids))
