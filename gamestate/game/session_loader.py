"""SessionLoader: makes sessions from what Postgres has, so that no module reads Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from gamestate.contract.module import SessionModule, Snapshot
from gamestate.contract.state import Session
from gamestate.errors import UnreadableSessionError
from gamestate.game.stored.snapshots import encode_snapshot, snapshots_of
from gamestate.game.stored.upcasting import UnreadableError, loaded
from gamestate.modules.core.module import NoSessionError
from persistence.coalesce import CoalescerGroup
from persistence.cold.store import SectionStore
from persistence.invariants import Invariants


class SessionLoader:
    """Loads the sessions of all modules. `run` must run for any of it to work.

    Attributes:
        modules: whose sessions it loads, by name.
    """

    def __init__(
        self,
        cold: SectionStore,
        modules: Mapping[str, SessionModule],
        now_s: Callable[[], float],
        invariants: Invariants,
    ) -> None:
        self.modules = modules
        self._cold = cold
        self._now_s = now_s
        self._invariants = invariants
        self._calls = CoalescerGroup(invariants)
        self._snapshots = {
            name: self._calls.add(partial(self._read, module), f"snapshots of {name}")
            for name, module in modules.items()
        }

    async def run(self) -> None:
        """Run until cancelled."""
        await self._calls.run()

    async def load_session(self, module: str, char_id: int) -> Session:
        """A session of this module made from what Postgres has, under a new id or its stored one.

        Raises:
            NoSessionError: there is none to make.
            UnreadableSessionError: what is stored is unreadable.
            InvariantError: Postgres answered about another character.
            ColdStoreUnavailableError.
        """
        snapshot = await self._snapshots[module].ask(char_id)
        owner = self.modules[module]
        try:
            data = loaded(owner, snapshot)
        except UnreadableError as error:
            raise UnreadableSessionError(char_id, str(error), encode_snapshot(snapshot)) from error
        if data is None:
            raise NoSessionError(char_id, module)
        document = snapshot.document
        session_id = document.session_id if document is not None else str(uuid.uuid4())
        return Session(session_id, self._now_s(), False, owner.schema, data)

    async def _read(self, module: SessionModule, char_ids: Sequence[int]) -> list[Snapshot]:
        snapshots = await snapshots_of(self._cold, module, char_ids)
        for other in snapshots.keys() - char_ids:
            self._invariants.same_character(char_ids[0], other, f"snapshots of {module.name}")
        return [snapshots[char_id] for char_id in char_ids]
