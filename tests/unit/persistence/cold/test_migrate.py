from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import asyncpg
import pytest
from pogo_core.util import migrate as pogo

from persistence.cold.migrate import MIGRATIONS, SCHEMA, MigrationError, migrate
from persistence.errors import ColdStoreUnavailableError
from tests.support.servers.stores import ask_postgres

STEPS = [
    "0001_characters",
    "0002_inventory_items",
    "0003_sessions",
    "0004_quarantine",
    "0005_inventory_state",
    "0006_session_log",
    "0007_outbox",
    "0008_records",
]


def test_an_empty_database_gets_every_migration_once(empty_postgres_dsn: str) -> None:
    assert asyncio.run(migrate(empty_postgres_dsn)) == STEPS
    assert asyncio.run(migrate(empty_postgres_dsn)) == []


def test_servers_that_start_at_once_share_the_work(empty_postgres_dsn: str) -> None:
    async def start_together() -> list[list[str]]:
        return await asyncio.gather(*(migrate(empty_postgres_dsn) for _ in range(3)))

    assert sorted(asyncio.run(start_together())) == [[], [], STEPS]


def test_a_database_of_an_older_version_gets_what_it_lacks_and_keeps_what_it_has(
    empty_postgres_dsn: str, tmp_path: Path
) -> None:
    for step in STEPS[:-1]:
        shutil.copy(MIGRATIONS / f"{step}.sql", tmp_path)
    assert asyncio.run(migrate(empty_postgres_dsn, tmp_path)) == STEPS[:-1]
    hero = (
        "INSERT INTO characters (name, game_stage, location_id, vitals)"
        " VALUES ('Anna', 'exploration', 'tavern', '{}') RETURNING char_id"
    )
    char_id = ask_postgres(empty_postgres_dsn, hero)
    assert asyncio.run(migrate(empty_postgres_dsn)) == STEPS[-1:]
    assert ask_postgres(empty_postgres_dsn, "SELECT char_id FROM characters") == char_id
    assert ask_postgres(empty_postgres_dsn, "SELECT schema FROM characters") == 1


def test_what_was_quarantined_again_and_again_becomes_one_closed_entry(
    empty_postgres_dsn: str, tmp_path: Path
) -> None:
    for step in STEPS[: STEPS.index("0008_records")]:
        shutil.copy(MIGRATIONS / f"{step}.sql", tmp_path)
    asyncio.run(migrate(empty_postgres_dsn, tmp_path))
    kept = (
        "INSERT INTO quarantine (char_id, source, reason, record) VALUES (7, 'restore', '{}', '{}')"
    )
    for reason, record in (("bad", "a"), ("bad", "a"), ("bad", "b"), ("worse", "a"), ("bad", "a")):
        ask_postgres(empty_postgres_dsn, kept.format(reason, record))
    asyncio.run(migrate(empty_postgres_dsn))
    counts = "SELECT array_agg(count ORDER BY id) FROM quarantine WHERE closed_at IS NOT NULL"
    assert ask_postgres(empty_postgres_dsn, counts) == [3, 1, 1]
    assert ask_postgres(empty_postgres_dsn, "SELECT count(*) FROM quarantine") == 3


def test_a_migration_that_fails_is_named_and_leaves_nothing_behind(
    empty_postgres_dsn: str, tmp_path: Path
) -> None:
    broken = "-- Broken\n-- depends:\n-- migrate: apply\n{}\n-- migrate: rollback\n"
    sql = "CREATE TABLE half (id int); CREATE TABLE half (id int);"
    (tmp_path / "0001_broken.sql").write_text(broken.format(sql))
    with pytest.raises(MigrationError, match=r"0001_broken.*already exists"):
        asyncio.run(migrate(empty_postgres_dsn, tmp_path))
    assert ask_postgres(empty_postgres_dsn, "SELECT to_regclass('half')") is None


def test_migrating_without_a_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(ColdStoreUnavailableError):
        asyncio.run(migrate(f"postgresql://postgres@/postgres?host={tmp_path}"))


def test_every_migration_can_be_rolled_back(empty_postgres_dsn: str) -> None:
    asyncio.run(migrate(empty_postgres_dsn))
    asyncio.run(_roll_back(empty_postgres_dsn))
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^_pogo'"
    assert ask_postgres(empty_postgres_dsn, tables) == 0


async def _roll_back(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await pogo.rollback(connection, MIGRATIONS, schema_name=SCHEMA)
    await connection.close()
