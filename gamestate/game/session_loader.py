"""ContextAssembler: builds the snapshot from which a session is made, so that no module reads
Postgres.

A snapshot is a value of its own, `temp:{module}:{uuid}` in Redis, deleted when it is taken; what
was asked for together is read together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
import trio

from gamestate.contract.module import SessionModule, Snapshot, Storage
from gamestate.contract.state import Session
from gamestate.errors import GameStateError, UnreadableSessionError
from gamestate.game.stored.upcasting import UnreadableError, loaded
from persistence.coalesce import Coalescer
from persistence.cold.repository import SectionStore
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import SnapshotStore
from persistence.invariants import Invariants
from persistence.records import ItemRow, StoredDocument, StoredItems


class NothingStoredError(GameStateError):
    """Postgres has no session of this module for the character."""

    code = "no_session"


class ContextAssembler:
    """Reads Postgres for all modules. `run` must run for any of it to work.

    Attributes:
        modules: whose sessions it loads, by name.
    """

    def __init__(
        self,
        hot: SnapshotStore,
        cold: SectionStore,
        modules: Mapping[str, SessionModule],
        now_s: Callable[[], float],
        invariants: Invariants,
    ) -> None:
        self._invariants = invariants
        self._hot = hot
        self.modules = modules
        self._now_s = now_s
        self._sources = {
            name: partial(snapshots_of, cold, module) for name, module in modules.items()
        }
        self._snapshots: dict[str, Coalescer[int, Snapshot]] = {
            name: Coalescer(partial(self._assembled, name)) for name in modules
        }

    async def run(self) -> None:
        """Answer for ever."""
        async with trio.open_nursery() as nursery:
            for snapshots in self._snapshots.values():
                nursery.start_soon(snapshots.run)

    async def load_session(self, module: str, char_id: int) -> Session:
        """A session of this module made from what Postgres has, under a new id or its stored one.

        Raises:
            NothingStoredError: there is none to make.
            UnreadableSessionError: what is stored is unreadable.
            InvariantError: a snapshot of another character was found in its place.
            ColdStoreUnavailableError.
        """
        snapshot = await self._snapshots[module].ask(char_id)
        owner = self.modules[module]
        try:
            data = loaded(owner, snapshot)
        except UnreadableError as error:
            raise UnreadableSessionError(char_id, str(error), encode_snapshot(snapshot)) from error
        if data is None:
            raise NothingStoredError(f"character {char_id} has no stored {module} session")
        document = snapshot.document
        session_id = document.session_id if document is not None else str(uuid.uuid4())
        return Session(session_id, self._now_s(), False, owner.schema, data)

    async def assemble(self, module: str, char_id: int) -> bytes:
        """Put a snapshot into Redis; its key, to be taken within a minute.

        Raises: ColdStoreUnavailableError, HotStoreUnavailableError.
        """
        return (await self._put(module, await self._sources[module]([char_id])))[0]

    async def take(self, key: bytes) -> Snapshot | None:
        """The snapshot under this key, once; None if it is gone. Raises:
        HotStoreUnavailableError."""
        (value,) = await self._hot.take_temps([key])
        return _decode(value) if value is not None else None

    async def _assembled(self, module: str, char_ids: Sequence[int]) -> Sequence[Snapshot]:
        """By way of Redis; without it, straight from Postgres."""
        read = await self._sources[module](char_ids)
        self._invariants.pairs(f"snapshots of {module}", char_ids, read)
        try:
            values = await self._hot.take_temps(await self._put(module, read))
        except HotStoreUnavailableError:
            return read
        pairs = self._invariants.pairs(f"snapshots of {module} from Redis", read, values)
        taken = [_decode(value) if value is not None else own for own, value in pairs]
        for char_id, snapshot in zip(char_ids, taken, strict=True):
            self._invariants.same_character(char_id, snapshot.char_id, f"snapshot of {module}")
        return taken

    async def _put(self, module: str, snapshots: Sequence[Snapshot]) -> list[bytes]:
        named = {keys.temp(module, str(uuid.uuid4())): encode_snapshot(each) for each in snapshots}
        await self._hot.put_temps(named)
        return list(named)


async def snapshots_of(
    cold: SectionStore, module: SessionModule, char_ids: Sequence[int]
) -> list[Snapshot]:
    """What Postgres has for a module's sessions, many at once, in order.

    Raises: ColdStoreUnavailableError."""
    asked = list(dict.fromkeys(char_ids))
    if module.storage is Storage.ITEMS:
        items = await cold.items(asked)
        return [_of_items(char_id, items.get(char_id, StoredItems())) for char_id in char_ids]
    documents = await cold.documents(module.name, asked)
    return [Snapshot(char_id, document=documents.get(char_id)) for char_id in char_ids]


def _of_items(char_id: int, stored: StoredItems) -> Snapshot:
    return Snapshot(char_id, stored.rows, stored.state, state_schema=stored.state_schema)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The snapshot as JSON."""
    document = snapshot.document
    return orjson.dumps(
        {
            "char_id": snapshot.char_id,
            "items": [_encode_row(row) for row in snapshot.items],
            "state": _text(snapshot.state),
            "state_schema": snapshot.state_schema,
            "document": document and [document.session_id, document.data.decode(), document.schema],
        }
    )


def _encode_row(row: ItemRow) -> list[Any]:
    return [
        row.item_id,
        row.template_id,
        row.quantity,
        row.slot,
        row.position,
        row.quick_slot,
        _text(row.data),
        row.schema,
    ]


def _decode(value: bytes) -> Snapshot:
    fields = orjson.loads(value)
    document = fields["document"]
    return Snapshot(
        fields["char_id"],
        tuple(_decode_row(row) for row in fields["items"]),
        _bytes(fields["state"]),
        StoredDocument(document[0], document[1].encode(), document[2]) if document else None,
        fields["state_schema"],
    )


def _decode_row(row: list[Any]) -> ItemRow:
    item_id, template_id, quantity, slot, position, quick_slot, data, schema = row
    return ItemRow(item_id, template_id, quantity, slot, position, quick_slot, _bytes(data), schema)


def _text(data: bytes | None) -> str | None:
    return data.decode() if data is not None else None


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text is not None else None
