"""ContextAssembler: builds the snapshot from which a session is made, so that no module reads
Postgres.

A snapshot is a value of its own, `temp:{module}:{uuid}` in Redis, deleted when it is taken; what
was asked for together is read together."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
import trio

from gamestate.contracts import SessionModule, Snapshot, Storage
from gamestate.errors import GameStateError, QuarantinedError
from gamestate.state import Session
from persistence.coalesce import Coalescer
from persistence.cold.repository import ColdStore
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import HotStore
from persistence.records import ItemRow, StoredDocument, StoredItems


class NothingStoredError(GameStateError):
    """Postgres has no session of this module for the character."""

    code = "no_session"


class ContextAssembler:
    """Reads Postgres for all modules. `run` must run for any of it to work."""

    def __init__(
        self,
        hot: HotStore,
        cold: ColdStore,
        modules: Mapping[str, SessionModule],
        now_s: Callable[[], float],
    ) -> None:
        self._hot = hot
        self._modules = modules
        self._now_s = now_s
        self._sources = {name: _source(cold, module) for name, module in modules.items()}
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
            QuarantinedError: what is stored is unreadable.
            ColdStoreUnavailableError.
        """
        snapshot = await self._snapshots[module].ask(char_id)
        owner = self._modules[module]
        try:
            data = owner.load_session(snapshot)
        except ValueError as error:
            raise QuarantinedError(char_id, f"{module}: {error}") from error
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
        try:
            values = await self._hot.take_temps(await self._put(module, read))
        except HotStoreUnavailableError:
            return read
        pairs = zip(values, read, strict=True)
        return [_decode(value) if value is not None else own for value, own in pairs]

    async def _put(self, module: str, snapshots: Sequence[Snapshot]) -> list[bytes]:
        named = {keys.temp(module, str(uuid.uuid4())): _encode(each) for each in snapshots}
        await self._hot.put_temps(named)
        return list(named)


def _source(
    cold: ColdStore, module: SessionModule
) -> Callable[[Sequence[int]], Awaitable[list[Snapshot]]]:
    """How the snapshots of a module are read, many at once."""

    async def items(char_ids: Sequence[int]) -> list[Snapshot]:
        stored = await cold.items(list(dict.fromkeys(char_ids)))
        return [_of_items(char_id, stored.get(char_id, StoredItems())) for char_id in char_ids]

    async def documents(char_ids: Sequence[int]) -> list[Snapshot]:
        stored = await cold.documents(module.name, list(dict.fromkeys(char_ids)))
        return [Snapshot(char_id, document=stored.get(char_id)) for char_id in char_ids]

    return items if module.storage is Storage.ITEMS else documents


def _of_items(char_id: int, stored: StoredItems) -> Snapshot:
    return Snapshot(char_id, stored.rows, stored.state)


def _encode(snapshot: Snapshot) -> bytes:
    document = snapshot.document
    return orjson.dumps(
        {
            "char_id": snapshot.char_id,
            "items": [_encode_row(row) for row in snapshot.items],
            "state": _text(snapshot.state),
            "document": document and [document.session_id, document.data.decode()],
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
    ]


def _decode(value: bytes) -> Snapshot:
    fields = orjson.loads(value)
    document = fields["document"]
    return Snapshot(
        fields["char_id"],
        tuple(_decode_row(row) for row in fields["items"]),
        _bytes(fields["state"]),
        StoredDocument(document[0], document[1].encode()) if document else None,
    )


def _decode_row(row: list[Any]) -> ItemRow:
    item_id, template_id, quantity, slot, position, quick_slot, data = row
    return ItemRow(item_id, template_id, quantity, slot, position, quick_slot, _bytes(data))


def _text(data: bytes | None) -> str | None:
    return data.decode() if data is not None else None


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text is not None else None
