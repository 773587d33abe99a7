"""The tables `characters`, `character_stats` and `character_receipts`.

Every statement that writes locks its `characters` rows in the order of their ids, so that no two
deadlock. A locked row is current and cannot change: the epoch is compared on it, not on a row that
a snapshot or a subquery saw before the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from persistence.cold.batch import verdict
from persistence.cold.storable import bad_record, is_bigint
from persistence.records import (
    Backup,
    CharacterRow,
    CharId,
    ColdClaim,
    ColdRelease,
    NewCharacter,
    Ownership,
    SaveStatus,
)

if TYPE_CHECKING:
    from asyncpg import Record

    from persistence.cold.connections import Connection

NO_STATS: Final = b"{}"
NO_RECEIPTS: Final = b"[]"

_INSERT: Final = """
WITH character AS (
    INSERT INTO characters (name, gender, game_stage, location_id, vitals)
    VALUES ($1, $2, 'exploration', $3, $4)
    RETURNING char_id, epoch, version, owner, name, gender, created_at, game_stage, location_id,
              prev_location_id, vitals, schema
), stats AS (
    INSERT INTO character_stats (char_id, stats) SELECT char_id, $5 FROM character
), receipts AS (
    INSERT INTO character_receipts (char_id, receipts) SELECT char_id, $6 FROM character
)
SELECT character.*, $5 AS stats, $6 AS receipts FROM character
"""

_CLAIM: Final = """
WITH before AS MATERIALIZED (
    SELECT c.char_id, c.owner, asked.at_least, asked.owner AS next_owner
    FROM characters c
    JOIN unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (char_id, at_least, owner)
        ON asked.char_id = c.char_id
    ORDER BY c.char_id
    FOR NO KEY UPDATE OF c
)
UPDATE characters c
SET epoch = greatest(c.epoch, before.at_least) + 1, owner = before.next_owner
FROM before
WHERE c.char_id = before.char_id
RETURNING c.char_id, c.epoch, before.owner
"""

_ROWS: Final = """
SELECT c.char_id, c.epoch, c.version, c.owner, c.name, c.gender, c.created_at, c.game_stage,
       c.location_id, c.prev_location_id, c.vitals, c.schema, s.stats, r.receipts
FROM characters c
LEFT JOIN character_stats s ON s.char_id = c.char_id
LEFT JOIN character_receipts r ON r.char_id = c.char_id
"""

_READ: Final = f"{_ROWS} WHERE c.char_id = ANY($1::bigint[])"
_PAGE: Final = f"{_ROWS} WHERE c.char_id > $1 ORDER BY c.char_id LIMIT $2"

_PEEK: Final = """
SELECT char_id, epoch, version, owner FROM characters WHERE char_id = ANY($1::bigint[])
"""

_LOCK: Final = """
SELECT char_id, epoch, version FROM characters
WHERE char_id = ANY($1::bigint[])
ORDER BY char_id
FOR NO KEY UPDATE
"""

_WRITE: Final = """
WITH saved AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::json[], $11::json[], $12::json[], $13::integer[]
    ) AS saved (char_id, epoch, version, owner, name, gender, game_stage, location_id,
                prev_location_id, vitals, stats, receipts, schema)
), stats AS (
    INSERT INTO character_stats AS old (char_id, stats)
    SELECT char_id, saved.stats FROM saved LEFT JOIN character_stats s USING (char_id)
    WHERE s.stats::text IS DISTINCT FROM saved.stats::text
    ON CONFLICT (char_id) DO UPDATE SET stats = excluded.stats
), receipts AS (
    INSERT INTO character_receipts AS old (char_id, receipts)
    SELECT char_id, saved.receipts FROM saved LEFT JOIN character_receipts r USING (char_id)
    WHERE r.receipts::text IS DISTINCT FROM saved.receipts::text
    ON CONFLICT (char_id) DO UPDATE SET receipts = excluded.receipts
)
UPDATE characters c
SET epoch = saved.epoch, version = saved.version, owner = saved.owner, name = saved.name,
    gender = saved.gender, game_stage = saved.game_stage, location_id = saved.location_id,
    prev_location_id = saved.prev_location_id, vitals = saved.vitals, schema = saved.schema,
    updated_at = now()
FROM saved
WHERE c.char_id = saved.char_id AND c.epoch <= saved.epoch AND c.version < saved.version
"""

_RELEASE: Final = """
WITH mine AS MATERIALIZED (
    SELECT c.char_id, asked.epoch, asked.owner
    FROM characters c
    JOIN unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (char_id, epoch, owner)
        ON asked.char_id = c.char_id AND asked.epoch >= c.epoch
    ORDER BY c.char_id
    FOR NO KEY UPDATE OF c
)
UPDATE characters c SET owner = mine.owner, epoch = mine.epoch
FROM mine WHERE c.char_id = mine.char_id
RETURNING c.char_id
"""


async def insert(connection: Connection, new: NewCharacter) -> CharacterRow:
    """Insert the character's three rows."""
    stats = orjson.dumps(dict(new.stats))
    record = await connection.fetchrow(
        _INSERT, new.name, new.gender, new.location, new.vitals, stats, NO_RECEIPTS
    )
    assert record is not None
    return _row(record, record["epoch"], record["owner"])


