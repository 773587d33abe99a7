"""The frozen state of one inventory.

An item is either worn (`slot`) or in the backpack (`position`), never both and never neither. The
derived fields of a session follow from its items; `assembly` computes them once, `Draft` keeps them
up to date, and nothing else makes a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from attrs import frozen

MAIN_HAND: Final = "main_hand"
OFF_HAND: Final = "off_hand"
HANDS: Final = (MAIN_HAND, OFF_HAND)
EQUIPMENT_SLOTS: Final = (*HANDS, "head", "chest", "legs", "feet", "accessory_1", "accessory_2")

NO_QUICK_SLOTS: Final[tuple[int | None, ...]] = (None,) * 6

MAX_PLACES: Final = 65_536
"""Backpack positions are below this, whatever the capacity."""


@frozen(weakref_slot=False)
class InventoryItemDTO:
    """One item instance, or a stack of equal ones (`quantity` >= 1).

    `slot`: the equipment slot it is worn in. `position`: its place in the backpack, from 0.
    `data`: what sets this instance apart (charges, a bond, a lock); JSON values, never mutated.
    Items with data never stack.
    """

    item_id: int
    template_id: str
    quantity: int
    slot: str | None = None
    position: int | None = None
    data: Mapping[str, Any] | None = None

    def sized(self, quantity: int) -> Self:
        """The same stack with another quantity."""
        return self.__class__(
            self.item_id, self.template_id, quantity, self.slot, self.position, self.data
        )

    def worn_in(self, slot: str) -> Self:
        """The same item in an equipment slot."""
        return self.__class__(self.item_id, self.template_id, self.quantity, slot, None, self.data)

    def lying_at(self, position: int) -> Self:
        """The same item in the backpack."""
        return self.__class__(
            self.item_id, self.template_id, self.quantity, None, position, self.data
        )


@frozen(weakref_slot=False)
class InventorySessionDTO:
    """Everything a character carries. The mappings are never mutated.

    Attributes:
        items: item id to item, worn ones too.
        equipped: slot to item id, only the slots in use.
        quick_slots: item id or None, by index.
        weight_mlb: derived; the weight of everything, worn or not, in thousandths of a pound.
        taken: derived; the backpack positions in use as a bit set.
        partials: derived; template id to the ids, ascending, of its backpack stacks with room left.
    """

    items: Mapping[int, InventoryItemDTO]
    equipped: Mapping[str, int]
    quick_slots: tuple[int | None, ...]
    weight_mlb: int
    taken: int
    partials: Mapping[str, tuple[int, ...]]

    @property
    def slots_used(self) -> int:
        """How many items are in the backpack; what is worn does not count."""
        return len(self.items) - len(self.equipped)


def first_free(taken: int) -> int:
    """The lowest position that the bit set leaves free."""
    return (~taken & (taken + 1)).bit_length() - 1
