"""A session in the making: the only way to change one.

Whatever is changed here is also named among the touched parts and accounted for in the derived
fields, so that neither can be forgotten. Every change goes through `_change`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from gamestate.modules.inventory.assembly import has_room
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO, first_free
from gamestate.modules.inventory.parts import EQUIPPED, QUICK_SLOTS, item_part
from gamestate.modules.inventory.sharing import with_entry, without
from gamestate.modules.inventory.templates import ItemGateway, template_of


@frozen
class Change:
    """The session after a turn, and the parts of it that changed, appeared or went."""

    session: InventorySessionDTO
    touched: tuple[str, ...] = ()


class Draft:
    """Takes the changes of one turn; checks no rule and no capacity."""

    def __init__(self, session: InventorySessionDTO, gateway: ItemGateway) -> None:
        self._gateway = gateway
        self._items = session.items
        self._equipped = session.equipped
        self._quick_slots = session.quick_slots
        self._weight_mlb = session.weight_mlb
        self._taken = session.taken
        self._partials = session.partials
        self._touched: dict[str, None] = {}

    def add(
        self,
        item_id: int,
        template_id: str,
        quantity: int,
        slot: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> InventoryItemDTO:
        """A new item, worn in `slot` or else at the first free place of the backpack."""
        position = first_free(self._taken) if slot is None else None
        item = InventoryItemDTO(item_id, template_id, quantity, slot, position, data)
        self._change(None, item)
        return item

    def resize(self, item: InventoryItemDTO, quantity: int) -> InventoryItemDTO:
        """The stack grows or shrinks to `quantity` >= 1."""
        return self._replace(item, item.sized(quantity))

    def remove(self, item: InventoryItemDTO) -> None:
        """The item is gone, from its quick slot too."""
        if item.item_id in self._quick_slots:
            self.assign(self._quick_slots.index(item.item_id), None)
        self._change(item, None)

    def wear(self, item: InventoryItemDTO, slot: str) -> InventoryItemDTO:
        """The item goes into the slot. What was in it must be put elsewhere before `finish`."""
        return self._replace(item, item.worn_in(slot))

    def stow(self, item: InventoryItemDTO, position: int | None = None) -> InventoryItemDTO:
        """The item goes into the backpack, to `position` if that is free, else to the first place
        that is."""
        if position is None or self._taken >> position & 1:
            position = first_free(self._taken)
        return self._replace(item, item.lying_at(position))

    def assign(self, index: int, item_id: int | None) -> None:
        """The quick slot points to the item, or to nothing."""
        before = self._quick_slots[index]
        self._quick_slots = (*self._quick_slots[:index], item_id, *self._quick_slots[index + 1 :])
        # Postgres keeps the quick slot in the item's row, so the items count as touched.
        changed = (item_part(one) for one in (before, item_id) if one is not None)
        self._touched.update(dict.fromkeys((QUICK_SLOTS, *changed)))

    def finish(self) -> Change:
        """The next session and what was touched."""
        session = InventorySessionDTO(
            self._items,
            self._equipped,
            self._quick_slots,
            self._weight_mlb,
            self._taken,
            self._partials,
        )
        return Change(session, tuple(self._touched))

    def _replace(self, before: InventoryItemDTO, after: InventoryItemDTO) -> InventoryItemDTO:
        self._change(before, after)
        return after

    def _change(self, before: InventoryItemDTO | None, after: InventoryItemDTO | None) -> None:
        if before is not None:
            self._forget(before)
            self._touched[item_part(before.item_id)] = None
        if after is not None:
            self._record(after)
            self._items = with_entry(self._items, after.item_id, after)
            self._touched[item_part(after.item_id)] = None
        elif before is not None:
            self._items = without(self._items, before.item_id)

    def _forget(self, item: InventoryItemDTO) -> None:
        template = template_of(self._gateway, item.template_id)
        self._weight_mlb -= item.quantity * template.weight_mlb
        if item.position is not None:
            self._taken &= ~(1 << item.position)
        if item.slot is not None and self._equipped.get(item.slot) == item.item_id:
            self._equip(without(self._equipped, item.slot))
        if has_room(item, template.max_stack):
            self._unlist(item)

    def _record(self, item: InventoryItemDTO) -> None:
        template = template_of(self._gateway, item.template_id)
        self._weight_mlb += item.quantity * template.weight_mlb
        if item.position is not None:
            self._taken |= 1 << item.position
        if item.slot is not None:
            self._equip(with_entry(self._equipped, item.slot, item.item_id))
        if has_room(item, template.max_stack):
            self._list(item)

    def _equip(self, equipped: Mapping[str, int]) -> None:
        self._equipped = equipped
        self._touched[EQUIPPED] = None

    def _list(self, item: InventoryItemDTO) -> None:
        ids = self._partials.get(item.template_id, ())
        at = bisect_left(ids, item.item_id)
        listed = (*ids[:at], item.item_id, *ids[at:])
        self._partials = with_entry(self._partials, item.template_id, listed)

    def _unlist(self, item: InventoryItemDTO) -> None:
        ids = self._partials[item.template_id]
        at = bisect_left(ids, item.item_id)
        if left := (*ids[:at], *ids[at + 1 :]):
            self._partials = with_entry(self._partials, item.template_id, left)
        else:
            self._partials = without(self._partials, item.template_id)
