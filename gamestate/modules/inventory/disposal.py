"""Ways an item goes, and what protects it: drop, discard, lock."""

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
class Gone:
    """`item`: what it was. `gone`: how many are gone. `left`: how many the stack still has."""

    change: Change
    item: InventoryItemDTO
    gone: int
    left: int


@frozen
class Locked:
    """`item`: as it is now."""

    change: Change
    item: InventoryItemDTO


class DisposalRules(QuickSlotRules):
    """What may be let go of, and what may be destroyed."""

    def drop(self, session: InventorySessionDTO, item_id: int, quantity: int | None) -> Gone:
        """Let go of `quantity` >= 1 of a stack, of all of it if None, for others to find.

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
        return self._let_go(session, item, quantity)

    def discard(
        self, session: InventorySessionDTO, item_id: int, quantity: int | None, *, confirm: bool
    ) -> Gone:
        """Destroy `quantity` >= 1 of a stack, all of it if None.

        Raises:
            UnknownItemError, EquippedError, QuestItemError, LockedError: it can't be destroyed.
            NotEnoughError: the stack is smaller.
            ConfirmationRequiredError: it is precious.
        """
        item = in_backpack(session, item_id)
        self._require_no_quest(item)
        gone = self._let_go(session, item, quantity)
        if not confirm and self._precious(item):
            raise ConfirmationRequiredError(item_id, item.template_id, gone.gone)
        return gone

    def lock(self, session: InventorySessionDTO, item_id: int, *, locked: bool) -> Locked:
        """Protect an item, worn or not, or protect it no more. Raises: UnknownItemError."""
        item = carried(session, item_id)
        if item.locked == locked:
            return Locked(Change(session), item)
        draft = self._draft(session)
        marked = draft.mark(item, locked=locked or None)
        return Locked(draft.finish(), marked)

    def _let_go(
        self, session: InventorySessionDTO, item: InventoryItemDTO, quantity: int | None
    ) -> Gone:
        if item.locked:
            raise LockedError(item.item_id)
        gone = item.quantity if quantity is None else quantity
        left = left_of(item, gone)
        draft = self._draft(session)
        if left:
            draft.resize(item, left)
        else:
            self._remove(draft, session, item)
        return Gone(draft.finish(), item, gone, left)

    def _precious(self, item: InventoryItemDTO) -> bool:
        rarity, threshold = self._template(item).rarity, self._settings.confirm_discard_from
        if threshold == NEVER:
            return False
        unknown = rarity not in RARITIES  # the catalogue lost it: who knows what it was
        return unknown or RARITIES.index(rarity) >= RARITIES.index(threshold)
