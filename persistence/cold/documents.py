"""The tables of session documents: `combat_sessions`, `scenario_sessions`, `module_sessions`.

They have one shape, so that any module's documents can be in any of them. A character has at most
one live document a module; that of an ended session stays as history. The records appended to a
session are in `session_log`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from attrs import frozen

from persistence.cold.batch import OwnedDocument
from persistence.cold.storable import bad_record, is_bigint
from persistence.records import CharId, DocumentSection, StoredDocument, StoredSession

if TYPE_CHECKING:
    from persistence.cold.connections import Connection

DEFAULT_TABLE: Final = "module_sessions"

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_END_OTHERS: Final = """
UPDATE {table} stored SET live = false, updated_at = now()
FROM unnest($2::bigint[], $3::uuid[]) AS saved (char_id, session_id)
WHERE stored.char_id = saved.char_id AND stored.module = $1 AND stored.live
    AND stored.session_id IS DISTINCT FROM saved.session_id
"""

_UPSERT: Final = """
INSERT INTO {table} AS old (module, live, session_id, char_id, data, schema)
SELECT $1, live, session_id, char_id, data, schema
FROM unnest($2::uuid[], $3::bigint[], $4::json[], $5::boolean[], $6::integer[])
    AS saved (session_id, char_id, data, live, schema)
ON CONFLICT (session_id) DO UPDATE
SET live = excluded.live, data = excluded.data, schema = excluded.schema, updated_at = now()
WHERE old.char_id = excluded.char_id AND old.module = excluded.module
"""

_FOREIGN: Final = """
SELECT offered.char_id, offered.session_id
FROM unnest($2::uuid[], $3::bigint[]) AS offered (session_id, char_id)
JOIN {table} stored ON stored.session_id = offered.session_id
WHERE stored.char_id <> offered.char_id OR stored.module <> $1
LIMIT 1
"""

_READ: Final = """
SELECT char_id, session_id, data, schema FROM {table}
WHERE module = $1 AND live AND char_id = ANY($2::bigint[])
"""

_READ_ONE: Final = """
SELECT char_id, data, live FROM {table} WHERE module = $1 AND session_id = $2::uuid
"""

_APPEND: Final = """
INSERT INTO session_log (session_id, number, record)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::json[])
ON CONFLICT DO NOTHING
"""

_READ_LOG: Final = """
SELECT number, record FROM session_log WHERE session_id = $1::uuid ORDER BY number
"""


@frozen
class DocumentTable:
    """One module's documents in one table."""

    module: str
    table: str = DEFAULT_TABLE

    def __attrs_post_init__(self) -> None:
        if not _NAME.fullmatch(self.table):
            raise ValueError(f"not a table name: {self.table!r}")

    async def write(self, connection: Connection, documents: Sequence[OwnedDocument]) -> None:
        """Write the documents of characters whose rows are locked.

        Raises: BadRecordError for a session that belongs to another character or module.
        """
        char_ids = [char_id for char_id, _ in documents]
        session_ids = [document.session_id for _, document in documents]
        await connection.execute(self._sql(_END_OTHERS), self.module, char_ids, session_ids)
        rows = [row for char_id, document in documents for row in _rows(char_id, document)]
        if rows:
            await self._upsert(connection, [list(column) for column in zip(*rows, strict=True)])
        records = [record for _, document in documents for record in _records(document)]
        if records:
            await connection.execute(_APPEND, *map(list, zip(*records, strict=True)))

    async def read(
        self, connection: Connection, char_ids: Sequence[CharId]
    ) -> dict[CharId, StoredDocument]:
        """The live document of each character that has one."""
        asked = list(filter(is_bigint, char_ids))
        records = await connection.fetch(self._sql(_READ), self.module, asked)
        return {
            char_id: StoredDocument(str(session_id), data, schema)
            for char_id, session_id, data, schema in records
        }

    async def read_one(self, connection: Connection, session_id: str) -> StoredSession | None:
        """One session with its log."""
        row = await connection.fetchrow(self._sql(_READ_ONE), self.module, session_id)
        if row is None:
            return None
        log = await connection.fetch(_READ_LOG, session_id)
        char_id, data, live = row
        return StoredSession(char_id, data, live, tuple(tuple(entry) for entry in log))

    async def _upsert(self, connection: Connection, columns: list[list[object]]) -> None:
        status = await connection.execute(self._sql(_UPSERT), self.module, *columns)
        if status != f"INSERT 0 {len(columns[0])}":
            await self._refuse_foreign(connection, columns)

    async def _refuse_foreign(self, connection: Connection, columns: list[list[object]]) -> None:
        foreign = await connection.fetchrow(self._sql(_FOREIGN), self.module, *columns[:2])
        assert foreign is not None
        char_id, session_id = foreign
        raise bad_record(char_id, f"session {session_id} is another's", columns)

    def _sql(self, statement: str) -> str:
        return statement.format(table=self.table)


def _rows(char_id: CharId, document: DocumentSection) -> Iterator[tuple[object, ...]]:
    """The rows of a section; those of one character's earlier sessions first."""
    for earlier in document.earlier:
        yield earlier.session_id, char_id, earlier.data, False, document.schema
    if document.session_id is not None:
        yield document.session_id, char_id, document.data, document.live, document.schema


def _records(document: DocumentSection) -> Iterator[tuple[object, ...]]:
    """The records a section appends, to its own session and to the earlier ones."""
    for one in (*document.earlier, document):
        if one.session_id is not None:
            for number, record in one.appended:
                yield one.session_id, number, record
