"""What only a real Postgres does: locks, waits, plans and failures."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from attrs import evolve

from persistence.cold.postgres_store import PostgresColdStore
from persistence.errors import ColdStoreUnavailableError
from persistence.records import (
    Backup,
    CharacterRow,
    ColdClaim,
    ColdRelease,
    DocumentSection,
    ItemRow,
    ItemsSection,
    NewCharacter,
    SaveStatus,
    Section,
)
from tests.support.servers.stores import ask_postgres

ANNA = NewCharacter("Anna", None, "tavern", {"strength": 12}, b"{}")

Story = Callable[[PostgresColdStore], Awaitable[None]]


def play(dsn: str, story: Story, timeout_s: float = 10.0) -> None:
    """Run a story on a store of its own."""

    async def on_a_store() -> None:
        store = await PostgresColdStore.connect(
            dsn, tables={"combat": "combat_sessions"}, timeout_s=timeout_s
        )
        try:
            await story(store)
        finally:
            await store.close()

    asyncio.run(on_a_store())


@asynccontextmanager
async def other_session(postgres_dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection that is not the store's."""
    connection = await asyncpg.connect(postgres_dsn)
    yield connection
    await connection.close()


async def someone_waits(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Return when a statement waits for a lock that this connection holds."""
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY"
        " (pg_blocking_pids(pid))"
    )
    while not await connection.fetchval(waiting):
        pass


def later(row: CharacterRow, turns: int = 1) -> CharacterRow:
    """The row after some turns."""
    return evolve(row, version=row.version + turns, location_id="forest")


def test_a_save_that_waited_for_a_newer_claim_is_fenced(postgres_dsn: str) -> None:
    """A guard that looks before it has the row lock lets this stale writer win."""

    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        async with other_session(postgres_dsn) as claimer:
            async with claimer.transaction():
                await claimer.execute("UPDATE characters SET epoch = 5")
                stale = asyncio.ensure_future(store.save([Backup(later(anna))]))
                await someone_waits(claimer)
            assert await stale == [SaveStatus.FENCED]
        assert await store.read([anna.char_id]) == [evolve(anna, epoch=5)]

    play(postgres_dsn, story)


def test_a_claim_that_waited_for_a_save_reads_all_of_it(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        async with other_session(postgres_dsn) as saver:
            async with saver.transaction():
                await saver.execute("UPDATE characters SET version = 2, location_id = 'forest'")
                await saver.execute("""UPDATE character_stats SET stats = '{"strength":13}'""")
                claim = asyncio.ensure_future(store.claim([ColdClaim(anna.char_id, 0, "us")]))
                await someone_waits(saver)
            assert await claim == [evolve(later(anna), epoch=1, stats={"strength": 13})]

    play(postgres_dsn, story)


def test_two_claims_at_once_get_two_epochs_and_see_each_other(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        claims = [store.claim([ColdClaim(anna.char_id, 0, owner)]) for owner in "abcdef"]
        rows = [row for [row] in await asyncio.gather(*claims) if row]
        rows.sort(key=lambda row: row.epoch)
        assert [row.epoch for row in rows] == [1, 2, 3, 4, 5, 6]
        assert len({row.owner for row in rows}) == len(rows)

    play(postgres_dsn, story)


@pytest.mark.parametrize("what", ["claim", "save", "release"])
def test_rows_are_locked_in_the_order_of_their_ids(postgres_dsn: str, what: str) -> None:
    """Or else two batches could wait for each other."""

    async def story(store: PostgresColdStore) -> None:
        low, high = await store.create(ANNA), await store.create(ANNA)
        batches: dict[str, Callable[[], Awaitable[object]]] = {
            "claim": lambda: store.claim([ColdClaim(row.char_id, 0, "us") for row in (high, low)]),
            "save": lambda: store.save([Backup(later(row)) for row in (high, low)]),
            "release": lambda: store.release(
                [ColdRelease(row.char_id, 0, "-") for row in (high, low)]
            ),
        }
        async with other_session(postgres_dsn) as holder:
            async with holder.transaction():
                hold = "SELECT FROM characters WHERE char_id = $1 FOR UPDATE"
                await holder.execute(hold, high.char_id)
                batch = asyncio.ensure_future(batches[what]())
                await someone_waits(holder)
                free = await holder.fetch("SELECT char_id FROM characters FOR UPDATE SKIP LOCKED")
            await batch
        assert [record["char_id"] for record in free] == [high.char_id]

    play(postgres_dsn, story)


def test_item_ids_asked_for_at_once_do_not_overlap(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        blocks = await asyncio.gather(*(store.reserve_item_ids(100) for _ in range(20)))
        assert len({item_id for block in blocks for item_id in block}) == 2000

    play(postgres_dsn, story)


def test_the_sessions_of_the_past_are_kept(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        for turn, session_id in enumerate([str(uuid4()), str(uuid4()), None], 1):
            section = DocumentSection(session_id, b"{}")
            await store.save([Backup(later(anna, turn), {"combat": section})])

    play(postgres_dsn, story)
    assert ask_postgres(postgres_dsn, "SELECT count(*) FROM combat_sessions WHERE NOT live") == 2


def test_claims_and_saves_do_not_touch_an_index(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        for turn in range(1, 6):
            await store.claim([ColdClaim(anna.char_id, 0, "us")])
            await store.save([Backup(evolve(later(anna, turn), epoch=turn))])

    play(postgres_dsn, story)
    counted = "FROM pg_stat_user_tables WHERE relname = 'characters'"
    while ask_postgres(postgres_dsn, f"SELECT n_tup_upd {counted}") < 10:
        pass  # a backend reports what it did when it ends, which is after the pool has closed
    assert ask_postgres(postgres_dsn, f"SELECT n_tup_hot_upd {counted}") == 10


def test_an_inventory_state_that_did_not_change_is_not_written_again(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        for turn, state in enumerate([b'{"buffs": []}', b'{"buffs": []}', b'{"buffs":[]}'], 1):
            section = ItemsSection(replace=True, state=state)
            await store.save([Backup(later(anna, turn), {"inventory": section})])
            written.append(await _transaction_of_the_state(postgres_dsn))

    written: list[int] = []
    play(postgres_dsn, story)
    first, second, third = written
    assert first == second < third


async def _transaction_of_the_state(postgres_dsn: str) -> int:
    """The transaction that wrote the one inventory state there is."""
    async with other_session(postgres_dsn) as operator:
        xmin: int = await operator.fetchval("SELECT xmin::text::bigint FROM inventory_state")
        return xmin


def test_a_row_that_stays_locked_is_a_store_that_does_not_answer(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        async with other_session(postgres_dsn) as holder, holder.transaction():
            await holder.execute("SELECT FROM characters FOR UPDATE")
            with pytest.raises(ColdStoreUnavailableError):
                await store.save([Backup(later(anna))])
        assert await store.save([Backup(later(anna))]) == [SaveStatus.SAVED]

    play(postgres_dsn, story, timeout_s=0.5)


def test_a_store_is_made_before_its_server_is_there(tmp_path: Path) -> None:
    async def story(store: PostgresColdStore) -> None:
        with pytest.raises(ColdStoreUnavailableError):
            await store.ping()

    play(f"postgresql://postgres@/postgres?host={tmp_path}", story)


def test_a_server_that_says_nothing_is_unavailable() -> None:
    async def story(store: PostgresColdStore) -> None:
        with pytest.raises(ColdStoreUnavailableError):
            await store.read([1])

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        play(f"postgresql://postgres@127.0.0.1:{port}/postgres", story, timeout_s=0.2)


def test_a_connection_that_was_cut_is_replaced(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        async with other_session(postgres_dsn) as operator, operator.transaction():
            await operator.execute("UPDATE characters SET epoch = 5")
            save = asyncio.ensure_future(store.save([Backup(later(anna))]))
            await someone_waits(operator)
            cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            await operator.execute(f"{cut} WHERE application_name = 'gamestate'")
            with pytest.raises(ColdStoreUnavailableError):
                await save
        assert await store.save([Backup(later(anna))]) == [SaveStatus.FENCED]

    play(postgres_dsn, story)


def test_a_database_that_was_not_migrated_is_unavailable(empty_postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        with pytest.raises(ColdStoreUnavailableError, match="does not exist"):
            await store.create(ANNA)

    play(empty_postgres_dsn, story)


def test_a_closed_store_is_unavailable(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        await store.close()
        with pytest.raises(ColdStoreUnavailableError):
            await store.ping()

    play(postgres_dsn, story)


def test_a_table_name_is_not_a_way_in() -> None:
    tables = {"combat": "combat_sessions; DROP TABLE characters"}
    with pytest.raises(ValueError, match="not a table name"):
        asyncio.run(PostgresColdStore.connect("postgresql://nobody@/nowhere", tables=tables))


def test_a_deleted_character_takes_everything_along(postgres_dsn: str) -> None:
    async def story(store: PostgresColdStore) -> None:
        anna = await store.create(ANNA)
        sections: dict[str, Section] = {
            "inventory": ItemsSection(put=[ItemRow(1, "sword", 1)], state=b"{}"),
            "combat": DocumentSection(str(uuid4()), b"{}"),
        }
        await store.save([Backup(later(anna), sections)])
        async with other_session(postgres_dsn) as operator:
            await operator.execute("DELETE FROM characters")
        assert await store.items([anna.char_id]) == {}
        assert await store.documents("combat", [anna.char_id]) == {}

    play(postgres_dsn, story)
