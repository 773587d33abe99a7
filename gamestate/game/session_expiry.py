"""SessionExpiry: notices when Redis expires a clean session of an active character.

The core must then stop naming it, because a session that a core names and Redis does not have
counts as lost at the next restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import trio

from gamestate.game.character.activation import Activation
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import SessionStore

PERIOD_S: Final = 60.0
MAX_CHARACTERS_PER_CALL: Final = 500


class SessionExpiry:
    """Checks the clean sessions of the active characters every PERIOD_S seconds."""

    def __init__(self, hot: SessionStore, active: Callable[[], Sequence[Activation]]) -> None:
        self._hot = hot
        self._active = active
        self._reported: set[bytes] = set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await trio.sleep(PERIOD_S)
            try:
                await self.check()
            except HotStoreUnavailableError:
                continue  # the sessions can wait

    async def check(self) -> None:
        """Report each expired session once to its activation. Raises: HotStoreUnavailableError."""
        active, expired = self._active(), set[bytes]()
        for start in range(0, len(active), MAX_CHARACTERS_PER_CALL):
            expired |= await self._check(active[start : start + MAX_CHARACTERS_PER_CALL])
        self._reported = expired

    async def _check(self, activations: Sequence[Activation]) -> set[bytes]:
        clean = {
            keys.session(module, session.session_id): (activation, module, session.session_id)
            for activation in activations
            for module, session in activation.state.sessions.items()
            if not session.dirty
        }
        if not clean:
            return set()
        left = await self._hot.time_left(list(clean))
        expired = {key for key, ttl_s in zip(clean, left, strict=True) if ttl_s is None}
        for key in expired - self._reported:
            activation, module, session_id = clean[key]
            activation.drop_expired(module, session_id)
        return expired
