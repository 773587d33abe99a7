"""Names and numbers in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]
"""A reply of the server, or a part of it."""


def words(name: str) -> str:
    """An id as words: `potion-of-healing`, `main_hand`."""
    return name.replace("-", " ").replace("_", " ")


def title(name: str) -> str:
    """An id as a name: `Potion of Healing`."""
    small = {"of", "the", "and", "with", "in"}
    return " ".join(one if one in small else one.capitalize() for one in words(name).split())


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def signed(changes: Mapping[str, float]) -> str:
    """`strength +2, to hit -1`."""
    return ", ".join(f"{words(name)} {points:+g}" for name, points in changes.items())


def plural(count: int, one: str, many: str = "") -> str:
    """`1 place`, `2 places`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def span(seconds: float) -> str:
    """`45 s`, `3 min`, `2 h`: rounded, and never below what it is."""
    for unit_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{-int(-seconds // unit_s)} {unit}"
    return f"{-int(-seconds // 1)} s"


def outcome(effect: Facts) -> str:
    """What one effect of an item did: `7 hp`, `strength +2 for 1 h`."""
    match effect:
        case {"effect": "restore", "vital": vital, "gained": gained}:
            return f"{gained:+d} {words(vital)}"
        case {"effect": "teleport", "location": location}:
            return f"you are at {location}"
        case {"effect": "learn", "skill": skill, "level": level}:
            return f"you know {words(skill)} at level {level}"
        case {"effect": "buff", "modifiers": modifiers, "duration_s": duration_s}:
            return f"{signed(modifiers)} for {span(duration_s)}"
    return words(str(effect.get("effect", "something happens")))
