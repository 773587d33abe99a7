"""Backups to Postgres: changed characters written behind, with the epoch and version guard.

Each backup is the row of a character that was hurt and the row of an item it used up. The baseline
upserts one row per statement, one character per transaction. On one wide row of 1.2 KiB of jsonb
instead of the real tables, the statements alone show what the tables and the repository cost.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import asyncpg
import orjson
from attrs import evolve

from gamestate.server.modules import DOCUMENT_TABLES
from persistence.cold.postgres_store import PostgresColdStore
from persistence.embedded.servers import Endpoints
from persistence.records import Backup, CharacterRow, ItemRow, ItemsSection, SaveStatus
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Store, Target
from tests.bench.closed_loop import Tally
from tests.bench.crud import table_of_characters
from tests.bench.game import ITEM_IDS_EACH, Seed, seeded_stores
from tests.bench.population import CHARACTERS, documents, encode, hurt

BATCH: Final = 500

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]

Save = Callable[[Sequence[int]], Awaitable[None]]
"""Back up these characters of the population; the subject changes each of them first, so that every
backup writes."""

SaveSubject = Callable[[Endpoints], AbstractAsyncContextManager[Save]]

_GUARD: Final = """
    ON CONFLICT (char_id) DO UPDATE SET
        epoch = excluded.epoch, version = excluded.version, document = excluded.document
    WHERE {table}.epoch <= excluded.epoch AND {table}.version < excluded.version
"""
_ONE: Final = """
    INSERT INTO {table} (char_id, epoch, version, document) VALUES ($1, 1, $2, $3)
"""
_MANY: Final = """
    INSERT INTO {table} (char_id, epoch, version, document)
    SELECT char_id, 1, version, document
    FROM unnest($1::bigint[], $2::bigint[], $3::jsonb[]) AS new (char_id, version, document)
"""


_CHARACTER: Final = """
    INSERT INTO characters AS old
        (char_id, name, game_stage, location_id, vitals, epoch, version, owner)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (char_id) DO UPDATE SET
        name = excluded.name, game_stage = excluded.game_stage,
        location_id = excluded.location_id, vitals = excluded.vitals, epoch = excluded.epoch,
        version = excluded.version, owner = excluded.owner, updated_at = now()
    WHERE old.epoch <= excluded.epoch AND old.version < excluded.version
"""
_ITEM: Final = """
    INSERT INTO inventory_items (item_id, char_id, template_id, quantity, position)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (item_id) DO UPDATE SET
        template_id = excluded.template_id, quantity = excluded.quantity,
        position = excluded.position
