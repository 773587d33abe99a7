"""The inventory as a client sees it: pounds, gold pieces, sorted and filtered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate
from gamestate.contract.state import CharacterCore
from gamestate.modules.inventory import query as queries
from gamestate.modules.inventory.availability import Availability
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.commands import ViewInventory
from gamestate.modules.inventory.dto import (
    EQUIPMENT_SLOTS,
    InventoryItemDTO,
    InventorySessionDTO,
)
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.gear import derived
from gamestate.modules.inventory.limits import Limits
from gamestate.modules.inventory.running import remaining_s
from gamestate.modules.inventory.templates import template_of
from gamestate.modules.inventory.tooltip import Tooltips

Format = Callable[[InventoryItemDTO, ItemTemplate], dict[str, Any]]


class InventoryFormatter:
    """Turns sessions into JSON values. `now_s`: Unix time in seconds."""

    def __init__(self, items: ItemGateway, limits: Limits, rules: InventoryEngine) -> None:
        self._items = items
        self._limits = limits
        self._rules = rules

    def view(
        self,
        session: InventorySessionDTO,
        core: CharacterCore,
        version: int,
        query: ViewInventory,
        now_s: float,
    ) -> dict[str, Any]:
        """The inventory: `{"equipped", "backpack", "quick_slots", "weight", "slots", "totals",
        "derived", "cooldowns", "page", "version"}`, and `"groups"` if asked for.

        Sort, filters and pages are those of the backpack; `groups` are of all pages; everything
        else is always complete, `totals` with what is worn.
        """
        bearer = Bearer(core, now_s)
        available = Availability(self._rules, session, bearer)
        show: Format = self._entry
        if query.tooltips:
            show = self._with_tooltip(Tooltips(self._items, available, session, bearer))
        carried = self._entries(session)
        backpack = [entry for entry in carried if entry[0].slot is None]
        matches = queries.matches(backpack, query, available.now)
        shown, page = queries.paged(matches, query)
        return {
            "equipped": self._equipped(session, show),
            "backpack": [show(*entry) for entry in shown],
            "quick_slots": list(session.quick_slots),
            **self.totals(session, core, now_s),
            "totals": queries.sums(carried),
            "derived": derived(session.gear, session.buffs, core.stats, now_s),
            "cooldowns": _cooldowns(session, now_s),
            "page": page,
            **({"groups": queries.grouped(matches, query.group)} if query.group else {}),
            "version": version,
        }

    def inspect(
        self,
        session: InventorySessionDTO,
        core: CharacterCore,
        item: InventoryItemDTO,
        now_s: float,
    ) -> dict[str, Any]:
        """`{"item", "tooltip"}`: see `item` and `Tooltips.of`."""
        bearer = Bearer(core, now_s)
        available = Availability(self._rules, session, bearer)
        tooltips = Tooltips(self._items, available, session, bearer)
        template = template_of(self._items, item.template_id)
        return {"item": self._entry(item, template), "tooltip": tooltips.of(item, template)}

    def totals(
        self, session: InventorySessionDTO, core: CharacterCore, now_s: float
    ) -> dict[str, Any]:
        """`{"weight": see Limits.load, "slots": {"used", "capacity"}}`."""
        bearer = Bearer(core, now_s)
        capacity = self._limits.capacity(session, bearer)
        return {
            "weight": self._limits.load(session, bearer),
            "slots": {"used": session.slots_used, "capacity": capacity},
        }

    def item(self, item: InventoryItemDTO) -> dict[str, Any]:
        """One item: what the catalogue shows of its template (`weight` in pounds and `value` in
        gold pieces, of one; `slots`, where it may be worn; …) and what is this one's own."""
        return self._entry(item, template_of(self._items, item.template_id))

    def _entries(self, session: InventorySessionDTO) -> list[queries.Entry]:
        items = session.items.values()
        kinds = {item.template_id for item in items}
        templates = {kind: template_of(self._items, kind) for kind in kinds}
        return [(item, templates[item.template_id]) for item in items]

    def _equipped(self, session: InventorySessionDTO, show: Format) -> dict[str, Any]:
        equipped: dict[str, Any] = dict.fromkeys(EQUIPMENT_SLOTS)
        for slot, item_id in session.equipped.items():
            item = session.items[item_id]
            equipped[slot] = show(item, template_of(self._items, item.template_id))
        return equipped

    def _entry(self, item: InventoryItemDTO, template: ItemTemplate) -> dict[str, Any]:
        return {
            "item_id": item.item_id,
            **self._items.view(template),
            "quantity": item.quantity,
            "slot": item.slot,
            "position": item.position,
            "data": item.data,
        }

    def _with_tooltip(self, tooltips: Tooltips) -> Format:
        def show(item: InventoryItemDTO, template: ItemTemplate) -> dict[str, Any]:
            return {**self._entry(item, template), "tooltip": tooltips.of(item, template)}

        return show


def _cooldowns(session: InventorySessionDTO, now_s: float) -> list[dict[str, Any]]:
    """The running ones, by name."""
    return [
        {"group": group, "remaining_s": remaining_s(until_s, now_s)}
        for group, until_s in sorted(session.cooldowns.items())
        if until_s > now_s
    ]
