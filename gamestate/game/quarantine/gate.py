"""The gate in front of every activation: who is in quarantine is not claimed, not read into memory,
not written, until an operator acted.

An entry that was made because a record could not be read opens by itself once the record can: an
operator may have mended it in place. That is looked at without a claim, so that a login which is
refused leaves both stores as they were. One that Postgres refused to store needs an operator's
word (`gamestate quarantine retry` or `restore`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from gamestate.contract.module import SessionModule
from gamestate.errors import QuarantinedError
from gamestate.game.stored.examination import Examiner
from persistence.coalesce import Coalescer
from persistence.cold.repository import ColdStore
from persistence.errors import ColdStoreUnavailableError, HotStoreUnavailableError
from persistence.health import StoreHealth
from persistence.hot.store import HotClaimStore
from persistence.observer import StoreObserver
from persistence.records import CharId, Hold

RESTORE: Final = "restore"
"""The source of an entry that a restore made."""
SESSION: Final = "session"
"""The source of an entry made when a session was loaded into a running actor."""
UNREADABLE: Final = frozenset({RESTORE, SESSION})
"""The sources whose entries open when the record can be read."""


class Quarantine:
    """The quarantine as the actors of one server see it. `run` must run for `admit` to work."""

    def __init__(
        self,
        hot: HotClaimStore,
        cold: ColdStore,
        health: StoreHealth,
        modules: Mapping[str, SessionModule],
        observer: StoreObserver,
    ) -> None:
        self._cold = cold
        self._health = health
        self._observer = observer
        self._examiner = Examiner(hot, cold, modules)
        self._known: dict[int, str] = {}  # seen held by this server: for while Postgres is down
        self._holds = Coalescer(self._held)

    async def run(self) -> None:
        """Answer for ever."""
        await self._holds.run()

    async def admit(self, char_id: int) -> bool:
        """Return if the character may be activated: whether it has entries that are over now, and
        are to be closed when it was. Raises: QuarantinedError, StoreUnavailableError."""
        holds = await self._holds_of(char_id)
        if not holds:
            self._known.pop(char_id, None)
            return False
        self._known[char_id] = holds[-1].reason
        for hold in holds:
            if hold.source not in UNREADABLE:
                raise QuarantinedError(char_id, hold.reason)
        try:
            examined = await self._examiner.examine(char_id)
        except HotStoreUnavailableError as error:
            raise QuarantinedError(char_id, holds[-1].reason) from error
        if examined.problems:
            raise QuarantinedError(char_id, examined.problems[0].reason)
        return True

    async def keep(self, char_id: int, source: str, reason: str, record: bytes) -> QuarantinedError:
        """Keep the bytes; the error that says so. If even that fails the stores still have them:
        nothing is written over."""
        self._known[char_id] = reason
        self._observer.quarantined(char_id, reason)
        with suppress(ColdStoreUnavailableError):
            await self._cold.quarantine(char_id, source, reason, record)
        return QuarantinedError(char_id, reason)

    async def over(self, char_id: int) -> None:
        """The character was read again: close its entries. If that fails they are closed at the
        next activation."""
        self._known.pop(char_id, None)
        with suppress(ColdStoreUnavailableError):
            await self._cold.close_entries(char_id, "it could be read again, and was restored")

    async def _holds_of(self, char_id: int) -> Sequence[Hold]:
        if self._health.postgres_up:
            with suppress(ColdStoreUnavailableError):
                return await self._holds.ask(char_id)
        if char_id in self._known:
            raise QuarantinedError(char_id, self._known[char_id])
        return ()

    async def _held(self, char_ids: Sequence[CharId]) -> Sequence[Sequence[Hold]]:
        held = await self._cold.held(char_ids)
        return [held.get(char_id, ()) for char_id in char_ids]
