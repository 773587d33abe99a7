"""Backups to Postgres: changed characters written behind, with the epoch and version guard.

The baseline upserts one row per statement, one after the other. The batch without a repository
around it shows what the statement alone can do.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final

from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Store, Target
from tests.bench.closed_loop import Tally
from tests.bench.crud import table_of_characters
from tests.bench.population import CHARACTERS, documents, encode, hurt

BATCH: Final = 500

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
    title="backups to Postgres, 1.2 KiB of jsonb each, epoch and version guarded",
    unit="chars/s",
    needs=frozenset((Store.POSTGRES,)),
    cases=(
        backup_case("single-row upserts", single_upserts, batch=1),
        backup_case("one statement per 500", unnest_upserts),
    ),
)
