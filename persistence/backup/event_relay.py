"""Moves events from the outbox in Postgres to the stream in Redis.

Events wait in the outbox if their turn was committed while Redis was down. Each is deleted once
Redis has it; if the server dies in between, it is appended again, and readers drop the duplicate by
its id."""

from __future__ import annotations

from typing import Final

import trio

from persistence.cold.store import OutboxStore
from persistence.errors import StoreUnavailableError
from persistence.health import StoreHealth
from persistence.hot.store import EventStore

EVENTS_PER_ROUND: Final = 500
RETRY_S: Final = 1.0
"""How long after a failure the next round is tried, seconds."""


class EventRelay:
    """Relays events once at the start, and after each `notify`."""

    def __init__(self, hot: EventStore, cold: OutboxStore, health: StoreHealth) -> None:
        self._hot = hot
        self._cold = cold
        self._health = health
        self._due = trio.Event()
        self._due.set()

    def notify(self) -> None:
        """Relay soon: Redis answers again."""
        self._due.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self._due.wait()
            self._due = trio.Event()
            try:
                await self._relay()
            except StoreUnavailableError:
                await trio.sleep(RETRY_S)
                self._due.set()

    async def _relay(self) -> None:
        """Empty the outbox, while Redis is up. Raises: StoreUnavailableError: the rest waits."""
        while self._health.redis_up:
            events = await self._cold.outbox(EVENTS_PER_ROUND)
            if not events:
                return
            await self._hot.append_events(events)
            await self._cold.delivered([event.event_id for event in events])
