"""What the rules of the inventory refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from gamestate.errors import RefusedError


class UnknownItemError(RefusedError):
    """The character has no such item."""

    code = "unknown_item"

    def __init__(self, item_id: int) -> None:
        super().__init__(f"the character has no item {item_id}", item_id=item_id)


class BagFullError(RefusedError):
    """The backpack has too few free slots; nothing was moved or granted, not even in part."""

    code = "bag_full"

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(
            f"the backpack needs {needed} free slots and has {free}", needed=needed, free=free
        )


class NotEquippableError(RefusedError):
    """The item can't be worn at all."""

    code = "not_equippable"

    def __init__(self, item_id: int, template_id: str) -> None:
        super().__init__(
            f"{template_id} can't be equipped", item_id=item_id, template_id=template_id
        )


class WrongSlotError(RefusedError):
    """The item does not go into this slot, or there is no such slot."""

    code = "wrong_slot"

    def __init__(self, slot: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"{slot!r} is not one of {', '.join(allowed)}", slot=slot, allowed=list(allowed)
        )


class RequirementNotMetError(RefusedError):
    """A stat is too low for the item."""

    code = "requirement_not_met"

    def __init__(self, stat: str, needed: int, has: int) -> None:
        super().__init__(
            f"{stat} must be at least {needed} and is {has}", stat=stat, needed=needed, has=has
        )


class UniqueEquippedError(RefusedError):
    """Another item of the same template is worn, and only one may be."""

    code = "unique_equipped"

    def __init__(self, item_id: int, slot: str) -> None:
        super().__init__(
            f"only one of these may be equipped; item {item_id} is in {slot}",
            item_id=item_id,
            slot=slot,
        )


class TwoHandedConflictError(RefusedError):
    """The other hand holds a two-handed weapon; take that off first."""

    code = "two_handed_conflict"

    def __init__(self, slot: str, item_id: int) -> None:
        super().__init__(
            f"{slot} is not free: item {item_id} is held with both hands",
            slot=slot,
            item_id=item_id,
        )


class SlotEmptyError(RefusedError):
    """There is nothing in the slot."""

    code = "slot_empty"

    def __init__(self, slot: str) -> None:
        super().__init__(f"nothing is equipped in {slot}", slot=slot)


class EquippedError(RefusedError):
    """The item is worn; take it off first."""

    code = "equipped"

    def __init__(self, item_id: int, slot: str) -> None:
        super().__init__(
            f"item {item_id} is equipped in {slot}; unequip it first", item_id=item_id, slot=slot
        )


class NotEnoughError(RefusedError):
    """The stack is smaller than what was asked for; if whatever stacks there are were asked for, it
    names the template instead of the item."""

    code = "not_enough"

    def __init__(self, item_id: int, has: int, needed: int) -> None:
        super().__init__(
            f"item {item_id} is a stack of {has}, not of {needed}",
            item_id=item_id,
            has=has,
            needed=needed,
        )

    @classmethod
    def of_template(cls, template_id: str, has: int, needed: int) -> Self:
        """All stacks of a template together are too small."""
        error = cls.__new__(cls)
        detail = f"there are {has} of {template_id!r} in the backpack, not {needed}"
        RefusedError.__init__(error, detail, template_id=template_id, has=has, needed=needed)
        return error


class NoDropError(RefusedError):
    """The item may never be dropped."""

    code = "no_drop"

    def __init__(self, item_id: int, template_id: str) -> None:
        super().__init__(
            f"{template_id} can't be dropped", item_id=item_id, template_id=template_id
        )


class QuestItemError(RefusedError):
    """A quest needs the item; it can't be dropped."""

    code = "quest_item"

    def __init__(self, item_id: int, template_id: str) -> None:
        super().__init__(
            f"{template_id} belongs to a quest and can't be dropped",
            item_id=item_id,
            template_id=template_id,
        )


class TooHeavyError(RefusedError):
    """It weighs more than the character can still carry; only if the server enforces weight."""

    code = "too_heavy"

    def __init__(self, needed_lb: float, free_lb: float) -> None:
        super().__init__(
            f"it weighs {needed_lb} lb and {free_lb} lb can still be carried",
            needed_lb=needed_lb,
            free_lb=free_lb,
        )


class BoundError(RefusedError):
    """The item is bound to the character: it can't be dropped for others."""

    code = "bound"

    def __init__(self, item_id: int) -> None:
        super().__init__(f"item {item_id} is bound to its owner", item_id=item_id)


class LockedError(RefusedError):
    """The item is locked; unlock it first."""

    code = "locked"

    def __init__(self, item_id: int) -> None:
        super().__init__(f"item {item_id} is locked; unlock it first", item_id=item_id)


class ConfirmationRequiredError(RefusedError):
    """The item is precious: send it again with `confirm` to destroy it."""

    code = "confirmation_required"

    def __init__(self, item_id: int, template_id: str, quantity: int) -> None:
        super().__init__(
            f"{quantity} of {template_id} would be destroyed; send it again with confirm",
            item_id=item_id,
            template_id=template_id,
            quantity=quantity,
        )


class SplitExceedsError(RefusedError):
    """A part of a stack must be smaller than the stack."""

    code = "split_exceeds"

    def __init__(self, item_id: int, quantity: int, has: int) -> None:
        super().__init__(
            f"{quantity} can't be split off item {item_id}, a stack of {has}",
            item_id=item_id,
            quantity=quantity,
            has=has,
        )


class NotStackableError(RefusedError):
    """The two are not of one kind, or differ in what sets an instance apart, or are one and the
    same."""

    code = "not_stackable"

    def __init__(self, source_id: int, target_id: int) -> None:
        super().__init__(
            f"item {source_id} does not stack with item {target_id}",
            source_id=source_id,
            target_id=target_id,
        )


class StackLimitError(RefusedError):
    """The stack is full."""

    code = "stack_limit"

    def __init__(self, item_id: int, max_stack: int) -> None:
        super().__init__(
            f"item {item_id} is a full stack of {max_stack}", item_id=item_id, max_stack=max_stack
        )


class WrongPositionError(RefusedError):
    """The backpack has no such position."""

    code = "wrong_position"

    def __init__(self, position: int, capacity: int) -> None:
        super().__init__(
            f"position {position} is not below {capacity}", position=position, capacity=capacity
        )


class NotUsableError(RefusedError):
    """The item can't be used at all; what it does, it does by being worn, or not at all."""

    code = "not_usable"

    def __init__(self, item_id: int, template_id: str) -> None:
        super().__init__(f"{template_id} can't be used", item_id=item_id, template_id=template_id)


class CooldownError(RefusedError):
    """The item, or another of its cooldown group, was used a moment ago."""

    code = "cooldown"

    def __init__(self, group: str, remaining_s: float) -> None:
        super().__init__(
            f"{group} is ready again in {remaining_s} s", group=group, remaining_s=remaining_s
        )


class NoChargesError(RefusedError):
    """The item has no charge left."""

    code = "no_charges"

    def __init__(self, item_id: int) -> None:
        super().__init__(f"item {item_id} has no charges left", item_id=item_id)


class NoEffectError(RefusedError):
    """Using the item now would change nothing; it was not used up."""

    code = "no_effect"

    def __init__(self, item_id: int) -> None:
        super().__init__(f"item {item_id} would do nothing now", item_id=item_id)


class QuickSlotEmptyError(RefusedError):
    """The quick slot points to nothing."""

    code = "quick_slot_empty"

    def __init__(self, index: int) -> None:
        super().__init__(f"quick slot {index} is empty", index=index)
