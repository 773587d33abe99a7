"""What the rules of the inventory refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from gamestate.errors import RefusedError


class UnknownItemError(RefusedError):
    """The character has no such item."""

    code = "unknown_item"
    text = "the character has no item {item_id}"
    item_id: int


class BagFullError(RefusedError):
    """The backpack has too few free slots; nothing was moved or granted, not even in part."""

    code = "bag_full"
    text = "the backpack needs {needed} free slots and has {free}"
    needed: int
    free: int


class NotEquippableError(RefusedError):
    """The item can't be worn at all."""

    code = "not_equippable"
    text = "{template_id} can't be equipped"
    item_id: int
    template_id: str


class WrongSlotError(RefusedError):
    """The item does not go into this slot, or there is no such slot."""

    code = "wrong_slot"
    text = "{slot!r} is not one of {allowed}"
    slot: str
    allowed: Sequence[str]


class RequirementNotMetError(RefusedError):
    """A stat is too low for the item."""

    code = "requirement_not_met"
    text = "{stat} must be at least {needed} and is {has}"
    stat: str
    needed: int
    has: int


class UniqueEquippedError(RefusedError):
    """Another item of the same template is worn, and only one may be."""

    code = "unique_equipped"
    text = "only one of these may be equipped; item {item_id} is in {slot}"
    item_id: int
    slot: str


class TwoHandedConflictError(RefusedError):
    """The other hand holds a two-handed weapon; take that off first."""

    code = "two_handed_conflict"
    text = "{slot} is not free: item {item_id} is held with both hands"
    slot: str
    item_id: int


class SlotEmptyError(RefusedError):
    """There is nothing in the slot."""

    code = "slot_empty"
    text = "nothing is equipped in {slot}"
    slot: str


class EquippedError(RefusedError):
    """The item is worn; take it off first."""

    code = "equipped"
    text = "item {item_id} is equipped in {slot}; unequip it first"
    item_id: int
    slot: str


class NotEnoughError(RefusedError):
    """The stack is smaller than what was asked for. If items of a template were asked for, from any
    stack, the refusal has the fact `template_id` instead of `item_id`."""

    code = "not_enough"
    text = "item {item_id} is a stack of {has}, not of {needed}"
    item_id: int
    has: int
    needed: int

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
    text = "{template_id} can't be dropped"
    item_id: int
    template_id: str


class QuestItemError(RefusedError):
    """A quest needs the item; it can't be dropped."""

    code = "quest_item"
    text = "{template_id} belongs to a quest and can't be dropped"
    item_id: int
    template_id: str


class TooHeavyError(RefusedError):
    """It weighs more than the character can still carry; only if the server enforces weight."""

    code = "too_heavy"
    text = "it weighs {needed_lb} lb and {free_lb} lb can still be carried"
    needed_lb: float
    free_lb: float


class BoundError(RefusedError):
    """The item is bound to the character: it can't be dropped for others."""

    code = "bound"
    text = "item {item_id} is bound to its owner"
    item_id: int


class LockedError(RefusedError):
    """The item is locked; unlock it first."""

    code = "locked"
    text = "item {item_id} is locked; unlock it first"
    item_id: int


class ConfirmationRequiredError(RefusedError):
    """The item is precious: send it again with `confirm` to destroy it."""

    code = "confirmation_required"
    text = "{quantity} of {template_id} would be destroyed; send it again with confirm"
    item_id: int
    template_id: str
    quantity: int


class SplitExceedsError(RefusedError):
    """A part of a stack must be smaller than the stack."""

    code = "split_exceeds"
    text = "{quantity} can't be split off item {item_id}, a stack of {has}"
    item_id: int
    quantity: int
    has: int


class NotStackableError(RefusedError):
    """The two are not of one kind, or differ in what sets an instance apart, or are one and the
    same."""

    code = "not_stackable"
    text = "item {source_id} does not stack with item {target_id}"
    source_id: int
    target_id: int


class StackLimitError(RefusedError):
    """The stack is full."""

    code = "stack_limit"
    text = "item {item_id} is a full stack of {max_stack}"
    item_id: int
    max_stack: int


class WrongPositionError(RefusedError):
    """The backpack has no such position."""

    code = "wrong_position"
    text = "position {position} is not below {capacity}"
    position: int
    capacity: int


class NotUsableError(RefusedError):
    """The item can't be used at all; what it does, it does by being worn, or not at all."""

    code = "not_usable"
    text = "{template_id} can't be used"
    item_id: int
    template_id: str


class CooldownError(RefusedError):
    """The item, or another of its cooldown group, was used a moment ago."""

    code = "cooldown"
    text = "{group} is ready again in {remaining_s} s"
    group: str
    remaining_s: float


class NoChargesError(RefusedError):
    """The item has no charge left."""

    code = "no_charges"
    text = "item {item_id} has no charges left"
    item_id: int


class NoEffectError(RefusedError):
    """Using the item now would change nothing; it was not used up."""

    code = "no_effect"
    text = "item {item_id} would do nothing now"
    item_id: int


class QuickSlotEmptyError(RefusedError):
    """The quick slot points to nothing."""

    code = "quick_slot_empty"
    text = "quick slot {index} is empty"
    index: int
