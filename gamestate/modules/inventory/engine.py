"""The rules of the inventory, on frozen DTOs: no clock, no randomness, no I/O.

Each rule checks everything first and then changes a `Draft`: a refusal leaves nothing behind, not
even an item id that was taken and not used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from gamestate.modules.inventory.draft import Change, Draft
from gamestate.modules.inventory.dto import (
    EQUIPMENT_SLOTS,
    HANDS,
    MAIN_HAND,
    OFF_HAND,
    InventoryItemDTO,
    InventorySessionDTO,
)
from gamestate.modules.inventory.refusals import (
    BagFullError,
    EquippedError,
    NoDropError,
    NotEnoughError,
    NotEquippableError,
    QuestItemError,
    RequirementNotMetError,
    SlotEmptyError,
    TwoHandedConflictError,
    UniqueEquippedError,
    UnknownItemError,
    WrongSlotError,
)
from gamestate.modules.inventory.templates import ItemGateway, ItemTemplate, template_of


@frozen
class Granted:
    """`stacks`: the stacks that grew or were made, as they are now."""

    change: Change
    stacks: tuple[InventoryItemDTO, ...]


@frozen
class Equipped:
    """`item`: as it is worn now. `displaced`: what it took the place of, as it is now."""

    change: Change
    item: InventoryItemDTO
    displaced: tuple[InventoryItemDTO, ...] = ()


@frozen
class Unequipped:
    """`item`: as it lies in the backpack now."""

    change: Change
    item: InventoryItemDTO


@frozen
class Dropped:
    """`dropped`: how many are gone. `left`: how many the stack still has."""

    change: Change
    dropped: int
    left: int


class InventoryEngine:
    """The rules, for one catalogue and one capacity (in backpack slots).

    Every method takes a session and returns what became of it, or raises a RefusedError.
    """

    def __init__(self, items: ItemGateway, capacity_slots: int) -> None:
        self._items = items
        self._capacity = capacity_slots

    def grant(
        self,
        session: InventorySessionDTO,
        template_id: str,
        quantity: int,
        new_item_id: Callable[[], int],
    ) -> Granted:
        """Add `quantity` >= 1 of a template to the stacks with room, then as new ones.

        Raises:
            MalformedError: `unknown_template`.
            BagFullError: the new stacks do not all fit; then nothing is granted.
        """
        template = self._items.template(template_id)
        grown, rest = self._fill(session, template, quantity)
        self._require_room(session, -(-rest // template.max_stack))
        draft = Draft(session, self._items)
        stacks = [draft.resize(item, size) for item, size in grown]
        stacks += [
            draft.add(new_item_id(), template_id, size)
            for size in _stack_sizes(rest, template.max_stack)
        ]
        return Granted(draft.finish(), tuple(stacks))

    def equip(
        self,
        session: InventorySessionDTO,
        item_id: int,
        slot: str | None,
        stats: Mapping[str, int],
        new_item_id: Callable[[], int],
    ) -> Equipped:
        """Wear an item, one of the stack if it is one.

        Without `slot` it stays where it is worn, else goes into the first allowed slot that is
        free, else into the first allowed. What was there goes where the item came from, or into
        the backpack; a two-handed weapon clears both hands.

        Raises:
            UnknownItemError, NotEquippableError, WrongSlotError, RequirementNotMetError,
            TwoHandedConflictError, UniqueEquippedError: the item can't be worn there.
            BagFullError: what it displaces does not fit into the backpack.
        """
        item = _item(session, item_id)
        template = template_of(self._items, item.template_id)
        target = self._target(session, item, template, slot)
        if item.slot == target:
            return Equipped(Change(session), item)
        displaced = _displaced(session, item, template, target)
        self._require_wearable(session, item, template, target, stats)
        _require_unique(session, item, template, displaced)
        return self._swap(session, item, target, displaced, new_item_id)

    def unequip(self, session: InventorySessionDTO, slot: str) -> Unequipped:
        """Put what is in the slot into the backpack.

        Raises:
            WrongSlotError: there is no such slot.
            SlotEmptyError: nothing is in it.
            BagFullError: the backpack has no slot free.
        """
        if slot not in EQUIPMENT_SLOTS:
            raise WrongSlotError(slot, EQUIPMENT_SLOTS)
        item = _worn(session, slot)
        if item is None:
            raise SlotEmptyError(slot)
        self._require_room(session, 1)
        draft = Draft(session, self._items)
        stowed = draft.stow(item)
        return Unequipped(draft.finish(), stowed)

    def drop(self, session: InventorySessionDTO, item_id: int, quantity: int | None) -> Dropped:
        """Get rid of `quantity` >= 1 of a stack, of all of it if None.

        Raises:
            UnknownItemError, EquippedError, QuestItemError, NoDropError: it can't be dropped.
            NotEnoughError: the stack is smaller.
        """
        item = _item(session, item_id)
        self._require_droppable(item)
        dropped = item.quantity if quantity is None else quantity
        left = item.quantity - dropped
        if left < 0:
            raise NotEnoughError(item_id, item.quantity, dropped)
        draft = Draft(session, self._items)
        if left:
            draft.resize(item, left)
        else:
            draft.remove(item)
        return Dropped(draft.finish(), dropped, left)

    # ------------------------------------------------------------ grant

    def _fill(
        self, session: InventorySessionDTO, template: ItemTemplate, quantity: int
    ) -> tuple[list[tuple[InventoryItemDTO, int]], int]:
        """The stacks that take some of `quantity` with their new sizes, and what is left over."""
        grown = []
        for item_id in session.partials.get(template.template_id, ()):
            if quantity == 0:
                break
            item = session.items[item_id]
            added = min(quantity, template.max_stack - item.quantity)
            grown.append((item, item.quantity + added))
            quantity -= added
        return grown, quantity

    def _require_room(self, session: InventorySessionDTO, needed: int) -> None:
        # With nothing needed a backpack may be overfull: its capacity was configured down.
        free = max(0, self._capacity - session.slots_used)
        if needed > free:
            raise BagFullError(needed, free)

    # ------------------------------------------------------------ equip

    def _target(
        self,
        session: InventorySessionDTO,
        item: InventoryItemDTO,
        template: ItemTemplate,
        slot: str | None,
    ) -> str:
        if not template.slots:
            raise NotEquippableError(item.item_id, item.template_id)
        if slot is None:
            return item.slot or self._default_slot(session, template)
        if slot not in template.slots:
            raise WrongSlotError(slot, template.slots)
        return slot

    def _default_slot(self, session: InventorySessionDTO, template: ItemTemplate) -> str:
        busy = set(session.equipped)
        if self._two_hander(session) is not None:
            busy.add(OFF_HAND)
        return next((slot for slot in template.slots if slot not in busy), template.slots[0])

    def _two_hander(self, session: InventorySessionDTO) -> InventoryItemDTO | None:
        held = _worn(session, MAIN_HAND)
        if held is not None and template_of(self._items, held.template_id).two_handed:
            return held
        return None

    def _require_wearable(
        self,
        session: InventorySessionDTO,
        item: InventoryItemDTO,
        template: ItemTemplate,
        target: str,
        stats: Mapping[str, int],
    ) -> None:
        for stat, needed in template.requirements.items():
            if (has := stats.get(stat, 0)) < needed:
                raise RequirementNotMetError(stat, needed, has)
        two_hander = self._two_hander(session) if target == OFF_HAND else None
        if two_hander is not None and two_hander.item_id != item.item_id:
            raise TwoHandedConflictError(target, two_hander.item_id)

    def _swap(
        self,
        session: InventorySessionDTO,
        item: InventoryItemDTO,
        target: str,
        displaced: list[InventoryItemDTO],
        new_item_id: Callable[[], int],
    ) -> Equipped:
        swapped = [other for other in displaced if self._fits_where(item, other)]
        stowed = [other for other in displaced if other not in swapped]
        leaves_bag = item.slot is None and item.quantity == 1
        self._require_room(session, max(0, len(stowed) - leaves_bag))
        draft = Draft(session, self._items)
        worn = _wear_one(draft, item, target, new_item_id)
        moved = [draft.wear(other, str(item.slot)) for other in swapped]
        moved += [draft.stow(other, item.position) for other in stowed]
        return Equipped(draft.finish(), worn, tuple(moved))

    def _fits_where(self, item: InventoryItemDTO, other: InventoryItemDTO) -> bool:
        """Whether `other` may be worn where `item` is worn now."""
        return item.slot in template_of(self._items, other.template_id).slots

    # ------------------------------------------------------------ drop

    def _require_droppable(self, item: InventoryItemDTO) -> None:
        if item.slot is not None:
            raise EquippedError(item.item_id, item.slot)
        template = template_of(self._items, item.template_id)
        if "quest" in template.flags:
            raise QuestItemError(item.item_id, item.template_id)
        if "no_drop" in template.flags:
            raise NoDropError(item.item_id, item.template_id)


def _item(session: InventorySessionDTO, item_id: int) -> InventoryItemDTO:
    try:
        return session.items[item_id]
    except KeyError:
        raise UnknownItemError(item_id) from None


def _worn(session: InventorySessionDTO, slot: str) -> InventoryItemDTO | None:
    item_id = session.equipped.get(slot)
    return None if item_id is None else session.items[item_id]


def _stack_sizes(quantity: int, max_stack: int) -> list[int]:
    full, rest = divmod(quantity, max_stack)
    return [max_stack] * full + [rest] * (rest > 0)


def _displaced(
    session: InventorySessionDTO, item: InventoryItemDTO, template: ItemTemplate, target: str
) -> list[InventoryItemDTO]:
    cleared = HANDS if template.two_handed else (target,)
    worn = (_worn(session, slot) for slot in cleared)
    return [other for other in worn if other is not None and other is not item]


def _require_unique(
    session: InventorySessionDTO,
    item: InventoryItemDTO,
    template: ItemTemplate,
    displaced: list[InventoryItemDTO],
) -> None:
    if "unique_equipped" not in template.flags:
        return
    for slot, item_id in session.equipped.items():
        other = session.items[item_id]
        if other.template_id == item.template_id and other not in (item, *displaced):
            raise UniqueEquippedError(item_id, slot)


def _wear_one(
    draft: Draft, item: InventoryItemDTO, slot: str, new_item_id: Callable[[], int]
) -> InventoryItemDTO:
    if item.quantity == 1:
        return draft.wear(item, slot)
    draft.resize(item, item.quantity - 1)
    return draft.add(new_item_id(), item.template_id, 1, slot, item.data)
