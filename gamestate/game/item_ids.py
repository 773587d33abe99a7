"""Item ids: unique in the whole world, never used again, at hand without a round trip.

They come in blocks from a Postgres sequence, fetched before the last one is used up. A block that a
crash throws away is a gap, nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import trio

from persistence.cold.repository import ItemIdStore
from persistence.errors import ColdStoreUnavailableError

BLOCK: Final = 20_000
LOW: Final = 10_000
RETRY_S: Final = 0.25


class ItemIds:
    """Hands out ids; `run` keeps between LOW and LOW + BLOCK of them at hand."""

    def __init__(self, cold: ItemIdStore) -> None:
        self._cold = cold
        self._blocks: list[range] = []
        self._ids: Iterator[int] = iter(())
        self._left = 0
        self._wanted = trio.Event()

    def take(self) -> int:
        """The next id.

        Raises: ColdStoreUnavailableError: none is at hand (they are being fetched; retry).
        """
        for item_id in self._ids:
            self._left -= 1
            if self._left < LOW:
                self._wanted.set()
            return item_id
        if self._blocks:
            self._ids = iter(self._blocks.pop(0))
            return self.take()
        self._wanted.set()
        raise ColdStoreUnavailableError("no item ids at hand")

    async def fetch(self) -> None:
        """Get one block. Raises: ColdStoreUnavailableError."""
        block = await self._cold.reserve_item_ids(BLOCK)
        self._blocks.append(block)
        self._left += len(block)

    async def run(self) -> None:
        """Fetch for ever, whenever there are few."""
        while True:
            if self._left >= LOW:
                self._wanted = trio.Event()
                await self._wanted.wait()
            try:
                await self.fetch()
            except ColdStoreUnavailableError:
                await trio.sleep(RETRY_S)
