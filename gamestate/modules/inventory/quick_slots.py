"""Quick slots: each points to an item, wherever it is moved."""

from __future__ import annotations

from gamestate.modules.inventory.draft import Change, Draft
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.refusals import NotUsableError, QuickSlotEmptyError
from gamestate.modules.inventory.rules import Rules, in_backpack


class QuickSlotRules(Rules):
    """Assigning quick slots, and refilling them when their item is used up."""

    def assign_quick_slot(self, session: InventorySessionDTO, item_id: int, index: int) -> Change:
        """Let the quick slot point to an item; a quick slot that pointed to it is emptied.

        Raises:
            UnknownItemError, EquippedError, NotUsableError.
        """
        item = in_backpack(session, item_id)
        if not self._template(item).charges:
            raise NotUsableError(item_id, item.template_id)
        if session.quick_slots[index] == item_id:
            return Change(session)
        draft = self._draft(session)
        if item_id in session.quick_slots:
            draft.assign(session.quick_slots.index(item_id), None)
        draft.assign(index, item_id)
        return draft.finish()

    def clear_quick_slot(self, session: InventorySessionDTO, index: int) -> Change:
        """Empty the quick slot; it may be empty already."""
        if session.quick_slots[index] is None:
            return Change(session)
        draft = self._draft(session)
        draft.assign(index, None)
        return draft.finish()

    def in_quick_slot(self, session: InventorySessionDTO, index: int) -> int:
        """The item the quick slot points to. Raises: QuickSlotEmptyError."""
        item_id = session.quick_slots[index]
        if item_id is None:
            raise QuickSlotEmptyError(index)
        return item_id

    def _remove(self, draft: Draft, session: InventorySessionDTO, item: InventoryItemDTO) -> None:
        """Remove the item; if so configured, the next of its template takes its quick slot."""
        draft.remove(item)
        if self._settings.refill_quick_slots and item.item_id in session.quick_slots:
            following = self._next_of_kind(session, item)
            if following is not None:
                draft.assign(session.quick_slots.index(item.item_id), following)

    def _next_of_kind(self, session: InventorySessionDTO, item: InventoryItemDTO) -> int | None:
        alike = (
            one.item_id
            for one in session.items.values()
            if one.template_id == item.template_id
            and one is not item
            and one.slot is None
            and one.item_id not in session.quick_slots
        )
        return min(alike, default=None)
