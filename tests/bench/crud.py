"""Characters in Postgres without actors: the ground that the baselines stand on.

One row per character, the whole character as one `jsonb` document; every case makes its own table.
The pool of 16 connections is asyncpg's, on uvloop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from persistence.embedded.servers import Endpoints
from tests.bench.population import Document, encode

POOL: Final = 16

_TABLE: Final = """
    CREATE SCHEMA IF NOT EXISTS bench;
    CREATE TABLE {table} (
        char_id bigint PRIMARY KEY,
        epoch bigint NOT NULL DEFAULT 0,
        version bigint NOT NULL DEFAULT 1,
        owner text NOT NULL DEFAULT '',
        document jsonb NOT NULL
    )
"""


@asynccontextmanager
async def table_of_characters(
    endpoints: Endpoints, table: str, characters: Sequence[Document]
) -> AsyncIterator[asyncpg.Pool]:
    """A pool, and a table `bench.<table>` filled with the characters, dropped at the end."""
    pool = asyncpg.create_pool(endpoints.postgres_dsn, min_size=POOL, max_size=POOL)
    async with pool:
        await pool.execute(_TABLE.format(table=f"bench.{table}"))
        await pool.copy_records_to_table(
            table,
            schema_name="bench",
            columns=("char_id", "document"),
            records=[(character["char_id"], encode(character)) for character in characters],
        )
        await pool.execute(f"VACUUM ANALYZE bench.{table}")
        yield pool
        await pool.execute(f"DROP TABLE bench.{table}")
