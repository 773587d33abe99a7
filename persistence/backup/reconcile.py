"""After a crash: recovers the characters that `dirty_accounts` names and no server owns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import trio

from persistence.hot.owners import readable_owners
from persistence.hot.store import DirtyStore
from persistence.records import CharId, Ownership

MAX_CONCURRENT_RECOVERIES: Final = 128
IDS_PER_PEEK: Final = 1000


class Reconciler:
    """Finds the characters that a crashed server left dirty.

    `ours(ownership)` says whether this server may recover a character with that owner.
    `recover(id)` activates it under a new epoch, which queues its backup; it handles its own
    errors."""

    def __init__(
        self,
        hot: DirtyStore,
        ours: Callable[[Ownership], bool],
        recover: Callable[[CharId], Awaitable[None]],
    ) -> None:
        self._hot = hot
        self._ours = ours
        self._recover = recover
        self._limiter = trio.CapacityLimiter(MAX_CONCURRENT_RECOVERIES)

    async def run(self) -> int:
        """Recover once.

        Returns: how many characters were found.

        Raises: HotStoreUnavailableError.
        """
        dirty = sorted(await self._hot.dirty())
        found: list[CharId] = []
        for start in range(0, len(dirty), IDS_PER_PEEK):
            found += await self._left_behind(dirty[start : start + IDS_PER_PEEK])
        async with trio.open_nursery() as nursery:
            for char_id in found:
                nursery.start_soon(self._recover_one, char_id)
        return len(found)

    async def _left_behind(self, char_ids: Sequence[CharId]) -> list[CharId]:
        owners = await readable_owners(self._hot, char_ids)
        return [char_id for char_id, ownership in owners.items() if self._ours(ownership)]

    async def _recover_one(self, char_id: CharId) -> None:
        async with self._limiter:
            await self._recover(char_id)
