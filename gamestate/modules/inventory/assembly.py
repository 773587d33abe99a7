"""Items from a store, put together into a session: strictly checked, derived fields computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from gamestate.content.items import ItemGateway
from gamestate.modules.inventory.dto import (
    EQUIPMENT_SLOTS,
    MAX_PLACES,
    NO_QUICK_SLOTS,
    ActiveBuff,
    InventoryItemDTO,
    InventorySessionDTO,
    first_free,
)
from gamestate.modules.inventory.gear import gear_of
from gamestate.modules.inventory.sharing import shared
from gamestate.modules.inventory.templates import template_of

_BY_ID: Final = attrgetter("item_id")


def assemble(
    stored: Iterable[InventoryItemDTO],
    quick_slots: Sequence[int | None],
    cooldowns: Mapping[str, float],
    buffs: tuple[ActiveBuff, ...],
    gateway: ItemGateway,
) -> InventorySessionDTO:
    """A session of these items.

    A backpack item without a position, or with one that an item of a lower id has, gets the lowest
    that is free.

    Raises:
        ValueError: an item is there twice, is malformed, or is in a slot that is taken or
            unknown; or a quick slot names no item, or one that another names.
    """
    ordered = _seated(stored)
    items = {item.item_id: item for item in ordered}
    if len(items) < len(ordered):
        raise ValueError("an item is there twice")
    weight_mlb, taken, partials = _derived(ordered, gateway)
    equipped = _equipped(ordered)
    return InventorySessionDTO(
        items=shared(items),
        equipped=equipped,
        quick_slots=_quick_slots(quick_slots, items),
        weight_mlb=weight_mlb,
        taken=taken,
        partials=shared(partials),
        cooldowns=cooldowns,
        buffs=buffs,
        gear=gear_of(map(items.__getitem__, equipped.values()), gateway),
        edition=gateway.edition,
    )


def up_to_date(session: InventorySessionDTO, gateway: ItemGateway) -> InventorySessionDTO:
    """The session with its derived fields as the catalogue is now."""
    if session.edition == gateway.edition:
        return session
    return assemble(
        session.items.values(), session.quick_slots, session.cooldowns, session.buffs, gateway
    )


def check_item(item: Any) -> None:
    """Raise ValueError unless the fields of the item are what they should be."""
    sound = (
        _whole(item.item_id, 1)
        and _whole(item.quantity, 1)
        and isinstance(item.template_id, str)
        and item.template_id != ""
        and (item.slot is None or (item.slot in EQUIPMENT_SLOTS and item.position is None))
        and (item.position is None or (_whole(item.position, 0) and item.position < MAX_PLACES))
        and (item.data is None or _are_marks(item.data))
    )
    if not sound:
        raise ValueError(f"not an item: {item}")


def has_room(item: InventoryItemDTO, max_stack: int) -> bool:
    """Whether more of the same may be put on this stack."""
    return item.quantity < max_stack and item.slot is None and item.data is None


def _are_marks(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and data != {}
        and _whole(data.get("charges", 0), 0)
        and all(data.get(mark, True) is True for mark in ("bound", "locked"))
    )


def _whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def _seated(stored: Iterable[InventoryItemDTO]) -> list[InventoryItemDTO]:
    """The items by ascending id, each checked and each with its place."""
    taken, seated, homeless = 0, [], []
    for item in sorted(stored, key=_BY_ID):
        check_item(item)
        if item.position is not None and not taken >> item.position & 1:
            taken |= 1 << item.position
            seated.append(item)
        elif item.slot is not None:
            seated.append(item)
        else:
            homeless.append(item)
    for item in homeless:
        seated.append(item.lying_at(first_free(taken)))
        taken |= taken + 1
    return sorted(seated, key=_BY_ID) if homeless else seated


def _equipped(items: Iterable[InventoryItemDTO]) -> Mapping[str, int]:
    equipped: dict[str, int] = {}
    for item in items:
        if item.slot is not None and equipped.setdefault(item.slot, item.item_id) != item.item_id:
            raise ValueError(f"two items in {item.slot}")
    return equipped


def _quick_slots(
    quick_slots: Sequence[int | None], items: Collection[int]
) -> tuple[int | None, ...]:
    assigned = [item_id for item_id in quick_slots if item_id is not None]
    if len(quick_slots) != len(NO_QUICK_SLOTS):
        raise ValueError(f"{len(quick_slots)} quick slots are not {len(NO_QUICK_SLOTS)}")
    if not all(item_id in items for item_id in assigned):
        raise ValueError(f"a quick slot names an item that is not there: {quick_slots}")
    if len(set(assigned)) < len(assigned):
        raise ValueError(f"an item is in two quick slots: {quick_slots}")
    return tuple(quick_slots)


def _derived(
    ordered: Iterable[InventoryItemDTO], gateway: ItemGateway
) -> tuple[int, int, dict[str, tuple[int, ...]]]:
    weight_mlb, taken = 0, 0
    partials: dict[str, tuple[int, ...]] = {}
    for item in ordered:
        template = template_of(gateway, item.template_id)
        weight_mlb += item.quantity * template.weight_mlb
        if item.position is not None:
            taken |= 1 << item.position
        if has_room(item, template.max_stack):
            partials[item.template_id] = (*partials.get(item.template_id, ()), item.item_id)
    return weight_mlb, taken, partials
