"""The base of all rules: the catalogue, the limits, and common checks."""

from __future__ import annotations

from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.draft import Draft
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.limits import Limits
from gamestate.modules.inventory.refusals import (
    BagFullError,
    EquippedError,
    NotEnoughError,
    QuestItemError,
    UnknownItemError,
)
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.templates import template_of


class Rules:
    """The base of every set of rules, for one catalogue and one configuration.

    Each rule checks everything first and then changes a `Draft`, so a refused command draws no item
    id.
    """

    def __init__(self, items: ItemGateway, settings: InventorySettings) -> None:
        self._items = items
        self._settings = settings
        self._limits = Limits(settings)

    def _template(self, item: InventoryItemDTO) -> ItemTemplate:
        return template_of(self._items, item.template_id)

    def _draft(self, session: InventorySessionDTO) -> Draft:
        return Draft(session, self._items)

    def _require_room(self, session: InventorySessionDTO, bearer: Bearer, needed: int) -> None:
        # With nothing needed a backpack may be overfull: its capacity shrank.
        free = self._limits.free_slots(session, bearer)
        if needed > free:
            raise BagFullError(needed, free)

    def _require_no_quest(self, item: InventoryItemDTO) -> None:
        if "quest" in self._template(item).flags:
            raise QuestItemError(item.item_id, item.template_id)


def carried(session: InventorySessionDTO, item_id: int) -> InventoryItemDTO:
    """The item, wherever it is. Raises: UnknownItemError."""
    try:
        return session.items[item_id]
    except KeyError:
        raise UnknownItemError(item_id) from None


def in_backpack(session: InventorySessionDTO, item_id: int) -> InventoryItemDTO:
    """The item, not worn. Raises: UnknownItemError, EquippedError."""
    item = carried(session, item_id)
    if item.slot is not None:
        raise EquippedError(item_id, item.slot)
    return item


def left_of(item: InventoryItemDTO, taken: int) -> int:
    """What is left of a stack after `taken`. Raises: NotEnoughError."""
    if taken > item.quantity:
        raise NotEnoughError(item.item_id, item.quantity, taken)
    return item.quantity - taken
