"""Parses what follows a verb: names and counts."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from gamestate.play.verbs import NotUnderstoodError

_COUNTED: Final = re.compile(r"(?:(\d+)\s*(?:x\s+|\s))?\s*(\S.*)")
_PLACED: Final = re.compile(r"(.+?)\s+(?:in|on|into|onto)\s+(\S+(?:\s+\d)?)")


@frozen
class Counted:
    """A name with a count; None if no number was typed."""

    count: int | None
    name: str


def counted(text: str, what: str) -> Counted:
    """Read `2 giant rats`, `2x torch`, `wolf`. `what`: what is asked for, if there is nothing.

    Raises: NotUnderstoodError.
    """
    found = _COUNTED.fullmatch(text.strip())
    if found is None:
        raise NotUnderstoodError(f"Which {what}?")
    number, name = found.groups()
    return Counted(None if number is None else int(number), name)


def foes(text: str) -> list[Counted]:
    """Read `2 giant rats, wolf and 3 bandits`. Raises: NotUnderstoodError: no monster is named."""
    parts = [part for part in re.split(r",|\band\b|\+", text) if part.strip()]
    if not parts:
        raise NotUnderstoodError("Fight whom? For example: fight 2 giant rats, wolf")
    return [counted(part, "monster") for part in parts]


def placed(text: str) -> tuple[str, str | None]:
    """Read `ring in accessory 2`: the thing, and the slot if one is named."""
    found = _PLACED.fullmatch(text.strip())
    if found is None:
        return text.strip(), None
    thing, slot = found.groups()
    return thing, "_".join(slot.casefold().split())
