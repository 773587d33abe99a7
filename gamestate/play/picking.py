"""Finds the thing that a word stands for among several named ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from gamestate.play.verbs import NotUnderstoodError

Thing = TypeVar("Thing")

MOST_NAMED: Final = 6


class NothingLikeItError(NotUnderstoodError):
    """No thing has a name like that."""


def pick(word: str, things: Iterable[tuple[Thing, Sequence[str]]], what: str) -> Thing:
    """The thing a player means. `things`: each with its names; `what`: what they are.

    An exact name comes first, then the beginning of one, then a part of one; the plural will do.
    Things of the same first name are the same to the player: the first of them is taken.

    Raises: NothingLikeItError. NotUnderstoodError: several are meant.
    """
    listed = [(thing, names) for thing, names in things]
    readings = _readings(word)
    for fits in (str.__eq__, str.startswith, str.__contains__):
        for wanted in readings:
            found = [one for one in listed if any(fits(folded(name), wanted) for name in one[1])]
            different = list(dict.fromkeys(names[0] for _, names in found))
            if len(different) == 1:
                return found[0][0]
            if different:
                raise NotUnderstoodError(f"Which {what}: {_told(different)}?")
    raise NothingLikeItError(f"There is no {what} {word!r} here.")


def folded(name: str) -> str:
    """A name without case, accents, hyphens."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(each for each in bare if not unicodedata.combining(each))
    return " ".join(re.split(r"[\s_-]+", letters)).strip()


def _readings(word: str) -> list[str]:
    """The word as typed, and the singulars that it, or its first word, may stand for."""
    word = folded(word)
    first, gap, others = word.partition(" ")
    singular = [*_singular(word), *(one + gap + others for one in _singular(first))]
    return [word, *singular] if word else []


def _singular(word: str) -> list[str]:
    return [word[: -len(end)] + one for end, one in _PLURALS if word.endswith(end)]


_PLURALS: Final = (("ves", "f"), ("ies", "y"), ("es", ""), ("s", ""))


def _told(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" or {more} more" if more > 0 else "")