"""


class _Changing:
    """Characters that are hurt and use an item before every backup."""

    def __init__(self) -> None:
        self._documents = documents()

    def backup(self, index: int) -> Backup:
        """The next version."""
        character = self._documents[index]
        version = hurt(character)
        item_id = character["char_id"] * ITEM_IDS_EACH
        used = ItemRow(item_id, "torch", 1 + version % 20, position=0)
        row = CharacterRow(
            char_id=character["char_id"],
            epoch=1,
            version=version,
            owner="bench",
            name=character["bio"]["name"],
            gender=character["bio"]["gender"],
            created_at=0.0,
            game_stage="exploration",
            location_id=character["location"]["current"],
            prev_location_id=character["location"]["prev"],
            vitals=orjson.dumps(character["vitals"]),
            stats=character["stats"],
        )
        return Backup(row, {"inventory": ItemsSection((used,))})


@asynccontextmanager
async def row_by_row(endpoints: Endpoints) -> AsyncIterator[Save]:
    """Two upserts in a transaction for each character, on the real tables."""
    stores = await seeded_stores(_postgres(endpoints), Seed("rowwise", redis_db=0))
    characters = _Changing()
    async with asyncpg.create_pool(stores.postgres_dsn, min_size=1, max_size=1) as pool:

        async def save(indexes: Sequence[int]) -> None:
            async with pool.acquire() as connection:
                for index in indexes:
                    async with connection.transaction():
                        await _upsert(connection, characters.backup(index))

        yield save


async def _upsert(connection: Connection, backup: Backup) -> None:
    row = backup.character
    place = row.game_stage, row.location_id, row.vitals.decode()
    await connection.execute(
        _CHARACTER, row.char_id, row.name, *place, row.epoch, row.version, row.owner
    )
    for section in backup.sections.values():
        assert isinstance(section, ItemsSection)
        for item in section.put:
            await connection.execute(
                _ITEM, item.item_id, row.char_id, item.template_id, item.quantity, item.position
            )


@asynccontextmanager
async def cold_store(endpoints: Endpoints) -> AsyncIterator[Save]:
    """`PostgresColdStore.save`, as the backup worker calls it."""
    stores = await seeded_stores(_postgres(endpoints), Seed("batched", redis_db=0))
    assert stores.postgres_dsn is not None
    characters = _Changing()
    store = await PostgresColdStore.connect(stores.postgres_dsn, tables=DOCUMENT_TABLES)
    try:

        async def save(indexes: Sequence[int]) -> None:
            statuses = await store.save([characters.backup(index) for index in indexes])
            assert set(statuses) == {SaveStatus.SAVED}

        yield save
    finally:
        await store.close()


def _postgres(endpoints: Endpoints) -> Endpoints:
    return evolve(endpoints, redis_url=None)


@asynccontextmanager
async def single_upserts(endpoints: Endpoints) -> AsyncIterator[Save]:
    """One statement and one transaction per character."""
    characters = documents()
    async with table_of_characters(endpoints, "upserted", characters) as pool:
        upsert = (_ONE + _GUARD).format(table="bench.upserted")

        async def save(indexes: Sequence[int]) -> None:
            for index in indexes:
                version = hurt(characters[index])
                await pool.execute(upsert, index + 1, version, encode(characters[index]))

        yield save


@asynccontextmanager
async def unnest_upserts(endpoints: Endpoints) -> AsyncIterator[Save]:
    """One statement per batch."""
    characters = documents()
    async with table_of_characters(endpoints, "unnested", characters) as pool:
        upsert = (_MANY + _GUARD).format(table="bench.unnested")

        async def save(indexes: Sequence[int]) -> None:
            ids = [index + 1 for index in indexes]
            versions = [hurt(characters[index]) for index in indexes]
            await pool.execute(upsert, ids, versions, [encode(characters[i]) for i in indexes])

        yield save


def backup_case(
    name: str,
    subject: SaveSubject,
    *,
    batch: int = BATCH,
    runtime: Runtime = Runtime.ASYNCIO,
    target: Target | None = None,
) -> Case:
    """A case that backs the population up in batches; value: characters per second."""
    return Case(name, partial(_open, subject, batch), runtime, target)


@asynccontextmanager
async def _open(subject: SaveSubject, batch: int, endpoints: Endpoints) -> AsyncIterator[Round]:
    starts = itertools.cycle(range(0, CHARACTERS, batch))
    async with subject(endpoints) as save:

        async def measure(seconds: float) -> Sample:
            tally, until = Tally(), time.perf_counter() + seconds
            while (began := time.perf_counter()) < until:
                start = next(starts)
                await save(range(start, min(start + batch, CHARACTERS)))
                tally.latencies.append(time.perf_counter() - began)
                tally.operations += batch
            return tally.sample()

        yield measure


BACKUP: Final = Benchmark(
    name="backup",
    title="backups to Postgres, one character and one item each, epoch and version guarded",
    unit="chars/s",
    needs=frozenset((Store.POSTGRES,)),
    cases=(
        backup_case("row by row", row_by_row, batch=1),
        backup_case("cold store, 500 at once", cold_store, target=Target(5)),
        backup_case("jsonb, row by row", single_upserts, batch=1),
        backup_case("jsonb, 500 at once", unnest_upserts),
    ),
)
