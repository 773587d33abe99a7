"""The table `inventory_items` and the sequence `item_ids`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from persistence.cold.batch import OwnedSection
from persistence.cold.storable import bad_record, is_bigint
from persistence.records import CharId, ItemRow

if TYPE_CHECKING:
    from persistence.cold.connections import Connection

OwnedItem = tuple[ItemRow, CharId, int]
"""An item, its character, and the schema it is written in."""

_UPSERT: Final = """
INSERT INTO inventory_items AS old
    (item_id, char_id, template_id, quantity, slot, position, quick_slot, data, schema)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[],
                     $7::bigint[], $8::json[], $9::integer[])
ON CONFLICT (item_id) DO UPDATE
SET template_id = excluded.template_id, quantity = excluded.quantity, slot = excluded.slot,
    position = excluded.position, quick_slot = excluded.quick_slot, data = excluded.data,
    schema = excluded.schema
WHERE old.char_id = excluded.char_id
"""

_FOREIGN: Final = """
SELECT offered.char_id, offered.item_id, stored.char_id AS owner_id
FROM unnest($1::bigint[], $2::bigint[]) AS offered (item_id, char_id)
JOIN inventory_items stored ON stored.item_id = offered.item_id
WHERE stored.char_id <> offered.char_id
ORDER BY offered.item_id
LIMIT 1
"""

_DROP: Final = """
DELETE FROM inventory_items stored
USING unnest($1::bigint[], $2::bigint[]) AS dropped (item_id, char_id)
WHERE stored.item_id = dropped.item_id AND stored.char_id = dropped.char_id
"""

# EXCEPT sorts or hashes. An anti-join would become a loop in a loop, because a plan that is made
# once for all batches takes an array for ten elements long.
_KEEP_ONLY: Final = """
WITH gone AS MATERIALIZED (
    SELECT item_id FROM inventory_items WHERE char_id = ANY($1::bigint[])
    EXCEPT SELECT * FROM unnest($2::bigint[])
)
DELETE FROM inventory_items stored USING gone WHERE stored.item_id = gone.item_id
"""

_READ: Final = """
SELECT char_id, item_id, template_id, quantity, slot, position, quick_slot, data, schema
FROM inventory_items WHERE char_id = ANY($1::bigint[]) ORDER BY char_id, item_id
"""

# nextval and setval ignore snapshots; the lock makes the pair atomic.
_RESERVE: Final = """
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock('item_ids'::regclass::bigint))
SELECT setval('item_ids', nextval('item_ids') + $1 - 1) FROM alone
"""


async def write(connection: Connection, sections: Sequence[OwnedSection]) -> None:
    """Write the sections of characters whose rows are locked; removals first, so that an item can
    move from one character to another within a batch.

    Raises: BadRecordError for an item that belongs to another character.
    """
    await _remove(connection, sections)
    owned = [
        (item, char_id, section.schema) for char_id, section in sections for item in section.put
    ]
    if owned:
        await _upsert(connection, sorted(owned, key=_item_id))


async def read(
    connection: Connection, char_ids: Sequence[CharId]
) -> Mapping[CharId, Sequence[ItemRow]]:
    """The items of each character that has any, by item id."""
    items: defaultdict[CharId, list[ItemRow]] = defaultdict(list)
    for char_id, *columns in await connection.fetch(_READ, list(filter(is_bigint, char_ids))):
        items[char_id].append(ItemRow(*columns))
    return {char_id: tuple(rows) for char_id, rows in items.items()}


async def reserve(connection: Connection, count: int) -> range:
    """Take the next `count` ids of the sequence."""
    last: int = await connection.fetchval(_RESERVE, count)
    return range(last - count + 1, last + 1)


async def _remove(connection: Connection, sections: Sequence[OwnedSection]) -> None:
    dropped = [(item, char_id) for char_id, section in sections for item in section.drop]
    if dropped:
        await connection.execute(_DROP, *map(list, zip(*dropped, strict=True)))
    replaced = [char_id for char_id, section in sections if section.replace]
    if replaced:
        kept = [item.item_id for _, section in sections if section.replace for item in section.put]
        await connection.execute(_KEEP_ONLY, replaced, kept)


async def _upsert(connection: Connection, owned: Sequence[OwnedItem]) -> None:
    columns = [list(column) for column in zip(*map(_written, owned), strict=True)]
    status = await connection.execute(_UPSERT, *columns)
    if status != f"INSERT 0 {len(owned)}":
        await _refuse_foreign(connection, columns[0], columns[1], owned)


async def _refuse_foreign(
    connection: Connection, item_ids: list[Any], char_ids: list[Any], offered: object
) -> None:
    foreign = await connection.fetchrow(_FOREIGN, item_ids, char_ids)
    assert foreign is not None
    char_id, item_id, owner_id = foreign
    raise bad_record(char_id, f"item {item_id} belongs to character {owner_id}", offered)


def _item_id(owned: OwnedItem) -> int:
    return owned[0].item_id


def _written(owned: OwnedItem) -> tuple[object, ...]:
    item, char_id, schema = owned
    return (
        item.item_id,
        char_id,
        item.template_id,
        item.quantity,
        item.slot,
        item.position,
        item.quick_slot,
        item.data,
        schema,
    )
