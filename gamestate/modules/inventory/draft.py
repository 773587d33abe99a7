"""The changes of one turn to a session.

Every change goes through `_change`, which also notes the touched parts and updates the derived
fields.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from gamestate.content.items import ItemGateway
from gamestate.modules.inventory.assembly import has_room
from gamestate.modules.inventory.dto import (
    ActiveBuff,
    InventoryItemDTO,
    InventorySessionDTO,
    first_free,
)
from gamestate.modules.inventory.gear import gear_of
from gamestate.modules.inventory.parts import BUFFS, COOLDOWNS, EQUIPPED, QUICK_SLOTS, item_part
from gamestate.modules.inventory.sharing import with_entry, without
from gamestate.modules.inventory.templates import template_of


@frozen
class Change:
    """The session after a turn, and the parts that changed, were added or removed."""

    session: InventorySessionDTO
    touched: tuple[str, ...] = ()


class Draft:
    """Makes the changes; checks no rule and no capacity."""

    def __init__(self, session: InventorySessionDTO, gateway: ItemGateway) -> None:
        self._gateway = gateway
        self._items = session.items
        self._equipped = session.equipped
        self._quick_slots = session.quick_slots
        self._weight_mlb = session.weight_mlb
        self._taken = session.taken
        self._partials = session.partials
        self._cooldowns = session.cooldowns
        self._buffs = session.buffs
        self._gear = session.gear
        self._edition = session.edition
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
        """Set the size of a stack, `quantity` >= 1."""
        return self._replace(item, item.sized(quantity))

    def remove(self, item: InventoryItemDTO) -> None:
        """Remove the item, from its quick slot too."""
        if item.item_id in self._quick_slots:
            self.assign(self._quick_slots.index(item.item_id), None)
        self._change(item, None)

    def wear(self, item: InventoryItemDTO, slot: str) -> InventoryItemDTO:
        """Put the item into the slot. An item in it must be moved before `finish`."""
        return self._replace(item, item.worn_in(slot))

    def mark(self, item: InventoryItemDTO, **marks: Any) -> InventoryItemDTO:
        """Set marks in the data of the item, or with None remove them."""
        marked = item.marked(**marks)
        if item.slot is None:
            return self._replace(item, marked)
        self._items = with_entry(self._items, item.item_id, marked)  # gear does not change
        self._touched[item_part(item.item_id)] = None
        return marked

    def stow(self, item: InventoryItemDTO, position: int | None = None) -> InventoryItemDTO:
        """Put the item into the backpack, at `position` if that is free, else at the first free
        position."""
        if position is None or self._taken >> position & 1:
            position = first_free(self._taken)
        return self._replace(item, item.lying_at(position))

    def swap(
        self, item: InventoryItemDTO, other: InventoryItemDTO
    ) -> tuple[InventoryItemDTO, InventoryItemDTO]:
        """Two backpack items change places."""
        moved = item.lying_at(other.position or 0), other.lying_at(item.position or 0)
        for before in (item, other):
            self._change(before, None)
        for after in moved:
            self._change(None, after)
        return moved

    def assign(self, index: int, item_id: int | None) -> None:
        """Let the quick slot point to the item, or empty it."""
        before = self._quick_slots[index]
        self._quick_slots = (*self._quick_slots[:index], item_id, *self._quick_slots[index + 1 :])
        # Postgres keeps the quick slot in the item's row, so the items count as touched.
        changed = (item_part(one) for one in (before, item_id) if one is not None)
        self._touched.update(dict.fromkeys((QUICK_SLOTS, *changed)))

    def cool_down(self, group: str, until_s: float, now_s: float) -> None:
        """Start a cooldown of the group until `until_s`. Cooldowns that are over are removed."""
        running = {name: end for name, end in self._cooldowns.items() if end > now_s}
        self._cooldowns = {**running, group: until_s}
        self._touched[COOLDOWNS] = None

    def buff(self, buff: ActiveBuff, now_s: float) -> None:
        """Start a buff; it replaces one of the same template. Buffs that are over are removed."""
        kept = (
            one
            for one in self._buffs
            if one.until_s > now_s and one.template_id != buff.template_id
        )
        self._buffs = (*kept, buff)
        self._touched[BUFFS] = None

    def finish(self) -> Change:
        """The next session and the touched parts."""
        if EQUIPPED in self._touched:
            worn = map(self._items.__getitem__, self._equipped.values())
            self._gear = gear_of(worn, self._gateway)
        session = InventorySessionDTO(
            self._items,
            self._equipped,
            self._quick_slots,
            self._weight_mlb,
            self._taken,
            self._partials,
            self._cooldowns,
            self._buffs,
            self._gear,
            self._edition,
        )
        return Change(session, tuple(self._touched))

    def _replace(self, before: InventoryItemDTO, after: InventoryItemDTO) -> InventoryItemDTO:
        self._change(before, after)
        return after

    def _change(self, before: InventoryItemDTO | None, after: InventoryItemDTO | None) -> None:
        if before is not None:
            self._subtract(before)
            self._touched[item_part(before.item_id)] = None
        if after is not None:
            self._add_up(after)
            self._items = with_entry(self._items, after.item_id, after)
            self._touched[item_part(after.item_id)] = None
        elif before is not None:
            self._items = without(self._items, before.item_id)

    def _subtract(self, item: InventoryItemDTO) -> None:
        template = template_of(self._gateway, item.template_id)
        self._weight_mlb -= item.quantity * template.weight_mlb
        if item.position is not None:
            self._taken &= ~(1 << item.position)
        if item.slot is not None and self._equipped.get(item.slot) == item.item_id:
            self._equip(without(self._equipped, item.slot))
        if has_room(item, template.max_stack):
            self._unlist(item)

    def _add_up(self, item: InventoryItemDTO) -> None:
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
