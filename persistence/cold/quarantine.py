"""The table `quarantine`: records that could not be read or written, each kept once.

An entry is open until an operator closes it, or the record was read again; the same record found
again opens its entry again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from persistence.cold.storable import is_bigint, storable_text
from persistence.records import CharId, Hold, QuarantineEntry

if TYPE_CHECKING:
    from asyncpg import Record

    from persistence.cold.connections import Connection

_KEEP: Final = """
INSERT INTO quarantine AS old (char_id, source, reason, record) VALUES ($1, $2, $3, $4)
ON CONFLICT (char_id, source, md5(reason), md5(record)) DO UPDATE
SET count = old.count + 1, last_seen = now(), closed_at = NULL, resolution = NULL
"""

_HELD: Final = """
SELECT char_id, source, reason FROM quarantine
WHERE closed_at IS NULL AND char_id = ANY($1::bigint[]) ORDER BY id
"""

_CLOSE: Final = """
UPDATE quarantine SET closed_at = now(), resolution = $2
WHERE char_id = $1 AND closed_at IS NULL
"""

_ENTRY: Final = """
SELECT id, char_id, source, reason, count, created_at, last_seen, length(record) AS size_bytes,
       closed_at, resolution
"""

_LIST: Final = f"""
{_ENTRY} FROM quarantine
WHERE closed_at IS NULL OR NOT $1::boolean ORDER BY last_seen DESC, id DESC LIMIT $2
"""

_ONE: Final = f"{_ENTRY}, record FROM quarantine WHERE id = $1"


async def keep(
    connection: Connection, char_id: CharId, source: str, reason: str, record: bytes
) -> None:
    """Keep a record, or count that it was found again."""
    texts = storable_text(source), storable_text(reason)
    await connection.execute(_KEEP, char_id, *texts, record)


async def held(
    connection: Connection, char_ids: Sequence[CharId]
) -> Mapping[CharId, Sequence[Hold]]:
    """The open entries of each character that has any, oldest first."""
    holds: dict[CharId, list[Hold]] = {}
    for char_id, *what in await connection.fetch(_HELD, list(filter(is_bigint, char_ids))):
        holds.setdefault(char_id, []).append(Hold(*what))
    return holds


async def close(connection: Connection, char_id: CharId, resolution: str) -> int:
    """Close the open entries of a character; returns their number."""
    status = await connection.execute(_CLOSE, char_id, storable_text(resolution))
    return int(status.removeprefix("UPDATE "))


async def entries(connection: Connection, only_open: bool, most: int) -> list[QuarantineEntry]:
    """The entries, the last seen first, without their bytes."""
    return [_entry(record) for record in await connection.fetch(_LIST, only_open, most)]


async def entry(connection: Connection, entry_id: int) -> QuarantineEntry | None:
    """One entry with its bytes."""
    record = await connection.fetchrow(_ONE, entry_id) if is_bigint(entry_id) else None
    return None if record is None else _entry(record, record["record"])


def _entry(record: Record, kept: bytes = b"") -> QuarantineEntry:
    closed_at = record["closed_at"]
    return QuarantineEntry(
        entry_id=record["id"],
        char_id=record["char_id"],
        source=record["source"],
        reason=record["reason"],
        count=record["count"],
        first_seen=record["created_at"].timestamp(),
        last_seen=record["last_seen"].timestamp(),
        size_bytes=record["size_bytes"],
        closed_at=None if closed_at is None else closed_at.timestamp(),
        resolution=record["resolution"],
        record=kept,
    )
