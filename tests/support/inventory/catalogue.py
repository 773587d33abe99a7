"""A small catalogue with an item for every rule of the inventory, as an author would write it.

It is data: the server reads it from a file like any other catalogue, and a test's own model of the
rules reads the very same facts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gamestate.content.catalogue import Catalogue, read

Facts = Mapping[str, Any]

ACCESSORIES: Final = ["accessory_1", "accessory_2"]


def _blade(dice: str, **more: Any) -> Facts:
    damage = [{"dice": dice, "type": "slashing"}]
    return {"category": "martial_melee", "damage": damage, **more}


def _restore(vital: str, dice: str) -> Facts:
    return {"effect": "restore", "vital": vital, "dice": dice}


def _buff(duration_s: int, **modifiers: int) -> Facts:
    return {"effect": "buff", "modifiers": modifiers, "duration_s": duration_s}


ITEMS: Final[Mapping[str, Facts]] = {
    # ------------------------------------------------------------------ for the hands
    "longsword": {
        "kind": "weapon",
        "weight_mlb": 3000,
        "slots": ["main_hand"],
        "weapon": _blade("1d8", versatile="1d10", properties=["versatile"]),
    },
    "dagger": {
        "kind": "weapon",
        "weight_mlb": 1000,
        "slots": ["main_hand", "off_hand"],
        "weapon": _blade("1d4", properties=["finesse", "light"]),
    },
    "greatsword": {
        "kind": "weapon",
        "rarity": "uncommon",
        "weight_mlb": 6000,
        "slots": ["main_hand"],
        "two_handed": True,
        "weapon": _blade("2d6", properties=["heavy", "two_handed"]),
    },
    "shield": {
        "kind": "shield",
        "weight_mlb": 6000,
        "slots": ["off_hand"],
        "modifiers": {"armor_class": 2},
    },
    "wand": {
        "kind": "wand",
        "rarity": "rare",
        "weight_mlb": 500,
        "slots": ["main_hand", "off_hand"],
        "charges": 3,
        "cooldown_s": 5,
        "effects": [_buff(20, agility=4, charisma=-1)],
    },
    # ------------------------------------------------------------------ for the body
    "leather": {
        "kind": "armor",
        "weight_mlb": 10_000,
        "slots": ["chest"],
        "armor": {"category": "light", "base": 11},
    },
    "plate": {
        "kind": "armor",
        "rarity": "rare",
        "weight_mlb": 65_000,
        "slots": ["chest"],
        "armor": {"category": "heavy", "base": 18, "agility_cap": 1},
        "requirements": {"strength": 15},
    },
    "veterans-helm": {"kind": "gear", "slots": ["head"], "requirements": {"level": 2}},
    "belt-of-might": {
        "kind": "wondrous",
        "rarity": "uncommon",
        "slots": ["legs"],
        "modifiers": {"strength": 4},
    },
    "ring-of-grace": {
        "kind": "ring",
        "rarity": "rare",
        "slots": ACCESSORIES,
        "modifiers": {"agility": 2, "armor_class": 1},
    },
    "one-ring": {
        "kind": "ring",
        "rarity": "artifact",
        "slots": ACCESSORIES,
        "modifiers": {"strength": 2},
        "flags": ["unique_equipped"],
    },
    "blood-ring": {
        "kind": "ring",
        "rarity": "uncommon",
        "slots": ACCESSORIES,
        "flags": ["bind_on_equip"],
    },
    # ------------------------------------------------------------------ to be used
    "potion": {
        "kind": "consumable",
        "weight_mlb": 500,
        "max_stack": 5,
        "consumable": True,
        "charges": 1,
        "cooldown_s": 30,
        "cooldown_group": "potions",
        "only_if_useful": True,
        "effects": [_restore("hp", "2d4+2")],
    },
    "mana-potion": {
        "kind": "consumable",
        "weight_mlb": 500,
        "max_stack": 5,
        "consumable": True,
        "charges": 1,
        "cooldown_s": 60,
        "cooldown_group": "potions",
        "effects": [_restore("mp", "1d6")],
    },
    "salve": {
        "kind": "consumable",
        "weight_mlb": 250,
        "consumable": True,
        "charges": 3,
        "effects": [_restore("hp", "1d4")],
    },
    "elixir-of-might": {
        "kind": "consumable",
        "rarity": "uncommon",
        "weight_mlb": 250,
        "max_stack": 3,
        "consumable": True,
        "charges": 1,
        "effects": [_buff(60, strength=6, armor_class=1), _restore("hp", "1d4")],
    },
    "tonic-of-might": {
        "kind": "consumable",
        "max_stack": 3,
        "consumable": True,
        "charges": 1,
        "effects": [_buff(90, strength=2)],
    },
    "scroll-of-return": {
        "kind": "consumable",
        "rarity": "uncommon",
        "max_stack": 10,
        "consumable": True,
        "charges": 1,
        "cooldown_s": 20,
        "effects": [{"effect": "teleport", "location": "temple"}],
    },
    "field-manual": {
        "kind": "consumable",
        "rarity": "rare",
        "weight_mlb": 2000,
        "consumable": True,
        "charges": 1,
        "only_if_useful": True,
        "effects": [{"effect": "learn", "skill": "level", "level": 2}],
    },
    "cookbook": {
        "kind": "tool",
        "weight_mlb": 2000,
        "charges": 2,
        "effects": [{"effect": "learn", "skill": "cooking"}],
    },
    "candle": {
        "kind": "gear",
        "weight_mlb": 100,
        "max_stack": 20,
        "consumable": True,
        "charges": 1,
    },
    # ------------------------------------------------------------------ to be carried
    "arrow": {"kind": "ammunition", "weight_mlb": 50, "max_stack": 20},
    "ruby": {"kind": "treasure", "rarity": "legendary", "weight_mlb": 20, "max_stack": 10},
    "anvil": {"kind": "tool", "weight_mlb": 100_000},
    "heirloom": {"kind": "gear", "weight_mlb": 1000, "flags": ["no_drop"]},
    "seal": {"kind": "gear", "weight_mlb": 100, "max_stack": 3, "flags": ["quest"]},
}
"""Every item by its id."""


@cache
def catalogue() -> Catalogue:
    """The items, read from a file as a server reads them."""
    with TemporaryDirectory() as folder:
        named = {item_id: {"name": _name(item_id), **facts} for item_id, facts in ITEMS.items()}
        (Path(folder) / "items.json").write_text(json.dumps(named), encoding="utf-8")
        return read([Path(folder)])


def _name(item_id: str) -> str:
    return item_id.replace("-", " ").capitalize()
