"""Migrates a database to the schema of this version.

The SQL is in `migrations/`; pogo applies the files that `public._pogo_migration` does not list,
each in its own transaction.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.util import migrate as pogo
from pogo_core.util import sql

from persistence.cold.faults import postgres_errors
from persistence.errors import PersistenceError

MIGRATIONS: Final = Path(__file__).with_name("migrations")
SCHEMA: Final = "public"

_LOCK: Final = int.from_bytes(b"gamestat")  # any number no other program locks
_CONNECT_TIMEOUT_S: Final = 10.0


class MigrationError(PersistenceError):
    """A migration could not be applied; those before it stay. An operator must act."""


async def migrate(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the migrations of a folder that the database lacks. Servers that start together take
    turns.

    Returns: the names of those applied now, oldest first.

    Raises:
        ColdStoreUnavailableError: Postgres did not answer; run it again.
        MigrationError: a migration failed.
    """
    with postgres_errors():
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_TIMEOUT_S)
        try:
            # Held until the connection closes.
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            return await _apply(connection, folder)
        finally:
            await connection.close(timeout=_CONNECT_TIMEOUT_S)


async def must_be_current(dsn: str) -> None:
    """Return if the database has every migration; nothing is applied.

    Raises:
        ColdStoreUnavailableError: Postgres did not answer.
        MigrationError: it lacks one.
    """
    with postgres_errors():
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_TIMEOUT_S)
        try:
            applied = await sql.get_applied_migrations(connection, schema_name=SCHEMA)
        except asyncpg.UndefinedTableError:
            applied = set()
        finally:
            await connection.close(timeout=_CONNECT_TIMEOUT_S)
    lacking = sorted({path.stem for path in MIGRATIONS.glob("*.sql")} - applied)
    if lacking:
        raise MigrationError(f"the database lacks {', '.join(lacking)}: run `gamestate migrate`")


async def _apply(connection: asyncpg.Connection[asyncpg.Record], folder: Path) -> list[str]:
    await sql.ensure_pogo_sync(connection)
    before = await sql.get_applied_migrations(connection, schema_name=SCHEMA)
    try:
        await pogo.apply(connection, folder, schema_name=SCHEMA)
    except BadMigrationError as error:
        raise MigrationError(f"{error}: {error.__cause__}") from error
    return sorted(await sql.get_applied_migrations(connection, schema_name=SCHEMA) - before)
