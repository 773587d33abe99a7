"""The effects of an item in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gamestate.content.dice import Dice
from gamestate.content.templates import Buff, ItemEffect, Learn, Restore, Teleport

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def numbers(dice: Dice) -> dict[str, Any]:
    """`{"dice": "2d4+2", "min", "max", "mean"}`."""
    return {"dice": str(dice), "min": dice.min, "max": dice.max, "mean": dice.mean}


def effect_view(effect: ItemEffect) -> dict[str, Any]:
    """The effect as a catalogue writes it, the numbers of its dice, and `text`, a clause."""
    match effect:
        case Restore(vital=vital, dice=dice):
            text = f"restores {_spread(dice)} {_words(vital)}"
            return {"effect": effect.effect, "vital": vital, **numbers(dice), "text": text}
        case Buff(modifiers=modifiers, duration_s=duration_s):
            text = f"{_signed(modifiers)} for {duration(duration_s)}"
            facts = {"modifiers": dict(modifiers), "duration_s": duration_s}
            return {"effect": effect.effect, **facts, "text": text}
        case Teleport(location=location):
            text = f"takes you to {location}"
            return {"effect": effect.effect, "location": location, "text": text}
        case Learn(skill=skill, level=level):
            text = f"teaches {_words(skill)}, level {level}"
            return {"effect": effect.effect, "skill": skill, "level": level, "text": text}


def duration(seconds: int) -> str:
    """Seconds as text: `1 h 30 min`."""
    return " ".join(_parts(seconds))


def _parts(seconds: int) -> Iterator[str]:
    for unit_s, name in _UNITS:
        count, seconds = divmod(seconds, unit_s)
        if count:
            yield f"{count} {name}"


def _spread(dice: Dice) -> str:
    if dice.min == dice.max:
        return str(dice.min)
    return f"{dice} ({dice.min} to {dice.max}, {dice.mean:g} on average)"


def _signed(modifiers: Mapping[str, int]) -> str:
    return ", ".join(f"{_words(name)} {points:+d}" for name, points in modifiers.items())


def _words(name: str) -> str:
    return name.replace("_", " ")