async def claim(connection: Connection, claims: Sequence[ColdClaim]) -> dict[CharId, CharacterRow]:
    """Take the epochs, then read: the claim fences every other writer in between."""
    asked = [claim for claim in claims if is_bigint(claim.char_id)]
    char_ids = [claim.char_id for claim in asked]
    at_least = [claim.at_least for claim in asked]
    owners = [claim.owner for claim in asked]
    claimed = await connection.fetch(_CLAIM, char_ids, at_least, owners)
    records = {record["char_id"]: record for record in await connection.fetch(_READ, char_ids)}
    return {
        char_id: _row(records[char_id], epoch, owner)
        for char_id, epoch, owner in claimed
        if char_id in records
    }


async def read(connection: Connection, char_ids: Sequence[CharId]) -> dict[CharId, CharacterRow]:
    """Read the rows of the known characters."""
    records = await connection.fetch(_READ, list(filter(is_bigint, char_ids)))
    return {record["char_id"]: _row(record, record["epoch"], record["owner"]) for record in records}


async def page(connection: Connection, after: CharId, most: int) -> list[CharacterRow]:
    """Read the rows of the characters that follow `after`."""
    records = await connection.fetch(_PAGE, after, most)
    return [_row(record, record["epoch"], record["owner"]) for record in records]


async def peek(connection: Connection, char_ids: Sequence[CharId]) -> dict[CharId, Ownership]:
    """Read the owners of the known characters."""
    records = await connection.fetch(_PEEK, list(filter(is_bigint, char_ids)))
    return {char_id: Ownership(*rest) for char_id, *rest in records}


async def lock(connection: Connection, backups: Sequence[Backup]) -> list[SaveStatus]:
    """Lock the rows until the transaction ends; returns which backups may be written.

    Raises: BadRecordError for an unknown character.
    """
    char_ids = [backup.character.char_id for backup in backups]
    locked = await connection.fetch(_LOCK, char_ids)
    stored = {char_id: (epoch, version) for char_id, epoch, version in locked}
    for backup in backups:
        if backup.character.char_id not in stored:
            raise bad_record(backup.character.char_id, "there is no row to write to", backup)
    return [verdict(row, *stored[row.char_id]) for row in (backup.character for backup in backups)]


async def write(connection: Connection, rows: Sequence[CharacterRow]) -> None:
    """Write rows that are locked and may be written; stats and receipts only if they changed."""
    columns = zip(*map(_written, rows), strict=True)
    await connection.execute(_WRITE, *map(list, columns))


async def release(connection: Connection, releases: Sequence[ColdRelease]) -> set[CharId]:
    """Write the new owners; returns the characters whose epoch still matched."""
    asked = [r for r in releases if is_bigint(r.char_id) and is_bigint(r.epoch)]
    char_ids = [release.char_id for release in asked]
    epochs = [release.epoch for release in asked]
    owners = [release.owner for release in asked]
    released = await connection.fetch(_RELEASE, char_ids, epochs, owners)
    return {record["char_id"] for record in released}


def _written(row: CharacterRow) -> tuple[object, ...]:
    return (
        row.char_id,
        row.epoch,
        row.version,
        row.owner,
        row.name,
        row.gender,
        row.game_stage,
        row.location_id,
        row.prev_location_id,
        row.vitals,
        _stats_json(row),
        row.receipts,
        row.schema,
    )


def _stats_json(row: CharacterRow) -> bytes:
    try:
        return orjson.dumps(dict(row.stats))
    except orjson.JSONEncodeError as error:
        raise bad_record(row.char_id, f"stats: {error}", row) from error


def _row(record: Record, epoch: int, owner: str) -> CharacterRow:
    return CharacterRow(
        char_id=record["char_id"],
        epoch=epoch,
        version=record["version"],
        owner=owner,
        name=record["name"],
        gender=record["gender"],
        created_at=record["created_at"].timestamp(),
        game_stage=record["game_stage"],
        location_id=record["location_id"],
        prev_location_id=record["prev_location_id"],
        vitals=record["vitals"],
        stats=_stats(record["stats"] or NO_STATS),
        receipts=record["receipts"] or NO_RECEIPTS,
        schema=record["schema"],
    )


def _stats(stored: bytes) -> Any:
    """The stats; as text if only Postgres parses them, so that the other rows stay readable."""
    try:
        return orjson.loads(stored)
    except orjson.JSONDecodeError:
        return stored.decode(errors="replace")
