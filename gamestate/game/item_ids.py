"""ItemIds: unique in the whole world, never used again, given out without a round trip.

They come in blocks from a Postgres sequence, fetched before the last one is used up. A block that a
crash loses is a gap, nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import trio

from persistence.cold.store import ItemIdStore
from persistence.errors import ColdStoreUnavailableError

BLOCK_SIZE: Final = 20_000
LOW_WATER: Final = 10_000
RETRY_S: Final = 0.25


class ItemIds:
    """Hands out ids; `run` keeps between LOW_WATER and LOW_WATER + BLOCK_SIZE of them loaded."""

    def __init__(self, cold: ItemIdStore) -> None:
        self._cold = cold
        self._blocks: list[range] = []
        self._ids: Iterator[int] = iter(())
        self._left = 0
        self._wanted = trio.Event()

    def take(self) -> int:
        """The next id.

        Raises: ColdStoreUnavailableError: none is loaded; they are being fetched, retry.
        """
        for item_id in self._ids:
            self._left -= 1
            if self._left < LOW_WATER:
                self._wanted.set()
            return item_id
        if self._blocks:
            self._ids = iter(self._blocks.pop(0))
            return self.take()
        self._wanted.set()
        raise ColdStoreUnavailableError("no item ids are loaded")

    async def fetch(self) -> None:
        """Get one block. Raises: ColdStoreUnavailableError."""
        block = await self._cold.reserve_item_ids(BLOCK_SIZE)
        self._blocks.append(block)
        self._left += len(block)

    async def run(self) -> None:
        """Fetch a block whenever there are few, until cancelled."""
        while True:
            if self._left >= LOW_WATER:
                self._wanted = trio.Event()
                await self._wanted.wait()
            try:
                await self.fetch()
            except ColdStoreUnavailableError:
                await trio.sleep(RETRY_S)
