"""Which items of the backpack are shown, and in what order: filter, sort, group, page."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from unicodedata import normalize

from gamestate.content.templates import RARITIES, ItemTemplate
from gamestate.modules.inventory.commands import ViewInventory
from gamestate.modules.inventory.dto import EQUIPMENT_SLOTS, InventoryItemDTO
from gamestate.modules.inventory.limits import MLB_PER_LB

CP_PER_GP: Final = 100
NAMES_REMEMBERED: Final = 4096

Entry = tuple[InventoryItemDTO, ItemTemplate]

# Only these: in other scripts a combining mark may be a vowel.
_ACCENTS: Final = re.compile("[\u0300-\u036f]")


@lru_cache(NAMES_REMEMBERED)
def folded(text: str) -> str:
    """Text as it is compared in searches and sorted by: neither case, nor presentation forms, nor
    the accents of Latin, Greek and Cyrillic letters count."""
    if text.isascii():
        return text.casefold()
    bare = _ACCENTS.sub("", normalize("NFKD", normalize("NFKC", text).casefold()))
    return normalize("NFC", bare)


def _rank(words: Sequence[str], word: str | None) -> int:
    return words.index(word) if word in words else len(words)


SORTS: Final[Mapping[str, Callable[[Entry], Any]]] = MappingProxyType(
    {
        "type": lambda entry: entry[1].kind,
        "rarity": lambda entry: _rank(RARITIES, entry[1].rarity),
        "value": lambda entry: entry[1].value_cp,
        "weight": lambda entry: entry[1].weight_mlb,
        "name": lambda entry: folded(entry[1].name),
        "position": lambda entry: entry[0].position or 0,
    }
)
"""What the backpack may be sorted by; value and weight are those of one."""

GROUPS: Final[Mapping[str, Callable[[ItemTemplate], str | None]]] = MappingProxyType(
    {
        "kind": lambda template: template.kind,
        "rarity": lambda template: template.rarity,
        "slot": lambda template: next(iter(template.slots), None),
    }
)
"""What it may be grouped by. An item is in one group: that of the first slot it may be worn in, or
None if it can't be worn."""

_GROUP_ORDER: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "kind": str,
        "rarity": lambda rarity: _rank(RARITIES, rarity),
        "slot": lambda slot: _rank(EQUIPMENT_SLOTS, slot),
    }
)


def matches(
    entries: Iterable[Entry], query: ViewInventory, available: Callable[[InventoryItemDTO], bool]
) -> list[Entry]:
    """The entries that pass every filter, sorted; equal ones by ascending item id.

    `available`: whether an item can be equipped or used right now.
    """
    return _sorted(_filtered(entries, query, available), query)


def grouped(entries: Iterable[Entry], group: str) -> list[dict[str, Any]]:
    """`[{"group", "items", "quantity", "weight", "value", "item_ids"}, …]`: each entry in one
    group, the groups in an order of their own, the ids in that of the entries."""
    of = GROUPS[group]
    groups: dict[str | None, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(of(entry[1]), []).append(entry)
    order = _GROUP_ORDER[group]
    return [
        {"group": name, **sums(members), "item_ids": [item.item_id for item, _ in members]}
        for name, members in sorted(groups.items(), key=lambda one: order(one[0]))
    ]


def sums(entries: Collection[Entry]) -> dict[str, Any]:
    """`{"items": how many entries, "quantity": how many pieces, "weight": pounds, "value": gold
    pieces}`, exact."""
    weight_mlb = value_cp = quantity = 0
    for item, template in entries:
        quantity += item.quantity
        weight_mlb += item.quantity * template.weight_mlb
        value_cp += item.quantity * template.value_cp
    return {
        "items": len(entries),
        "quantity": quantity,
        "weight": weight_mlb / MLB_PER_LB,
        "value": value_cp / CP_PER_GP,
    }


def paged(entries: Sequence[Entry], query: ViewInventory) -> tuple[Sequence[Entry], dict[str, int]]:
    """The entries of the page that is asked for, and `{"number", "size": of a full page, "pages":
    at least 1, "matches"}`. A page after the last is empty."""
    size = query.per_page or len(entries)
    start = (query.page - 1) * size
    pages = -(-len(entries) // size) if entries else 1
    facts = {"number": query.page, "size": size, "pages": pages, "matches": len(entries)}
    return entries[start : start + size], facts


def _filtered(
    entries: Iterable[Entry], query: ViewInventory, available: Callable[[InventoryItemDTO], bool]
) -> Iterable[Entry]:
    if query.kind:
        entries = [entry for entry in entries if entry[1].kind == query.kind]
    if query.rarity:
        entries = [entry for entry in entries if entry[1].rarity == query.rarity]
    if query.slot:
        entries = [entry for entry in entries if query.slot in entry[1].slots]
    if query.q:
        sought = folded(query.q)
        entries = [entry for entry in entries if sought in folded(entry[1].name)]
    if query.usable is not None:  # the most expensive filter comes last
        entries = [entry for entry in entries if available(entry[0]) is query.usable]
    return entries


def _sorted(entries: Iterable[Entry], query: ViewInventory) -> list[Entry]:
    by_id = sorted(entries, key=lambda entry: entry[0].item_id)
    key = SORTS[query.sort or "position"]
    return sorted(by_id, key=key, reverse=query.order == "desc")
