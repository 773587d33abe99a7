"""Mappings that are never mutated: the next version shares what it can with the one before.

Up to SMALL entries a plain dict is copied: for the inventory of an ordinary character that is
faster than a trie, a third of its memory, and one object instead of two dozen for the garbage
collector. Above, a hash array mapped trie makes a change cost O(log n). Which of the two a mapping
is depends on its length alone, so that equal contents are equal mappings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from immutables import Map

K = TypeVar("K", int, str)
V = TypeVar("V")

SMALL: Final = 32


def shared(entries: Mapping[K, V]) -> Mapping[K, V]:
    """The entries as a mapping for `with_entry` and `without`."""
    return dict(entries) if len(entries) <= SMALL else Map(entries)


def with_entry(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """`mapping` with `key` set to `value`."""
    if isinstance(mapping, Map):
        return mapping.set(key, value)
    copy = {**mapping, key: value}
    return copy if len(copy) <= SMALL else Map(copy)


def without(mapping: Mapping[K, V], key: K) -> Mapping[K, V]:
    """`mapping` without `key`. Raises KeyError if it is not there."""
    if isinstance(mapping, Map):
        smaller = mapping.delete(key)
        return smaller if len(smaller) > SMALL else dict(smaller)
    copy = dict(mapping)
    del copy[key]
    return copy
