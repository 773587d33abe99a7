"""The randomness of a fight: counted, so that a resumed fight rolls the same next die."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_BYTES: Final = 8


class CountedStream:
    """A RandomStream whose n-th number depends on the seed and n alone.

    Attributes:
        drawn: how many numbers were drawn; a stream that starts with it goes on from there.
    """

    __slots__ = ("_seed", "drawn")

    def __init__(self, seed: int, drawn: int = 0) -> None:
        self._seed = seed
        self.drawn = drawn

    def randint(self, low: int, high: int, /) -> int:
        """A whole number from `low` to `high`, both included. Takes one number of the stream."""
        digest = blake2b(f"{self._seed}:{self.drawn}".encode(), digest_size=_BYTES).digest()
        self.drawn += 1
        # Scaled, not taken modulo: one draw a call, and a bias below 2**-50 for any die.
        return low + (int.from_bytes(digest) * (high - low + 1) >> 8 * _BYTES)
