"""The names of a session's parts: the fields of its Redis hash, and what a turn says it touched."""

from __future__ import annotations

from typing import Final

EQUIPPED: Final = "equipped"
QUICK_SLOTS: Final = "quick_slots"
COOLDOWNS: Final = "cooldowns"
BUFFS: Final = "buffs"
ITEM_PREFIX: Final = "item:"


def item_part(item_id: int) -> str:
    """The part that holds one item."""
    return f"{ITEM_PREFIX}{item_id}"


def item_id_of(part: str) -> int | None:
    """The item a part holds; None for the parts that are not items.

    Raises:
        ValueError: what follows the prefix is not an item id.
    """
    return int(part.removeprefix(ITEM_PREFIX)) if part.startswith(ITEM_PREFIX) else None
