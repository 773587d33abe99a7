"""A sample of the time to live that clean sessions have left in Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import islice
from statistics import fmean
from typing import Final

import trio

from gamestate.game.character.activation import Activation
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import SessionStore

PERIOD_S: Final = 5.0
SAMPLE: Final = 200
"""Sessions of a module that are sampled."""


class SessionTtl:
    """Keeps `means`: module to the mean TTL left to its clean sessions, seconds."""

    def __init__(
        self,
        hot: SessionStore,
        modules: Iterable[str],
        active: Callable[[], Iterable[Activation]],
    ) -> None:
        self.means: Mapping[str, float] = {}
        self._hot = hot
        self._modules = tuple(modules)
        self._active = active

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            with suppress(HotStoreUnavailableError):
                self.means = {module: await self._mean(module) for module in self._modules}
            await trio.sleep(PERIOD_S)

    async def _mean(self, module: str) -> float:
        """0 if no session of the module is clean."""
        sample = list(islice(self._clean(module), SAMPLE))
        left = await self._hot.time_left(sample) if sample else ()
        return fmean(ttl_s for ttl_s in left if ttl_s is not None) if any(left) else 0.0

    def _clean(self, module: str) -> Iterable[bytes]:
        for activation in self._active():
            session = activation.state.sessions.get(module)
            if session is not None and not session.dirty:
                yield keys.session(module, session.session_id)
