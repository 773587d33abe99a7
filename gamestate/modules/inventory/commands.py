"""What may be asked of an inventory. The payload of a message is structured into one of these."""

from __future__ import annotations

from attrs import frozen


@frozen
class OpenInventory:
    """`inventory.open`: go into the state 'inventory' if exploring, and see what is there."""


@frozen
class ViewInventory:
    """`inventory.view`: see what is there.

    `sort`: type, rarity, value, weight or name; by position if left out. `order`: asc or desc.
    `kind`, `rarity`: only backpack items of exactly this one. `q`: only those with it in the name.
    """

    sort: str | None = None
    order: str = "asc"
    kind: str | None = None
    rarity: str | None = None
    q: str | None = None


@frozen
class GrantItem:
    """`inventory.grant`: 1 to 1,000,000 of a template, all of them or none."""

    template_id: str
    quantity: int


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
class DropItem:
    """`inventory.drop`: get rid of a stack, or of `quantity` of it."""

    item_id: int
    quantity: int | None = None


@frozen
class CloseInventory:
    """`inventory.close`: leave the state 'inventory' and have Postgres brought up to date."""
