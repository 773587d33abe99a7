"""What the rules of the inventory refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from gamestate.errors import RefusedError


class UnknownItemError(RefusedError):
    """Refused: the character has no such item."""

    code = "unknown_item"
    text = "the character has no item {item_id}"
    item_id: int


class BagFullError(RefusedError):
    """Refused: the backpack has too few free slots. Nothing was moved or granted."""

    code = "bag_full"
    text = "the backpack needs {needed} free slots and has {free}"
    needed: int
    free: int


class NotEquippableError(RefusedError):
    """Refused: items of this template can't be equipped."""

    code = "not_equippable"
    text = "{template_id} can't be equipped"
    item_id: int
    template_id: str


class WrongSlotError(RefusedError):
    """Refused: the item does not go into this slot, or there is no such slot."""

    code = "wrong_slot"
    text = "{slot!r} is not one of these slots: {allowed}"
    slot: str
    allowed: Sequence[str]


class RequirementNotMetError(RefusedError):
    """Refused: a stat is too low for the item."""

    code = "requirement_not_met"
    text = "{stat} must be at least {needed} and is {has}"
    stat: str
    needed: int
    has: int


class UniqueEquippedError(RefusedError):
    """Refused: another item of the same template is worn, and only one may be."""

    code = "unique_equipped"
    text = "only one of these may be equipped; item {item_id} is in {slot}"
    item_id: int
    slot: str


class TwoHandedConflictError(RefusedError):
    """Refused: the other hand holds a two-handed weapon; take that off first."""

    code = "two_handed_conflict"
    text = "{slot} is not free: item {item_id} is held with both hands"
    slot: str
    item_id: int


class SlotEmptyError(RefusedError):
    """Refused: there is nothing in the slot."""

    code = "slot_empty"
    text = "nothing is equipped in {slot}"
    slot: str


class EquippedError(RefusedError):
    """Refused: the item is worn; take it off first."""

    code = "equipped"
    text = "item {item_id} is equipped in {slot}; unequip it first"
    item_id: int
    slot: str


class NotEnoughError(RefusedError):
    """Refused: the stack is smaller than what was asked for. If items of a template were asked for,
    from any stack, the refusal has the fact `template_id` instead of `item_id`."""

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
    """Refused: the item may never be dropped."""

    code = "no_drop"
    text = "{template_id} can't be dropped"
    item_id: int
    template_id: str


class QuestItemError(RefusedError):
    """Refused: a quest needs the item. It can't be dropped or destroyed."""

    code = "quest_item"
    text = "{template_id} belongs to a quest and can't be dropped or destroyed"
    item_id: int
    template_id: str


class TooHeavyError(RefusedError):
    """Refused: the items weigh more than the character can still carry. Only if the server enforces
    weight."""

    code = "too_heavy"
    text = "it weighs {needed_lb} lb and {free_lb} lb can still be carried"
    needed_lb: float
    free_lb: float


class BoundError(RefusedError):
    """Refused: the item is bound to the character: it can't be dropped for others."""

    code = "bound"
    text = "item {item_id} is bound to its owner"
    item_id: int


class LockedError(RefusedError):
    """Refused: the item is locked; unlock it first."""

    code = "locked"
    text = "item {item_id} is locked; unlock it first"
    item_id: int


class ConfirmationRequiredError(RefusedError):
    """Refused: destroying an item this rare takes a confirmation. Send it again with `confirm`."""

    code = "confirmation_required"
    text = "{quantity} of {template_id} would be destroyed; send it again with confirm"
    item_id: int
    template_id: str
    quantity: int


class SplitExceedsError(RefusedError):
    """Refused: a part of a stack must be smaller than the stack."""

    code = "split_exceeds"
    text = "{quantity} can't be split off item {item_id}, a stack of {has}"
    item_id: int
    quantity: int
    has: int


class NotStackableError(RefusedError):
    """Refused: the two stacks have different templates or different data, or are the same stack."""

    code = "not_stackable"
    text = "item {source_id} does not stack with item {target_id}"
    source_id: int
    target_id: int


class StackLimitError(RefusedError):
    """Refused: the stack is full."""

    code = "stack_limit"
    text = "item {item_id} is a full stack of {max_stack}"
    item_id: int
    max_stack: int


class WrongPositionError(RefusedError):
    """Refused: the backpack has no such position."""

    code = "wrong_position"
    text = "position {position} is not below {capacity}"
    position: int
    capacity: int


class NotUsableError(RefusedError):
    """Refused: items of this template can't be used."""

    code = "not_usable"
    text = "{template_id} can't be used"
    item_id: int
    template_id: str


class CooldownError(RefusedError):
    """Refused: the cooldown of the item, or of its cooldown group, is not over."""

    code = "cooldown"
    text = "{group} is ready again in {remaining_s} s"
    group: str
    remaining_s: float


class NoChargesError(RefusedError):
    """Refused: the item has no charge left."""

    code = "no_charges"
    text = "item {item_id} has no charges left"
    item_id: int


class NoEffectError(RefusedError):
    """Refused: using the item now would change nothing. No charge was spent."""

    code = "no_effect"
    text = "item {item_id} would do nothing now"
    item_id: int


class QuickSlotEmptyError(RefusedError):
    """Refused: the quick slot points to nothing."""

    code = "quick_slot_empty"
    text = "quick slot {index} is empty"
    index: int
