"""Stacks and places of the backpack: grant, split, merge, move."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from gamestate.content.templates import ItemTemplate
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.draft import Change
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.limits import MLB_PER_LB
from gamestate.modules.inventory.quick_slots import QuickSlotRules
from gamestate.modules.inventory.refusals import (
    BagFullError,
    NotEnoughError,
    NotStackableError,
    SplitExceedsError,
    StackLimitError,
    TooHeavyError,
    WrongPositionError,
)
from gamestate.modules.inventory.rules import in_backpack


@frozen
class Granted:
    """`stacks`: the stacks that grew or were made, as they are now. `granted`: how many came."""

    change: Change
    stacks: tuple[InventoryItemDTO, ...]
    granted: int


@frozen
class Split:
    """`part`: the new stack. `source`: what the old one is now."""

    change: Change
    part: InventoryItemDTO
    source: InventoryItemDTO


@frozen
class Merged:
    """`target` as it is now. `source`: what is left of it, None if nothing. `moved`: how many."""

    change: Change
    target: InventoryItemDTO
    source: InventoryItemDTO | None
    moved: int


@frozen
class Moved:
    """`item` as it lies now. `swapped`: what lay there before, as it lies now."""

    change: Change
    item: InventoryItemDTO
    swapped: InventoryItemDTO | None = None


@frozen
class Taken:
    """`taken`: how many, from all stacks together."""

    change: Change
    taken: int


class StackRules(QuickSlotRules):
    """Grant, take, split, merge and move."""

    def grant(
        self,
        session: InventorySessionDTO,
        template_id: str,
        quantity: int,
        bearer: Bearer,
        new_item_id: Callable[[], int],
        *,
        partial: bool = False,
    ) -> Granted:
        """Add `quantity` >= 1 of a template to the stacks with room, the lowest id first, then as
        new ones. With `partial` as many as fit.

        Raises:
            MalformedError: `unknown_template`.
            TooHeavyError, BagFullError: they do not all fit (with `partial`: not one of them);
                then nothing is granted.
        """
        template = self._items.template(template_id)
        quantity = self._carriable(session, bearer, template, quantity, partial=partial)
        grown, rest = self._fill(session, template, quantity)
        fitting = self._fitting(session, bearer, template, rest)
        if fitting < rest and not (partial and (grown or fitting)):
            needed, free = -(-rest // template.max_stack), -(-fitting // template.max_stack)
            raise BagFullError(needed, free)
        draft = self._draft(session)
        stacks = [draft.resize(item, size) for item, size in grown]
        stacks += [
            draft.add(new_item_id(), template_id, size)
            for size in _stack_sizes(fitting, template.max_stack)
        ]
        return Granted(draft.finish(), tuple(stacks), quantity - rest + fitting)

    def take(self, session: InventorySessionDTO, template_id: str, quantity: int) -> Taken:
        """Take `quantity` >= 1 of a template from the stacks of the backpack, the lowest id first.
        What is worn or locked is left alone.

        Raises:
            NotEnoughError: there are not as many; then nothing is taken.
        """
        stacks = sorted(_takable(session, template_id), key=lambda item: item.item_id)
        has = sum(item.quantity for item in stacks)
        if has < quantity:
            raise NotEnoughError.of_template(template_id, has, quantity)
        change, left = Change(session), quantity
        for item in stacks:
            if not left:
                break
            from_this = min(left, item.quantity)
            change = self._reduced(change, item, item.quantity - from_this)
            left -= from_this
        return Taken(change, quantity)

    def count(self, session: InventorySessionDTO, template_id: str) -> int:
        """How many of a template there are, worn ones included."""
        carried = session.items.values()
        return sum(item.quantity for item in carried if item.template_id == template_id)

    def split(
        self,
        session: InventorySessionDTO,
        item_id: int,
        quantity: int,
        bearer: Bearer,
        new_item_id: Callable[[], int],
    ) -> Split:
        """Make `quantity` >= 1 of a stack a stack of their own.

        Raises:
            UnknownItemError, EquippedError, SplitExceedsError, BagFullError.
        """
        item = in_backpack(session, item_id)
        if quantity >= item.quantity:
            raise SplitExceedsError(item_id, quantity, item.quantity)
        self._require_room(session, bearer, 1)
        draft = self._draft(session)
        source = draft.resize(item, item.quantity - quantity)
        part = draft.add(new_item_id(), item.template_id, quantity, data=item.data)
        return Split(draft.finish(), part, source)

    def merge(self, session: InventorySessionDTO, source_id: int, target_id: int) -> Merged:
        """Move as much of the source onto the target as fits. If nothing is left of the source,
        its quick slot passes to the target, unless that has one.

        Raises:
            UnknownItemError, EquippedError, NotStackableError, StackLimitError.
        """
        source, target = in_backpack(session, source_id), in_backpack(session, target_id)
        max_stack = self._template(target).max_stack
        if source is target or not _alike(source, target):
            raise NotStackableError(source_id, target_id)
        moved = min(source.quantity, max_stack - target.quantity)
        if moved <= 0:
            raise StackLimitError(target_id, max_stack)
        draft = self._draft(session)
        grown = draft.resize(target, target.quantity + moved)
        if moved < source.quantity:
            left = draft.resize(source, source.quantity - moved)
            return Merged(draft.finish(), grown, left, moved)
        if source_id in session.quick_slots and target_id not in session.quick_slots:
            draft.assign(session.quick_slots.index(source_id), target_id)
            draft.remove(source)
        else:
            self._remove(draft, session, source)
        return Merged(draft.finish(), grown, None, moved)

    def move(
        self, session: InventorySessionDTO, item_id: int, position: int, bearer: Bearer
    ) -> Moved:
        """Move an item to a position >= 0 of the backpack; an item there swaps places with it.

        Raises:
            UnknownItemError, EquippedError, WrongPositionError.
        """
        item = in_backpack(session, item_id)
        capacity = self._limits.capacity(session, bearer)
        if position >= capacity:
            raise WrongPositionError(position, capacity)
        if item.position == position:
            return Moved(Change(session), item)
        draft = self._draft(session)
        if session.taken >> position & 1:
            other = next(one for one in session.items.values() if one.position == position)
            moved, swapped = draft.swap(item, other)
            return Moved(draft.finish(), moved, swapped)
        moved = draft.stow(item, position)
        return Moved(draft.finish(), moved)

    def _reduced(self, change: Change, item: InventoryItemDTO, left: int) -> Change:
        """The change, and the stack reduced to `left`."""
        draft = self._draft(change.session)
        if left:
            draft.resize(item, left)
        else:
            self._remove(draft, change.session, item)
        further = draft.finish()
        return Change(further.session, tuple({*change.touched, *further.touched}))

    def _carriable(
        self,
        session: InventorySessionDTO,
        bearer: Bearer,
        template: ItemTemplate,
        quantity: int,
        *,
        partial: bool,
    ) -> int:
        """How many of `quantity` may still be carried, by weight."""
        free_mlb = self._limits.free_mlb(session, bearer)
        needed_mlb = quantity * template.weight_mlb
        if free_mlb is None or needed_mlb <= free_mlb:
            return quantity
        fitting = free_mlb // template.weight_mlb
        if partial and fitting:
            return fitting
        raise TooHeavyError(needed_mlb / MLB_PER_LB, free_mlb / MLB_PER_LB)

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

    def _fitting(
        self, session: InventorySessionDTO, bearer: Bearer, template: ItemTemplate, rest: int
    ) -> int:
        """How many of `rest` fit as new stacks."""
        return min(rest, self._limits.free_slots(session, bearer) * template.max_stack)


def _takable(session: InventorySessionDTO, template_id: str) -> Iterator[InventoryItemDTO]:
    for item in session.items.values():
        if item.template_id == template_id and item.slot is None and not item.locked:
            yield item


def _alike(source: InventoryItemDTO, target: InventoryItemDTO) -> bool:
    return source.template_id == target.template_id and source.data == target.data


def _stack_sizes(quantity: int, max_stack: int) -> Iterator[int]:
    while quantity > 0:
        yield min(quantity, max_stack)
        quantity -= max_stack
