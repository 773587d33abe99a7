"""A clean session that nobody uses expires in Redis while its character plays on. Its core is told
so, because a session that a core names and Redis does not have counts as lost at the next restore.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import trio

from gamestate.game.character.activation import Activation
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import SessionStore

PERIOD_S: Final = 60.0
AT_ONCE: Final = 500
"""How many characters are looked at together."""


class SessionExpiry:
    """Looks for expired sessions of the active characters every PERIOD_S seconds."""

    def __init__(self, hot: SessionStore, active: Callable[[], Sequence[Activation]]) -> None:
        self._hot = hot
        self._active = active
        self._told: set[bytes] = set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await trio.sleep(PERIOD_S)
            try:
                await self.look()
            except HotStoreUnavailableError:
                continue  # whoever commits next says so; the sessions can wait

    async def look(self) -> None:
        """Tell each actor once of each session of its that expired."""
        actors, gone = self._active(), set[bytes]()
        for start in range(0, len(actors), AT_ONCE):
            gone |= await self._look_at(actors[start : start + AT_ONCE])
        self._told = gone

    async def _look_at(self, actors: Sequence[Activation]) -> set[bytes]:
        clean = {
            keys.session(module, session.session_id): (actor, module, session.session_id)
            for actor in actors
            for module, session in actor.state.sessions.items()
            if not session.dirty
        }
        if not clean:
            return set()
        left = await self._hot.time_left(list(clean))
        gone = {key for key, ttl_s in zip(clean, left, strict=True) if ttl_s is None}
        for key in gone - self._told:
            actor, module, session_id = clean[key]
            actor.drop_expired(module, session_id)
        return gone
