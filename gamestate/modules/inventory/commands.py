"""The commands of the inventory. The payload of a message is structured into one of these."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from attrs import frozen

from gamestate.constraints import AtLeast, Between
from gamestate.content.templates import SLOTS

MAX_GRANT: Final = 1_000_000
LAST_QUICK_SLOT: Final = 5
MAX_PAGE: Final = 500

Sort = Literal["type", "rarity", "value", "weight", "name", "position"]
Order = Literal["asc", "desc"]
Group = Literal["kind", "rarity", "slot"]

Count = Annotated[int, AtLeast(1)]
QuickSlot = Annotated[int, Between(0, LAST_QUICK_SLOT)]


def _known_slot(slot: str) -> None:
    if slot and slot not in SLOTS:
        raise ValueError(f"expected one of {', '.join(SLOTS)}")


@frozen
class OpenInventory:
    """`inventory.open`: enter the state 'inventory' if exploring, and view the inventory."""


@frozen
class ViewInventory:
    """`inventory.view`: the items, all of them or a part.

    `sort`: by position if left out; ties by item id, whatever the `order`. `kind`, `rarity`: only
    backpack items of exactly this one. `slot`: only what may be worn there. `usable`: only what can
    (or what can't) be equipped or used right now. `q`: only what has it in its name; neither case
    nor accents count. `group`: sums over all that is left, by this. `page`: from 1, of `per_page`
    items each; everything on one page if that is left out. `tooltips`: with what
    `inventory.inspect` says of each item. An empty `kind`, `rarity`, `slot` or `q` leaves nothing
    out.
    """

    sort: Sort | None = None
    order: Order = "asc"
    kind: str | None = None
    rarity: str | None = None
    slot: Annotated[str, _known_slot] | None = None
    usable: bool | None = None
    q: str | None = None
    group: Group | None = None
    page: Count = 1
    per_page: Annotated[int, Between(1, MAX_PAGE)] | None = None
    tooltips: bool = False


@frozen
class InspectItem:
    """`inventory.inspect`: one item and its tooltip."""

    item_id: int


@frozen
class GrantItem:
    """`inventory.grant`: 1 to 1,000,000 of a template, all of them or none; as many as fit with
    `partial`."""

    template_id: str
    quantity: Annotated[int, Between(1, MAX_GRANT)]
    partial: bool = False


@frozen
class EquipItem:
    """`inventory.equip`: wear an item, in the first slot that suits it if none is named."""

    item_id: int
    slot: str | None = None


@frozen
class UnequipItem:
    """`inventory.unequip`: put what is in the slot into the backpack."""

    slot: str


@frozen
class UseItem:
    """`inventory.use`: use one charge of an item."""

    item_id: int


@frozen
class RechargeItem:
    """`inventory.recharge`: give an item `charges` back, all of them if left out."""

    item_id: int
    charges: Count | None = None


@frozen
class MoveItem:
    """`inventory.move`: move an item to a position of the backpack, from 0; an item there swaps
    places with it."""

    item_id: int
    position: Annotated[int, AtLeast(0)]


@frozen
class SplitStack:
    """`inventory.split`: `quantity` of a stack become a stack of their own."""

    item_id: int
    quantity: Count


@frozen
class MergeStacks:
    """`inventory.merge`: as many of the source as fit go onto the target."""

    source_id: int
    target_id: int


@frozen
class AssignQuickSlot:
    """`inventory.assign_quick_slot`: the quick slot, 0 to 5, points to the item."""

    item_id: int
    index: QuickSlot


@frozen
class ClearQuickSlot:
    """`inventory.clear_quick_slot`: the quick slot points to nothing."""

    index: QuickSlot


@frozen
class UseQuickSlot:
    """`inventory.use_quick_slot`: use what the quick slot points to."""

    index: QuickSlot


@frozen
class DropItem:
    """`inventory.drop`: drop a stack, or `quantity` of it."""

    item_id: int
    quantity: Count | None = None


@frozen
class DiscardItem:
    """`inventory.discard`: destroy a stack, or `quantity` of it; rare items take `confirm`."""

    item_id: int
    quantity: Count | None = None
    confirm: bool = False


@frozen
class LockItem:
    """`inventory.lock`: protect an item from being dropped or destroyed."""

    item_id: int


@frozen
class UnlockItem:
    """`inventory.unlock`: end the protection of a locked item."""

    item_id: int


@frozen
class CloseInventory:
    """`inventory.close`: leave the state 'inventory' and back up to Postgres soon."""
