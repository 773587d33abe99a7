"""Events that waited in Postgres while Redis was away, told as soon as it is back.

An event is taken out when Redis has it. If the server dies in between, the next one tells it again:
whoever reads the stream knows it by its id."""

from __future__ import annotations

from typing import Final

import trio

from persistence.cold.repository import ColdStore
from persistence.errors import StoreUnavailableError
from persistence.health import StoreHealth
from persistence.hot.store import HotStore

AT_ONCE: Final = 500
RETRY_S: Final = 1.0
"""How long a store that failed is left alone, seconds."""


class Outbox:
    """Carries events from Postgres to Redis. Looks once at the start, and whenever it is told."""

    def __init__(self, hot: HotStore, cold: ColdStore, health: StoreHealth) -> None:
        self._hot = hot
        self._cold = cold
        self._health = health
        self._due = trio.Event()
        self._due.set()

    def look(self) -> None:
        """There may be something in it that Redis can be told now."""
        self._due.set()

    async def run(self) -> None:
        """Carry for ever."""
        while True:
            await self._due.wait()
            self._due = trio.Event()
            try:
                await self.empty()
            except StoreUnavailableError:
                await trio.sleep(RETRY_S)
                self._due.set()

    async def empty(self) -> None:
        """Tell everything, unless Redis is away: whoever sees it return says `look`.

        Raises: StoreUnavailableError: what is left waits.
        """
        while self._health.redis_up:
            events = await self._cold.outbox(AT_ONCE)
            if not events:
                return
            await self._hot.append_events(events)
            await self._cold.told([event.event_id for event in events])
