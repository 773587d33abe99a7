"""Drop, discard, and the lock that protects from both."""

from __future__ import annotations

from attrs import frozen

from gamestate.content.templates import RARITIES
from gamestate.modules.inventory.draft import Change
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.quick_slots import QuickSlotRules
from gamestate.modules.inventory.refusals import (
    BoundError,
    ConfirmationRequiredError,
    LockedError,
    NoDropError,
)
from gamestate.modules.inventory.rules import carried, in_backpack, left_of
from gamestate.modules.inventory.settings import NEVER


@frozen
class Removed:
    """`item`: as it was. `removed`: how many. `left`: how many the stack still has."""

    change: Change
    item: InventoryItemDTO
    removed: int
    left: int


@frozen
class Locked:
    """`item`: as it is now."""

    change: Change
    item: InventoryItemDTO


class DisposalRules(QuickSlotRules):
    """What may be dropped, and what may be destroyed."""

    def drop(self, session: InventorySessionDTO, item_id: int, quantity: int | None) -> Removed:
        """Drop `quantity` >= 1 of a stack, all of it if None.

        Raises:
            UnknownItemError, EquippedError, QuestItemError, NoDropError, BoundError, LockedError:
                it can't be dropped.
            NotEnoughError: the stack is smaller.
        """
        item = in_backpack(session, item_id)
        self._require_no_quest(item)
        if "no_drop" in self._template(item).flags:
            raise NoDropError(item_id, item.template_id)
        if item.bound:
            raise BoundError(item_id)
        return self._remove_some(session, item, quantity)

    def discard(
        self, session: InventorySessionDTO, item_id: int, quantity: int | None, *, confirm: bool
    ) -> Removed:
        """Destroy `quantity` >= 1 of a stack, all of it if None.

        Raises:
            UnknownItemError, EquippedError, QuestItemError, LockedError: it can't be destroyed.
            NotEnoughError: the stack is smaller.
            ConfirmationRequiredError: it is rare, and `confirm` is not set.
        """
        item = in_backpack(session, item_id)
        self._require_no_quest(item)
        removed = self._remove_some(session, item, quantity)
        if not confirm and self._precious(item):
            raise ConfirmationRequiredError(item_id, item.template_id, removed.removed)
        return removed

    def lock(self, session: InventorySessionDTO, item_id: int, *, locked: bool) -> Locked:
        """Lock or unlock an item, worn or not. Raises: UnknownItemError."""
        item = carried(session, item_id)
        if item.locked == locked:
            return Locked(Change(session), item)
        draft = self._draft(session)
        marked = draft.mark(item, locked=locked or None)
        return Locked(draft.finish(), marked)

    def _remove_some(
        self, session: InventorySessionDTO, item: InventoryItemDTO, quantity: int | None
    ) -> Removed:
        if item.locked:
            raise LockedError(item.item_id)
        removed = item.quantity if quantity is None else quantity
        left = left_of(item, removed)
        draft = self._draft(session)
        if left:
            draft.resize(item, left)
        else:
            self._remove(draft, session, item)
        return Removed(draft.finish(), item, removed, left)

    def _precious(self, item: InventoryItemDTO) -> bool:
        rarity, threshold = self._template(item).rarity, self._settings.confirm_discard_from
        if threshold == NEVER:
            return False
        unknown = rarity not in RARITIES  # no longer in the catalogue, so perhaps precious
        return unknown or RARITIES.index(rarity) >= RARITIES.index(threshold)
