"""A session as the fields of its Redis hash: one field an item, JSON by hand.

A change of one item writes one field. An item's id is in the field's name, and what is worn where
only in `equipped`, so that no fact is stored twice.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

import orjson

from gamestate.content.items import ItemGateway
from gamestate.contract.module import Parts
from gamestate.modules.inventory.assembly import assemble
from gamestate.modules.inventory.dto import (
    EQUIPMENT_SLOTS,
    InventoryItemDTO,
    InventorySessionDTO,
)
from gamestate.modules.inventory.parts import (
    BUFFS,
    COOLDOWNS,
    EQUIPPED,
    QUICK_SLOTS,
    item_id_of,
    item_part,
)
from gamestate.modules.inventory.running import (
    encode_buffs,
    encode_cooldowns,
    read_buffs,
    read_cooldowns,
)
from gamestate.structure import from_json

SCHEMA: Final = 1

T = TypeVar("T")

_NAMED: Final = (EQUIPPED, QUICK_SLOTS, COOLDOWNS, BUFFS)


def encode(session: InventorySessionDTO, touched: Collection[str] | None) -> Parts:
    """The parts named in `touched`, all if it is None; those of items that went are in `drop`."""
    if touched is None:
        items = {item_part(one.item_id): _item_json(one) for one in session.items.values()}
        running = [part for part in (COOLDOWNS, BUFFS) if getattr(session, part)]
        named = (EQUIPPED, QUICK_SLOTS, *running)
        return Parts({part: _part(session, part) for part in named} | items)
    put: dict[str, bytes] = {}
    drop: list[str] = []
    for part in touched:
        item_id = item_id_of(part)
        if item_id is None:
            put[part] = _part(session, part)
        elif item_id in session.items:
            put[part] = _item_json(session.items[item_id])
        else:
            drop.append(part)
    return Parts(put, drop)


def decode(fields: Mapping[str, bytes], schema: int, gateway: ItemGateway) -> InventorySessionDTO:
    """The session of these fields, which must be all of them.

    Raises:
        ValueError: another schema, a field that is missing, unknown or malformed, or fields that
            contradict each other (an item worn twice or not there, a quick slot without its item).
    """
    if schema != SCHEMA:
        raise ValueError(f"inventory schema {schema} is not {SCHEMA}")
    slots = _slots_by_item(_read(fields, EQUIPPED, dict[str, int]))
    items = [
        _item(item_id, raw, slots.pop(item_id, None))
        for part, raw in fields.items()
        if (item_id := _item_id(part)) is not None
    ]
    if slots:
        raise ValueError(f"items that are not there are equipped: {sorted(slots)}")
    return assemble(
        items,
        _read(fields, QUICK_SLOTS, list[int | None]),
        read_cooldowns(orjson.loads(fields.get(COOLDOWNS, b"{}"))),
        read_buffs(orjson.loads(fields.get(BUFFS, b"[]"))),
        gateway,
    )


def _part(session: InventorySessionDTO, part: str) -> bytes:
    if part == EQUIPPED:
        worn = session.equipped
        return orjson.dumps({slot: worn[slot] for slot in EQUIPMENT_SLOTS if slot in worn})
    if part == QUICK_SLOTS:
        return orjson.dumps(session.quick_slots)
    if part == COOLDOWNS:
        return encode_cooldowns(session.cooldowns)
    if part == BUFFS:
        return encode_buffs(session.buffs)
    raise ValueError(f"an inventory has no part {part!r}")


def _item_json(item: InventoryItemDTO) -> bytes:
    fields: dict[str, Any] = {"template_id": item.template_id, "quantity": item.quantity}
    if item.position is not None:
        fields["position"] = item.position
    if item.data is not None:
        fields["data"] = item.data
    return orjson.dumps(fields)


def _read(fields: Mapping[str, bytes], part: str, shape: type[T]) -> T:
    return from_json(orjson.loads(fields.get(part, b"null")), shape, part)


def _slots_by_item(equipped: Mapping[str, int]) -> dict[int, str]:
    slots = {item_id: slot for slot, item_id in equipped.items()}
    if len(slots) < len(equipped):
        raise ValueError(f"an item is equipped twice: {equipped}")
    return slots


def _item_id(part: str) -> int | None:
    if part in _NAMED:
        return None
    item_id = item_id_of(part)
    if item_id is None or item_part(item_id) != part:
        raise ValueError(f"an inventory has no part {part!r}")
    return item_id


def _item(item_id: int, raw: bytes, slot: str | None) -> InventoryItemDTO:
    stored = orjson.loads(raw)
    try:
        item = InventoryItemDTO(
            item_id,
            sys.intern(stored.pop("template_id")),
            stored.pop("quantity"),
            slot,
            stored.pop("position", None),
            stored.pop("data", None),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{item_part(item_id)} is not an item: {raw!r}") from error
    if stored:
        raise ValueError(f"{item_part(item_id)} has unknown fields: {sorted(stored)}")
    return item
