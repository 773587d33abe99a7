"""The characters that every benchmark plays with: about 1.2 KiB of JSON each, always the same."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

import orjson

CHARACTERS: Final = 10_000
CALLERS: Final = 256
CHANGES: Final = 0.8
"""The share of changes; the rest are reads."""

_STATS = ("strength", "agility", "endurance", "intelligence", "wisdom", "charisma")
_ITEMS = 15

Document = dict[str, Any]
Play = tuple[int, bool]
"""Whose turn (an index into the population), and whether it changes anything."""


def document(char_id: int) -> Document:
    """One character as a document of about 1.2 KiB."""
    dice = random.Random(char_id)
    return {
        "char_id": char_id,
        "version": 1,
        "state": "exploration",
        "location": {"current": f"town_{dice.randrange(100)}", "prev": "crossroads"},
        "bio": {"name": f"Character {char_id}", "gender": "female", "created_at": 1.7e9 + char_id},
        "stats": {stat: dice.randint(8, 18) for stat in _STATS},
        "vitals": {"hp": {"cur": 50, "max": 50}, "mp": {"cur": 20, "max": 20}},
        "items": [_item(char_id * 100 + number, dice) for number in range(_ITEMS)],
    }


def documents() -> list[Document]:
    """The whole population, `char_id` from 1."""
    return [document(char_id) for char_id in range(1, CHARACTERS + 1)]


def hurt(character: Document) -> int:
    """The change that every benchmark makes; returns the new version."""
    hp: dict[str, int] = character["vitals"]["hp"]
    hp["cur"] = hp["cur"] - 1 if hp["cur"] else hp["max"]
    character["version"] += 1
    version: int = character["version"]
    return version


def encode(character: Mapping[str, Any]) -> str:
    """A document as JSON text."""
    return orjson.dumps(character).decode()


def plays(caller: int, changes: float = CHANGES) -> list[Play]:
    """What one caller does, over and over: a fixed random mix over the whole population."""
    dice = random.Random(caller)
    return [(dice.randrange(CHARACTERS), dice.random() < changes) for _ in range(4_096)]


def _item(item_id: int, dice: random.Random) -> Document:
    template_id = f"template_{dice.randrange(300)}"
    return {"item_id": item_id, "template_id": template_id, "quantity": dice.randint(1, 20)}
