"""What the rules of the inventory refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Sequence

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
    """The stack is smaller than what was asked for."""

    code = "not_enough"

    def __init__(self, item_id: int, has: int, needed: int) -> None:
        super().__init__(
            f"item {item_id} is a stack of {has}, not of {needed}",
            item_id=item_id,
            has=has,
            needed=needed,
        )


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
