"""The frozen state of one inventory.

An item is either worn (`slot`) or in the backpack (`position`), never both and never neither. The
derived fields of a session follow from its items; `assembly` computes them once, `Draft` keeps them
up to date. Only these two make sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from attrs import frozen

from gamestate.content.templates import SLOTS, Armor, ItemTemplate

MAIN_HAND: Final = "main_hand"
OFF_HAND: Final = "off_hand"
HANDS: Final = (MAIN_HAND, OFF_HAND)
EQUIPMENT_SLOTS: Final = SLOTS

QUICK_SLOTS_COUNT: Final = 6
NO_QUICK_SLOTS: Final[tuple[int | None, ...]] = (None,) * QUICK_SLOTS_COUNT

MAX_PLACES: Final = 65_536
"""Backpack positions are below this; no capacity is larger."""


@frozen(weakref_slot=False)
class InventoryItemDTO:
    """One item instance, or a stack of equal ones (`quantity` >= 1).

    `slot`: the equipment slot it is worn in. `position`: its place in the backpack, from 0.
    `data`: what sets this instance apart, JSON values, never mutated: `charges` left, `bound` to
    its owner, `locked` by it; None if there is nothing. A grant never adds to items with data.
    """

    item_id: int
    template_id: str
    quantity: int
    slot: str | None = None
    position: int | None = None
    data: Mapping[str, Any] | None = None

    @property
    def charges(self) -> int | None:
        """The charges left; None: as many as its template gives."""
        return None if self.data is None else self.data.get("charges")

    @property
    def bound(self) -> bool:
        """Whether it is bound to its owner."""
        return self.data is not None and "bound" in self.data

    @property
    def locked(self) -> bool:
        """Whether it is protected from being dropped or destroyed."""
        return self.data is not None and "locked" in self.data

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

    def marked(self, **marks: Any) -> Self:
        """The same item with marks in its data; None takes a mark away."""
        data = {
            name: mark for name, mark in {**(self.data or {}), **marks}.items() if mark is not None
        }
        return self.__class__(
            self.item_id, self.template_id, self.quantity, self.slot, self.position, data or None
        )


@frozen(weakref_slot=False)
class ActiveBuff:
    """The modifiers of a used item until `until_s` (Unix time in seconds)."""

    template_id: str
    modifiers: Mapping[str, int]
    until_s: float


@frozen(weakref_slot=False)
class Wielded:
    """One weapon in a hand. `two_handed`: it is held with both, by need or by choice."""

    item_id: int
    slot: str
    template: ItemTemplate
    two_handed: bool


@frozen(weakref_slot=False)
class Gear:
    """Everything that is worn.

    `modifiers`: the sums of what it adds; a weapon's own attack and damage bonus are not in them,
    because they count for that weapon alone.
    """

    modifiers: Mapping[str, int]
    armor: Armor | None = None
    weapons: tuple[Wielded, ...] = ()


NOTHING_WORN: Final = Gear({})


NO_COOLDOWNS: Final[Mapping[str, float]] = {}


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
        cooldowns: cooldown group to the end of its cooldown, Unix time in seconds.
        buffs: the oldest first; some may be over.
        gear: derived; what is worn, summed up.
        edition: of the catalogue that the derived fields were computed with.
    """

    items: Mapping[int, InventoryItemDTO]
    equipped: Mapping[str, int]
    quick_slots: tuple[int | None, ...]
    weight_mlb: int
    taken: int
    partials: Mapping[str, tuple[int, ...]]
    cooldowns: Mapping[str, float]
    buffs: tuple[ActiveBuff, ...]
    gear: Gear
    edition: int

    @property
    def slots_used(self) -> int:
        """How many items are in the backpack; what is worn does not count."""
        return len(self.items) - len(self.equipped)


def first_free(taken: int) -> int:
    """The lowest position that the bit set leaves free."""
    return (~taken & (taken + 1)).bit_length() - 1
