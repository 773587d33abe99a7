"""The kind of an item and its slots, from the words of its name: the data set has neither."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from gamestate.content.srd.facts import ItemFacts

T = TypeVar("T")

MAX_STACK: Final = {"ammunition": 100, "consumable": 20, "gear": 20, "treasure": 100}

_HAZARDS: Final = frozenset(
    "collapsing-roof falling-net fire-casting-statue hidden-pit poisoned-darts poisoned-needle"
    " rolling-stone spiked-pit".split()
)
_CONTAINERS: Final = frozenset(
    "backpack bag-of-devouring bag-of-holding barrel basket bottle-glass bucket case-crossbow-bolt"
    " case-map-or-scroll chest component-pouch efficient-quiver flask handy-haversack jug"
    " map-or-scroll-case portable-hole pot-iron pouch quiver sack vial waterskin".split()
)
_INSTRUMENTS: Final = frozenset(
    "bagpipes drum dulcimer flute horn lute lyre pan-flute shawm viol".split()
)
_GAMES: Final = frozenset("dice dragonchess playing-cards three-dragon-ante".split())

_KIND_BY_SLUG: Final = (
    ("hazard", _HAZARDS),
    ("container", _CONTAINERS),
    ("tool", _INSTRUMENTS | _GAMES),
)
_KIND_BY_WORD: Final = (
    # Before ammunition: a Wand of Lightning Bolts is a wand.
    ("wand", frozenset({"wand"})),
    ("ring", frozenset({"ring"})),
    ("rod", frozenset({"rod"})),
    ("ammunition", frozenset({"ammunition", "arrows", "bolts", "bullets", "needles"})),
    ("consumable", frozenset({"potion"})),
    ("tool", frozenset({"kit", "supplies", "tools", "utensils"})),
)

_ACCESSORY: Final = ("accessory_1", "accessory_2")
_SLOTS_BY_WORD: Final = (
    (("main_hand", "off_hand"), frozenset({"rod", "wand"})),
    (("off_hand",), frozenset({"lamp", "lantern"})),
    # Before the head: a Robe of Eyes is a robe.
    (("chest",), frozenset({"clothes", "costume", "robe"})),
    (("head",), frozenset({"circlet", "eyes", "goggles", "hat", "headband", "helm"})),
    (("feet",), frozenset({"boots", "slippers"})),
    (_ACCESSORY, frozenset({"amulet", "belt", "bracers", "brooch", "cape", "cloak"})),
    (_ACCESSORY, frozenset({"gauntlets", "gloves", "ioun", "mantle", "medallion"})),
    (_ACCESSORY, frozenset({"necklace", "periapt", "ring", "scarab", "talisman", "wings"})),
)


def kind_of(facts: ItemFacts) -> str:
    """The item's kind, one of `templates.KINDS`."""
    if facts.item_kind == "weapon":
        return "weapon"
    if facts.item_kind == "armor":
        return "shield" if facts.armor_category == "shield" else "armor"
    if facts.auto_destroy:
        return "consumable"
    by_slug = (kind for kind, slugs in _KIND_BY_SLUG if facts.slug in slugs)
    by_word = (kind for kind, words in _KIND_BY_WORD if facts.words & words)
    rest = "wondrous" if facts.item_kind == "magic_item" else "gear"
    return _first(by_slug) or _first(by_word) or rest


def slots_of(facts: ItemFacts, kind: str) -> tuple[str, ...]:
    """Where the item may be equipped; empty: nowhere."""
    if kind == "weapon":
        return _hands(facts)
    if kind in ("armor", "shield"):
        return ("chest",) if kind == "armor" else ("off_hand",)
    if kind in ("consumable", "hazard"):
        return ()
    return _first(slots for slots, words in _SLOTS_BY_WORD if facts.words & words) or ()


def _hands(facts: ItemFacts) -> tuple[str, ...]:
    if facts.slug == "unarmed-strike":  # no thing to hold
        return ()
    return ("main_hand", "off_hand") if "light" in facts.properties else ("main_hand",)


def _first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)
