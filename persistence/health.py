"""Store health: which store answers, seen by every call that fails and by a probe of each store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import trio

from persistence.cold.store import ColdStore
from persistence.errors import StoreUnavailableError
from persistence.hot.store import HotStore
from persistence.observer import StoreObserver

PROBE_DOWN_S: Final = 0.25
"""How often a store that is down is probed, seconds."""

PROBE_UP_S: Final = 2.0
"""How often a store that is up is probed, seconds."""

REDIS: Final = "redis"
POSTGRES: Final = "postgres"


class StoreHealth:
    """Which of the two stores answers.

    `persistence.reporting` calls `failed` for every call without an answer.
    """

    def __init__(self, hot: HotStore, cold: ColdStore, observer: StoreObserver) -> None:
        self._on_redis_recovered: Callable[[], Awaitable[None]] | None = None
        self._hot = hot
        self._cold = cold
        self._observer = observer
        self._up = {REDIS: True, POSTGRES: True}
        self._failure = {store: trio.Event() for store in self._up}

    @property
    def redis_up(self) -> bool:
        """Whether Redis answered the last time."""
        return self._up[REDIS]

    @property
    def postgres_up(self) -> bool:
        """Whether Postgres answered the last time."""
        return self._up[POSTGRES]

    @property
    def missing(self) -> list[str]:
        """The stores that do not answer."""
        return [store for store, up in self._up.items() if not up]

    def on_redis_recovered(self, do: Callable[[], Awaitable[None]]) -> None:
        """Await `do()` each time Redis answers again after it was down, and when a probe finds that
        it lost its data."""
        self._on_redis_recovered = do

    def failed(self, error: StoreUnavailableError) -> None:
        """A store did not answer: it counts as down until a probe is answered, the next at once."""
        self._up[error.store] = False
        self._observer.store_up(error.store, False, error.reason)
        self._failure[error.store].set()

    async def run(self) -> None:
        """Probe until cancelled: each store in a task of its own, because a probe of a store that
        is down takes up to the timeout of a call."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, REDIS, self._probe_redis)
            nursery.start_soon(self._watch, POSTGRES, self._probe_postgres)

    async def _watch(self, store: str, probe: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await probe()
            except StoreUnavailableError as error:
                self.failed(error)
            if not self._up[store]:
                await trio.sleep(PROBE_DOWN_S)
            else:
                failure = self._failure[store] = trio.Event()
                with trio.move_on_after(PROBE_UP_S):
                    await failure.wait()

    async def _probe_redis(self) -> None:
        lost_its_data = await self._hot.ping()
        self._observer.store_up(REDIS, True)
        if lost_its_data:
            self._observer.redis_emptied()
        if lost_its_data or not self.redis_up:
            self._up[REDIS] = True
            if self._on_redis_recovered is not None:
                await self._on_redis_recovered()

    async def _probe_postgres(self) -> None:
        await self._cold.ping()
        self._up[POSTGRES] = True
        self._observer.store_up(POSTGRES, True)
