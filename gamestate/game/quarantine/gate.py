"""Quarantine: the gate in front of every activation. A character with an open entry is not claimed,
not read into memory and not written until an operator acts.

An entry made because a record could not be read no longer holds once the record can be read: an
operator may have repaired it in place. The gate reads without a claim, so that a login it refuses
leaves both stores as they were. An entry made because Postgres refused a record holds until
`gamestate quarantine retry` or `restore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from gamestate.contract.module import SessionModule
from gamestate.errors import QuarantinedError
from gamestate.game.stored.examination import Examiner
from persistence.coalesce import Coalescer
from persistence.cold.store import ColdStore
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
"""The sources whose entries hold only while the record can't be read."""


class Quarantine:
    """The quarantine, for the activations of one server. `run` must run for `admit` to work."""

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
        self._known: dict[int, str] = {}  # reasons seen by this server, for when Postgres is down
        self._holds = Coalescer(self._read_holds)

    async def run(self) -> None:
        """Run until cancelled."""
        await self._holds.run()

    async def admit(self, char_id: int) -> bool:
        """Return if the character may be activated. True: it has entries that hold no longer; call
        `close` when it is restored.

        Raises: QuarantinedError, StoreUnavailableError.
        """
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
        """Open an entry with the bytes found; the error to raise. If Postgres is down there is no
        entry, but the stores still have the bytes: nothing overwrites them."""
        self._known[char_id] = reason
        self._observer.quarantined(char_id, reason)
        with suppress(ColdStoreUnavailableError):
            await self._cold.quarantine(char_id, source, reason, record)
        return QuarantinedError(char_id, reason)

    async def close(self, char_id: int) -> None:
        """Close the entries of a restored character. If Postgres is down the next activation closes
        them."""
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

    async def _read_holds(self, char_ids: Sequence[CharId]) -> Sequence[Sequence[Hold]]:
        holds = await self._cold.held(char_ids)
        return [holds.get(char_id, ()) for char_id in char_ids]
