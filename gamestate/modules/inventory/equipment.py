"""Which items may be worn where, and which they displace."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from gamestate.content.templates import ItemTemplate
from gamestate.errors import DeadError, InCombatError, RefusedError
from gamestate.modules.inventory.bearer import Bearer
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
    NotEquippableError,
    RequirementNotMetError,
    SlotEmptyError,
    TwoHandedConflictError,
    UniqueEquippedError,
    WrongSlotError,
)
from gamestate.modules.inventory.rules import Rules, carried


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
class Fitting:
    """How an item may be put on: into `slot`, where `displaced` is in its way."""

    item: InventoryItemDTO
    template: ItemTemplate
    slot: str
    displaced: tuple[InventoryItemDTO, ...]


class EquipmentRules(Rules):
    """Equip and unequip."""

    def equip(
        self,
        session: InventorySessionDTO,
        item_id: int,
        slot: str | None,
        bearer: Bearer,
        new_item_id: Callable[[], int],
    ) -> Equipped:
        """Wear an item, one of the stack if it is one.

        Without `slot` it stays where it is worn, else goes into the first allowed slot that is
        free, else into the first allowed. What was there goes where the item came from, or into
        the backpack; a two-handed weapon clears both hands. What binds when equipped is bound then.

        Raises:
            UnknownItemError, NotEquippableError, WrongSlotError, DeadError, InCombatError,
            RequirementNotMetError, TwoHandedConflictError, UniqueEquippedError: the item can't be
                worn there.
            BagFullError: what it displaces does not fit into the backpack.
        """
        fitting = self._fitting_of(session, carried(session, item_id), slot, bearer)
        if fitting.item.slot == fitting.slot:
            return Equipped(Change(session), fitting.item)
        swapped, stowed = self._moved_away(session, fitting, bearer)
        draft = self._draft(session)
        worn = _wear_one(draft, fitting, new_item_id)
        moved = [draft.wear(other, str(fitting.item.slot)) for other in swapped]
        moved += [draft.stow(other, fitting.item.position) for other in stowed]
        return Equipped(draft.finish(), worn, tuple(moved))

    def unequip(self, session: InventorySessionDTO, slot: str, bearer: Bearer) -> Unequipped:
        """Put what is in the slot into the backpack.

        Raises:
            WrongSlotError: there is no such slot.
            SlotEmptyError: nothing is in it.
            DeadError, InCombatError: the character can't do it now.
            BagFullError: the backpack has no slot free.
        """
        if slot not in EQUIPMENT_SLOTS:
            raise WrongSlotError(slot, list(EQUIPMENT_SLOTS))
        item = worn_in(session, slot)
        if item is None:
            raise SlotEmptyError(slot)
        _require_free_to_change(bearer, slot)
        self._require_room(session, bearer, 1)
        draft = self._draft(session)
        stowed = draft.stow(item)
        return Unequipped(draft.finish(), stowed)

    def equip_refusal(
        self, session: InventorySessionDTO, item: InventoryItemDTO, bearer: Bearer
    ) -> RefusedError | None:
        """Why the item can't be put on now; None if it can, or is worn already."""
        try:
            fitting = self._fitting_of(session, item, None, bearer)
            self._moved_away(session, fitting, bearer)
        except RefusedError as error:
            return error
        return None

    def _fitting_of(
        self, session: InventorySessionDTO, item: InventoryItemDTO, slot: str | None, bearer: Bearer
    ) -> Fitting:
        """Where the item goes. Raises: all that `equip` raises, but BagFullError."""
        template = self._template(item)
        target = self._target(session, item, template, slot)
        if item.slot == target:
            return Fitting(item, template, target, ())
        _require_free_to_change(bearer, target, *([] if item.slot is None else [item.slot]))
        _require_stats(template, bearer)
        self._require_free_hand(session, item, target)
        fitting = Fitting(item, template, target, _displaced(session, item, template, target))
        _require_unique(session, fitting)
        return fitting

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
            raise WrongSlotError(slot, list(template.slots))
        return slot

    def _default_slot(self, session: InventorySessionDTO, template: ItemTemplate) -> str:
        busy = set(session.equipped)
        if self._two_hander(session) is not None:
            busy.add(OFF_HAND)
        return next((slot for slot in template.slots if slot not in busy), template.slots[0])

    def _two_hander(self, session: InventorySessionDTO) -> InventoryItemDTO | None:
        held = worn_in(session, MAIN_HAND)
        return held if held is not None and self._template(held).two_handed else None

    def _require_free_hand(
        self, session: InventorySessionDTO, item: InventoryItemDTO, target: str
    ) -> None:
        two_hander = self._two_hander(session) if target == OFF_HAND else None
        if two_hander is not None and two_hander.item_id != item.item_id:
            raise TwoHandedConflictError(target, two_hander.item_id)

    def _moved_away(
        self, session: InventorySessionDTO, fitting: Fitting, bearer: Bearer
    ) -> tuple[list[InventoryItemDTO], list[InventoryItemDTO]]:
        """What is displaced: what goes where the item was worn, and what into the backpack.

        Raises: BagFullError.
        """
        item = fitting.item
        swapped = [one for one in fitting.displaced if item.slot in self._template(one).slots]
        stowed = [one for one in fitting.displaced if one not in swapped]
        leaves_bag = item.slot is None and item.quantity == 1
        self._require_room(session, bearer, max(0, len(stowed) - leaves_bag))
        return swapped, stowed


def worn_in(session: InventorySessionDTO, slot: str) -> InventoryItemDTO | None:
    """What is in an equipment slot."""
    item_id = session.equipped.get(slot)
    return None if item_id is None else session.items[item_id]


def _require_free_to_change(bearer: Bearer, *slots: str) -> None:
    """The dead change nothing; in a fight only the hands can be changed."""
    if bearer.core.dead:
        raise DeadError
    if bearer.fighting and not set(slots) <= set(HANDS):
        raise InCombatError


def _require_stats(template: ItemTemplate, bearer: Bearer) -> None:
    for stat, needed in template.requirements.items():
        if (has := bearer.stats.get(stat, 0)) < needed:
            raise RequirementNotMetError(stat, needed, has)


def _displaced(
    session: InventorySessionDTO, item: InventoryItemDTO, template: ItemTemplate, target: str
) -> tuple[InventoryItemDTO, ...]:
    cleared = HANDS if template.two_handed else (target,)
    worn = (worn_in(session, slot) for slot in cleared)
    return tuple(other for other in worn if other is not None and other is not item)


def _require_unique(session: InventorySessionDTO, fitting: Fitting) -> None:
    if "unique_equipped" not in fitting.template.flags:
        return
    for slot, item_id in session.equipped.items():
        other = session.items[item_id]
        same_kind = other.template_id == fitting.item.template_id
        if same_kind and other not in (fitting.item, *fitting.displaced):
            raise UniqueEquippedError(item_id, slot)


def _wear_one(draft: Draft, fitting: Fitting, new_item_id: Callable[[], int]) -> InventoryItemDTO:
    item = fitting.item
    if item.quantity > 1:
        draft.resize(item, item.quantity - 1)
        worn = draft.add(new_item_id(), item.template_id, 1, fitting.slot, item.data)
    else:
        worn = draft.wear(item, fitting.slot)
    binds = "bind_on_equip" in fitting.template.flags and not worn.bound
    return draft.mark(worn, bound=True) if binds else worn
