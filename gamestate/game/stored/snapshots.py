"""Snapshots: what Postgres has, or would have, of a character's session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from attrs import evolve

from gamestate.contract.module import SessionModule, Snapshot, Storage
from persistence.cold.store import SectionStore
from persistence.records import (
    CharId,
    ItemRow,
    ItemsSection,
    Section,
    StoredDocument,
)


async def snapshots_of(
    cold: SectionStore, module: SessionModule, char_ids: Sequence[CharId]
) -> dict[CharId, Snapshot]:
    """What Postgres has for a module's sessions; an empty snapshot where it has nothing.

    Raises: ColdStoreUnavailableError.
    """
    snapshots = {char_id: Snapshot(char_id) for char_id in char_ids}
    if module.storage is Storage.ITEMS:
        for char_id, stored in (await cold.items(char_ids)).items():
            snapshots[char_id] = Snapshot(
                char_id, stored.rows, stored.state, state_schema=stored.state_schema
            )
    else:
        for char_id, document in (await cold.documents(module.name, char_ids)).items():
            snapshots[char_id] = Snapshot(char_id, document=document)
    return snapshots


def snapshot_of_section(char_id: CharId, section: Section) -> Snapshot:
    """What Postgres would have after a backup of a whole session."""
    if isinstance(section, ItemsSection):
        rows = [evolve(row, schema=section.schema) for row in section.put]
        return Snapshot(char_id, rows, section.state, state_schema=section.schema)
    assert section.session_id is not None
    document = StoredDocument(section.session_id, section.data, section.schema)
    return Snapshot(char_id, document=document)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The snapshot as JSON: `char_id`; `items`, `state` and `state_schema` of a module that stores
    items; `document`, `[session_id, data, schema]`, of all others. What a module stored as JSON is
    text in it."""
    document = snapshot.document
    return orjson.dumps(
        {
            "char_id": snapshot.char_id,
            "items": [_row(row) for row in snapshot.items],
            "state": _text(snapshot.state),
            "state_schema": snapshot.state_schema,
            "document": document and [document.session_id, document.data.decode(), document.schema],
        }
    )


def _row(row: ItemRow) -> list[Any]:
    return [
        row.item_id,
        row.template_id,
        row.quantity,
        row.slot,
        row.position,
        row.quick_slot,
        _text(row.data),
        row.schema,
    ]


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode()
