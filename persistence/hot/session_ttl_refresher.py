"""Extends the TTL of clean sessions that are read, many in one round trip."""

from __future__ import annotations

from contextlib import suppress

import trio

from persistence.errors import HotStoreUnavailableError
from persistence.health import StoreHealth
from persistence.hot.store import SessionStore


class SessionTtlRefresher:
    """Collects the keys of sessions that were read, and extends their TTL every `period_s`."""

    def __init__(self, hot: SessionStore, health: StoreHealth, period_s: float) -> None:
        self._hot = hot
        self._health = health
        self._period_s = period_s
        self._used: set[bytes] = set()

    def note(self, key: bytes) -> None:
        """Extend the TTL of the session under this key, in the next round."""
        self._used.add(key)

    async def run(self) -> None:
        """Run until cancelled. A dirty session has no TTL and gets none."""
        while True:
            await trio.sleep(self._period_s)
            used, self._used = self._used, set()
            if used and self._health.redis_up:
                with suppress(HotStoreUnavailableError):
                    await self._hot.touch(list(used))
