"""The inventory as the player sees it, and the item that a word stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gamestate.play.picking import NothingLikeItError, folded, pick
from gamestate.play.verbs import NotUnderstoodError
from gamestate.play.wording import Facts, listed, plural, words

RARITY: Final = {
    "uncommon": "green",
    "rare": "blue",
    "very_rare": "magenta",
    "legendary": "yellow",
    "artifact": "red",
}
"""Styles by rarity; common items have none."""

NOTHING: Final = "You carry nothing. Loot comes from scenarios, or try: grant longsword"


def pack(inventory: Facts, word: str = "") -> RenderableType:
    """The inventory. `word`: only items with it in their names. The numbers are places in the
    backpack; they stay when other items go."""
    worn = [item for item in inventory["equipped"].values() if item and _named(item, word)]
    carried = [item for item in inventory["backpack"] if _named(item, word)]
    if not worn and not carried:
        return Text(f"You have nothing like {word!r}." if word else NOTHING)
    return Group(_table(worn, carried), Text(_totals(inventory), "dim"))


def owned(inventory: Facts, word: str, *, worn: bool | None = None) -> Facts:
    """The item a player means: its number in the backpack, its name, or the slot it is worn in.

    `worn`: only what is, or is not. Raises: NotUnderstoodError.
    """
    if not word:
        raise NotUnderstoodError("Which item?")
    items = list(_all(inventory))
    things = [item for item in items if worn in (None, item["slot"] is not None)]
    if word.isdecimal():
        place = int(word) - 1
        for item in things:
            if item["slot"] is None and item["position"] == place:
                return item
        raise NothingLikeItError(f"Nothing lies in place {word} of your backpack.")
    for item in things:
        if item["slot"] is not None and folded(item["slot"]) == folded(word):
            return item
    try:
        return _pick(word, things)
    except NothingLikeItError:
        other = _pick(word, items)
        already = "not worn" if worn else "worn already"
        raise NotUnderstoodError(f"{called(other)} is {already}.") from None


def called(item: Facts) -> str:
    """An item with its number: `Arrows x40`."""
    return item["name"] if item["quantity"] == 1 else f"{item['name']} x{item['quantity']}"


def rarity_style(item: Facts) -> str:
    """The style of an item of this rarity."""
    return RARITY.get(item["rarity"], "")


def _pick(word: str, items: Iterable[Facts]) -> Facts:
    return pick(word, [(item, (item["name"], item["template_id"])) for item in items], "item")


def _all(inventory: Facts) -> Iterator[Facts]:
    yield from (item for item in inventory["equipped"].values() if item)
    yield from inventory["backpack"]


def _named(item: Facts, word: str) -> bool:
    return folded(word) in folded(item["name"]) or folded(word) == folded(item["kind"])


def _table(worn: Iterable[Facts], carried: Iterable[Facts]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Item", overflow="fold")
    table.add_column("Kind", no_wrap=True)
    table.add_column("lb", justify="right", no_wrap=True)
    table.add_column("gp", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for item in worn:
        _row(table, words(item["slot"]), item)
    for item in carried:
        _row(table, str(item["position"] + 1), item)
    return table


def _row(table: Table, place: str, item: Facts) -> None:
    weight, value = (item["quantity"] * item[name] for name in ("weight", "value"))
    style = rarity_style(item)
    marks = [words(mark) for mark in ("bound", "locked") if (item["data"] or {}).get(mark)]
    table.add_row(
        Text(place, "dim"),
        Text(called(item), style),
        words(item["kind"]),
        f"{weight:g}",
        f"{value:g}",
        Text(listed(marks), "dim"),
    )


def _totals(inventory: Facts) -> str:
    weight, slots = inventory["weight"], inventory["slots"]
    load = weight.get("load", "normal")
    said = [
        f"{weight['total']:g} of {weight['limit']:g} lb"
        + (f", {load}" if load != "normal" else ""),
        f"{slots['used']} of {plural(slots['capacity'], 'place')}",
        *([f"worth {inventory['totals']['value']:g} gp"] if "totals" in inventory else []),
    ]
    return " " + "; ".join(said)
