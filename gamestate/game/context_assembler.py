"""ContextAssembler: gives other services a session of an active character, by way of Redis."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from gamestate.contract.module import SessionModule
from gamestate.contract.state import Session
from gamestate.game.stored.backup import section_of
from gamestate.game.stored.snapshots import encode_snapshot, snapshot_of_section
from persistence.hot import keys
from persistence.hot.store import SnapshotStore


class ContextAssembler:
    """Writes snapshots, each under a key of its own that expires."""

    def __init__(self, hot: SnapshotStore, modules: Mapping[str, SessionModule]) -> None:
        self._hot = hot
        self._modules = modules

    async def put(self, module: str, char_id: int, session: Session) -> str:
        """Write a snapshot of the session as it is now (see `encode_snapshot`); its key, of the
        form `temp:{module}:{uuid}`, which Redis keeps for `keys.TEMP_TTL_S` seconds.

        Raises: HotStoreUnavailableError.
        """
        section = section_of(self._modules[module], session, None)
        key = keys.temp(module, str(uuid.uuid4()))
        snapshot = snapshot_of_section(char_id, section)
        await self._hot.put_snapshot(key, encode_snapshot(snapshot))
        return key.decode()
