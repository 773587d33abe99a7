"""Which store answers: one place that everybody asks, and a task each that looks for a lost one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import trio

from persistence.cold.repository import ColdStore
from persistence.errors import StoreUnavailableError
from persistence.hot.store import HotStore
from persistence.observer import StoreObserver

PROBE_S: Final = 0.25
"""How often a store that is down is tried again, seconds."""

CHECK_S: Final = 2.0
"""How often a store that is up is looked at, seconds."""


class StoreHealth:
    """What is known of the two stores.

    `on_redis_return` is awaited each time Redis answers again after it did not, and when it is seen
    to have lost its data, which it may between two looks.
    """

    def __init__(self, hot: HotStore, cold: ColdStore, observer: StoreObserver) -> None:
        self.redis_up = True
        self.postgres_up = True
        self.on_redis_return: Callable[[], Awaitable[None]] | None = None
        self._hot = hot
        self._cold = cold
        self._observer = observer
        self._lost = {store: trio.Event() for store in ("redis", "postgres")}

    @property
    def missing(self) -> list[str]:
        """The stores that do not answer."""
        up = {"redis": self.redis_up, "postgres": self.postgres_up}
        return [store for store, answers in up.items() if not answers]

    def redis_failed(self, error: StoreUnavailableError) -> None:
        """Redis did not answer: send it nothing until the probe says so."""
        self.redis_up = False
        self._observer.store_up("redis", False, error.reason)
        self._lost["redis"].set()

    def postgres_failed(self, error: StoreUnavailableError) -> None:
        """Postgres did not answer."""
        self.postgres_up = False
        self._observer.store_up("postgres", False, error.reason)
        self._lost["postgres"].set()

    async def run(self) -> None:
        """Probe for ever: rarely what is up, often what is down. Each on its own, because one that
        swallows what it is sent takes as long as a call may take to say nothing."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, "redis", self._probe_redis)
            nursery.start_soon(self._watch, "postgres", self._probe_postgres)

    async def _watch(self, store: str, probe: Callable[[], Awaitable[None]]) -> None:
        while True:
            await probe()
            if store in self.missing:
                await trio.sleep(PROBE_S)
            else:
                lost = self._lost[store] = trio.Event()
                with trio.move_on_after(CHECK_S):
                    await lost.wait()

    async def _probe_redis(self) -> None:
        try:
            lost_its_data = await self._hot.ping()
        except StoreUnavailableError as error:
            self.redis_failed(error)
            return
        self._observer.store_up("redis", True)
        if lost_its_data:
            self._observer.redis_emptied()
        if lost_its_data or not self.redis_up:
            self.redis_up = True
            await self._welcome_redis()

    async def _welcome_redis(self) -> None:
        try:
            if self.on_redis_return is not None:
                await self.on_redis_return()
        except StoreUnavailableError as error:
            self.redis_failed(error)  # gone again: the next return starts anew

    async def _probe_postgres(self) -> None:
        try:
            await self._cold.ping()
        except StoreUnavailableError as error:
            self.postgres_failed(error)
            return
        self.postgres_up = True
        self._observer.store_up("postgres", True)
