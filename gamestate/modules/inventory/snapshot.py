"""A session as rows of `inventory_items`, one an item."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable

import orjson

from gamestate.content.items import ItemGateway
from gamestate.contract.module import Snapshot
from gamestate.modules.inventory.assembly import assemble
from gamestate.modules.inventory.dto import (
    NO_COOLDOWNS,
    NO_QUICK_SLOTS,
    InventoryItemDTO,
    InventorySessionDTO,
)
from gamestate.modules.inventory.parts import BUFFS, COOLDOWNS, item_id_of
from gamestate.modules.inventory.running import decode_state, encode_state
from persistence.records import ItemRow, ItemsSection


def from_snapshot(snapshot: Snapshot, gateway: ItemGateway) -> InventorySessionDTO:
    """The session of everything that is stored; an empty one if nothing is.

    Raises:
        ValueError: a row is malformed, or rows contradict each other.
    """
    rows, state = snapshot.items, snapshot.state
    cooldowns, buffs = (NO_COOLDOWNS, ()) if state is None else decode_state(state)
    return assemble(map(_item, rows), _quick_slots(rows), cooldowns, buffs, gateway)


def to_section(session: InventorySessionDTO, touched: Collection[str] | None) -> ItemsSection:
    """The rows of the touched items and the ids of those that went; the whole inventory, replacing
    what is stored, if `touched` is None."""
    if touched is None:
        state = _state(session) if session.cooldowns or session.buffs else None
        return ItemsSection(put=_rows(session, session.items), replace=True, state=state)
    item_ids = [one for part in touched if (one := item_id_of(part)) is not None]
    kept = [one for one in item_ids if one in session.items]
    removed = [one for one in item_ids if one not in session.items]
    state = _state(session) if COOLDOWNS in touched or BUFFS in touched else None
    return ItemsSection(put=_rows(session, kept), drop=removed, state=state)


def _state(session: InventorySessionDTO) -> bytes:
    return encode_state(session.cooldowns, session.buffs)


def _item(row: ItemRow) -> InventoryItemDTO:
    data = None if row.data is None else orjson.loads(row.data)
    template_id = sys.intern(row.template_id)
    return InventoryItemDTO(row.item_id, template_id, row.quantity, row.slot, row.position, data)


def _quick_slots(rows: Iterable[ItemRow]) -> tuple[int | None, ...]:
    quick_slots = list(NO_QUICK_SLOTS)
    for row in rows:
        if row.quick_slot is None:
            continue
        if not 0 <= row.quick_slot < len(quick_slots) or quick_slots[row.quick_slot] is not None:
            raise ValueError(f"item {row.item_id} can't be in quick slot {row.quick_slot}")
        quick_slots[row.quick_slot] = row.item_id
    return tuple(quick_slots)


def _rows(session: InventorySessionDTO, item_ids: Iterable[int]) -> list[ItemRow]:
    quick = {one: index for index, one in enumerate(session.quick_slots) if one is not None}
    items = (session.items[item_id] for item_id in item_ids)
    return [_row(item, quick.get(item.item_id)) for item in items]


def _row(item: InventoryItemDTO, quick_slot: int | None) -> ItemRow:
    data = None if item.data is None else orjson.dumps(item.data)
    return ItemRow(
        item.item_id, item.template_id, item.quantity, item.slot, item.position, quick_slot, data
    )
