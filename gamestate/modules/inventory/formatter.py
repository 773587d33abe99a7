"""The inventory as a client sees it: pounds, gold pieces, sorted and filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final
from unicodedata import normalize

from gamestate.content.templates import RARITIES
from gamestate.errors import InvalidPayloadError
from gamestate.modules.inventory.commands import ViewInventory
from gamestate.modules.inventory.dto import (
    EQUIPMENT_SLOTS,
    InventoryItemDTO,
    InventorySessionDTO,
)
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.templates import ItemGateway, ItemTemplate, template_of, view_of
from gamestate.state import DEFAULT_STAT, CharacterCore

MLB_PER_LB: Final = 1000
ORDERS: Final = ("asc", "desc")

Entry = tuple[InventoryItemDTO, ItemTemplate]


def folded(text: str) -> str:
    """Text as it is compared in searches: neither case nor presentation forms count."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def _rarity_rank(rarity: str) -> int:
    return RARITIES.index(rarity) if rarity in RARITIES else len(RARITIES)


SORTS: Final[Mapping[str, Callable[[ItemTemplate], Any]]] = MappingProxyType(
    {
        "type": lambda template: template.kind,
        "rarity": lambda template: _rarity_rank(template.rarity),
        "value": lambda template: template.value_cp,
        "weight": lambda template: template.weight_mlb,
        "name": lambda template: folded(template.name),
    }
)
"""What the backpack may be sorted by; value and weight are those of one."""


class InventoryFormatter:
    """Turns sessions into JSON values."""

    def __init__(self, items: ItemGateway, settings: InventorySettings) -> None:
        self._items = items
        self._settings = settings

    def check(self, query: ViewInventory) -> None:
        """Raise InvalidPayloadError if there is no such sort or order."""
        if query.sort is not None and query.sort not in SORTS:
            raise InvalidPayloadError("payload.sort", f"must be one of {', '.join(SORTS)}")
        if query.order not in ORDERS:
            raise InvalidPayloadError("payload.order", f"must be one of {', '.join(ORDERS)}")

    def view(
        self,
        session: InventorySessionDTO,
        core: CharacterCore,
        version: int,
        query: ViewInventory,
    ) -> dict[str, Any]:
        """The whole inventory: `{"equipped", "backpack", "quick_slots", "weight", "slots",
        "version"}`. Sort and filters apply to the backpack; everything else is always complete."""
        return {
            "equipped": self._equipped(session),
            "backpack": [self._entry(*entry) for entry in self._backpack(session, query)],
            "quick_slots": list(session.quick_slots),
            **self.totals(session, core),
            "version": version,
        }

    def totals(self, session: InventorySessionDTO, core: CharacterCore) -> dict[str, Any]:
        """`{"weight": {"total", "limit", "encumbered_at", "overloaded_at", "load"} in pounds,
        "slots": {"used", "capacity"}}`; `load` is normal, encumbered or overloaded."""
        strength = core.stats.get("strength", DEFAULT_STAT)
        total = session.weight_mlb / MLB_PER_LB
        encumbered_at = strength * self._settings.encumbered_lb_per_strength
        overloaded_at = strength * self._settings.overloaded_lb_per_strength
        return {
            "weight": {
                "total": total,
                "limit": strength * self._settings.carry_lb_per_strength,
                "encumbered_at": encumbered_at,
                "overloaded_at": overloaded_at,
                "load": _load(total, encumbered_at, overloaded_at),
            },
            "slots": {"used": session.slots_used, "capacity": self._settings.capacity_slots},
        }

    def item(self, item: InventoryItemDTO) -> dict[str, Any]:
        """One item: what the catalogue shows of its template (`weight` in pounds and `value` in
        gold pieces, of one; `slots`, where it may be worn; …) and what is this one's own."""
        return self._entry(item, template_of(self._items, item.template_id))

    def _equipped(self, session: InventorySessionDTO) -> dict[str, Any]:
        worn = session.equipped
        return {
            slot: self.item(session.items[worn[slot]]) if slot in worn else None
            for slot in EQUIPMENT_SLOTS
        }

    def _backpack(self, session: InventorySessionDTO, query: ViewInventory) -> list[Entry]:
        entries = [
            (item, template_of(self._items, item.template_id))
            for item in session.items.values()
            if item.slot is None
        ]
        return _sorted(_filtered(entries, query), query)

    def _entry(self, item: InventoryItemDTO, template: ItemTemplate) -> dict[str, Any]:
        return {
            "item_id": item.item_id,
            **view_of(self._items, template),
            "quantity": item.quantity,
            "slot": item.slot,
            "position": item.position,
            "data": item.data,
        }


def _load(total: float, encumbered_at: float, overloaded_at: float) -> str:
    if total > overloaded_at:
        return "overloaded"
    return "encumbered" if total > encumbered_at else "normal"


def _filtered(entries: Iterable[Entry], query: ViewInventory) -> Iterable[Entry]:
    if query.kind is not None:
        entries = [entry for entry in entries if entry[1].kind == query.kind]
    if query.rarity is not None:
        entries = [entry for entry in entries if entry[1].rarity == query.rarity]
    if query.q is not None:
        sought = folded(query.q)
        entries = [entry for entry in entries if sought in folded(entry[1].name)]
    return entries


def _sorted(entries: Iterable[Entry], query: ViewInventory) -> list[Entry]:
    descending = query.order == "desc"
    if query.sort is None:
        return sorted(entries, key=lambda entry: entry[0].position or 0, reverse=descending)
    key = SORTS[query.sort]
    by_id = sorted(entries, key=lambda entry: entry[0].item_id)
    return sorted(by_id, key=lambda entry: key(entry[1]), reverse=descending)
