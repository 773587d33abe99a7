"""The ColdStore on Postgres: a pool of connections, one transaction a batch.

Runs on the asyncio thread. The SQL is in one file per table: `characters.py`, `items.py`,
`inventory_state.py`, `documents.py`, `outbox.py`, `quarantine.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self
from uuid import UUID

from persistence.cold import batch, characters, inventory_state, items, outbox, quarantine
from persistence.cold.connections import Connections
from persistence.cold.documents import DocumentTable
from persistence.cold.storable import NO_CHARACTER, check_batch, check_new
from persistence.errors import BadRecordError
from persistence.records import (
    Backup,
    CharacterRow,
    CharId,
    ColdClaim,
    ColdRelease,
    EventRecord,
    Hold,
    NewCharacter,
    Ownership,
    QuarantineEntry,
    SaveStatus,
    StoredDocument,
    StoredItems,
    StoredSession,
)

if TYPE_CHECKING:
    from persistence.cold.connections import Connection


class PostgresColdStore:
    """ColdStore adapter for asyncpg. Make one with `connect`, on the loop it is used on."""

    def __init__(self, connections: Connections, tables: Mapping[str, str]) -> None:
        self._connections = connections
        self._tables = {module: DocumentTable(module, table) for module, table in tables.items()}

    @classmethod
    async def connect(
        cls, dsn: str, *, tables: Mapping[str, str], pool_size: int = 16, timeout_s: float = 10.0
    ) -> Self:
        """Make a store. It connects when it is first used, so that a server can start while
        Postgres is down.

        Args:
            tables: module name to the table of its documents; `module_sessions` for all others.
            pool_size: how many connections it opens at most.
            timeout_s: how long a call may take, the wait for a connection included.

        Raises:
            ValueError: an invalid table name, or a malformed DSN.
        """
        connections = Connections(dsn, pool_size, timeout_s)
        await connections.open()
        return cls(connections, tables)

    async def create(self, new: NewCharacter) -> CharacterRow:
        check_new(new)
        async with self._connections.one() as connection:
            return await characters.insert(connection, new)

    async def claim(self, claims: Sequence[ColdClaim]) -> Sequence[CharacterRow | None]:
        char_ids = batch.distinct(claim.char_id for claim in claims)
        async with self._connections.one() as connection:
            rows = await characters.claim(connection, claims)
        return list(map(rows.get, char_ids))

    async def save(self, backups: Sequence[Backup]) -> Sequence[SaveStatus]:
        batch.distinct(backup.character.char_id for backup in backups)
        with _culprit_of(backups):
            async with self._connections.one() as connection, connection.transaction():
                return await self._save(connection, backups)

    async def rehearse(self, backup: Backup) -> SaveStatus:
        """The rows are written, and rolled back."""
        with _culprit_of([backup]):
            async with self._connections.one() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    return (await self._save(connection, [backup]))[0]
                finally:
                    await transaction.rollback()

    async def items(self, char_ids: Sequence[CharId]) -> Mapping[CharId, StoredItems]:
        async with self._connections.one() as connection:
            rows = await items.read(connection, char_ids)
            states = await inventory_state.read(connection, char_ids)
        return {
            char_id: StoredItems(rows.get(char_id, ()), *states.get(char_id, ()))
            for char_id in rows.keys() | states.keys()
        }

    async def documents(
        self, module: str, char_ids: Sequence[CharId]
    ) -> Mapping[CharId, StoredDocument]:
        async with self._connections.one() as connection:
            return await self._table(module).read(connection, char_ids)

    async def session(self, module: str, session_id: str) -> StoredSession | None:
        async with self._connections.one() as connection:
            return await self._table(module).read_one(connection, str(UUID(session_id)))

    async def read(self, char_ids: Sequence[CharId]) -> Sequence[CharacterRow | None]:
        async with self._connections.one() as connection:
            rows = await characters.read(connection, char_ids)
        return list(map(rows.get, char_ids))

    async def page(self, after: CharId, most: int) -> Sequence[CharacterRow]:
        async with self._connections.one() as connection:
            return await characters.page(connection, after, most)

    async def peek(self, char_ids: Sequence[CharId]) -> Sequence[Ownership | None]:
        async with self._connections.one() as connection:
            owners = await characters.peek(connection, char_ids)
        return list(map(owners.get, char_ids))

    async def release(self, releases: Sequence[ColdRelease]) -> Sequence[bool]:
        char_ids = batch.distinct(release.char_id for release in releases)
        async with self._connections.one() as connection:
            released = await characters.release(connection, releases)
        return [char_id in released for char_id in char_ids]

    async def reserve_item_ids(self, count: int) -> range:
        async with self._connections.one() as connection:
            return await items.reserve(connection, count)

    async def quarantine(self, char_id: CharId, source: str, reason: str, record: bytes) -> None:
        async with self._connections.one() as connection:
            await quarantine.keep(connection, char_id, source, reason, record)

    async def held(self, char_ids: Sequence[CharId]) -> Mapping[CharId, Sequence[Hold]]:
        async with self._connections.one() as connection:
            return await quarantine.held(connection, char_ids)

    async def close_entries(self, char_id: CharId, resolution: str) -> int:
        async with self._connections.one() as connection:
            return await quarantine.close(connection, char_id, resolution)

    async def entries(self, only_open: bool, most: int) -> Sequence[QuarantineEntry]:
        async with self._connections.one() as connection:
            return await quarantine.entries(connection, only_open, most)

    async def entry(self, entry_id: int) -> QuarantineEntry | None:
        async with self._connections.one() as connection:
            return await quarantine.entry(connection, entry_id)

    async def outbox(self, most: int) -> Sequence[EventRecord]:
        async with self._connections.one() as connection:
            return await outbox.read(connection, most)

    async def delivered(self, event_ids: Sequence[str]) -> None:
        async with self._connections.one() as connection:
            await outbox.delete(connection, event_ids)

    async def ping(self) -> None:
        async with self._connections.one() as connection:
            await connection.execute("SELECT 1")

    async def close(self) -> None:
        """Running calls get `timeout_s` to end."""
        await self._connections.close()

    async def _save(
        self, connection: Connection, backups: Sequence[Backup]
    ) -> Sequence[SaveStatus]:
        statuses = await characters.lock(connection, backups)
        await self._write(connection, batch.admitted(backups, statuses))
        await outbox.write(connection, batch.outbox_events(backups, statuses))
        return statuses

    async def _write(self, connection: Connection, backups: Sequence[Backup]) -> None:
        if not backups:
            return
        await characters.write(connection, [backup.character for backup in backups])
        sections = batch.item_sections(backups)
        await items.write(connection, sections)
        await inventory_state.write(connection, batch.states(sections))
        for module, documents in batch.documents(backups).items():
            await self._table(module).write(connection, documents)

    def _table(self, module: str) -> DocumentTable:
        return self._tables.get(module) or DocumentTable(module)


@contextmanager
def _culprit_of(backups: Sequence[Backup]) -> Iterator[None]:
    try:
        yield
    except BadRecordError as error:
        if error.char_id == NO_CHARACTER:
            check_batch(backups)
        raise
