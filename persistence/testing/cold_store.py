"""The ColdStore in memory, for tests and simulations.

It passes the conformance suite of the real one. No method waits, so it runs under any event loop.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import chain
from uuid import UUID

from attrs import evolve, frozen

from persistence.cold import batch
from persistence.cold.storable import bad_record, check_batch, check_new, storable_text
from persistence.records import (
    LOGGED_OUT,
    Backup,
    CharacterRow,
    CharId,
    ColdClaim,
    ColdRelease,
    DocumentSection,
    EventRecord,
    Hold,
    ItemRow,
    ItemsSection,
    NewCharacter,
    Ownership,
    QuarantineEntry,
    SaveStatus,
    StoredDocument,
    StoredItems,
    StoredSession,
)


@frozen
class Document:
    """One session of one character; `live` is False for an ended one."""

    module: str
    char_id: CharId
    live: bool
    data: bytes
    schema: int


class MemoryColdStore:
    """The ColdStore port on dictionaries.

    A test may read what is stored, and write what no server would.

    Attributes:
        rows: each character's row of `characters`.
        item_rows: each item's owner and row, by item id.
        item_states: the inventory state of each character and its schema.
        session_documents: the documents of sessions, by session id.
        quarantined: the table `quarantine`, oldest first, with the records.
    """

    def __init__(self) -> None:
        self.rows: dict[CharId, CharacterRow] = {}
        self.item_rows: dict[int, tuple[CharId, ItemRow]] = {}
        self.item_states: dict[CharId, tuple[bytes, int]] = {}
        self.session_documents: dict[str, Document] = {}
        self.quarantined: list[QuarantineEntry] = []
        self._logs: dict[str, dict[int, bytes]] = {}
        self._outbox: dict[str, EventRecord] = {}
        self._next_item_id = 1

    async def create(self, new: NewCharacter) -> CharacterRow:
        check_new(new)
        row = CharacterRow(
            char_id=len(self.rows) + 1,
            epoch=0,
            version=1,
            owner=LOGGED_OUT,
            name=new.name,
            gender=new.gender,
            created_at=time.time(),
            game_stage="exploration",
            location_id=new.location,
            prev_location_id=None,
            vitals=new.vitals,
            stats=dict(new.stats),
        )
        self.rows[row.char_id] = row
        return row

    async def claim(self, claims: Sequence[ColdClaim]) -> Sequence[CharacterRow | None]:
        batch.distinct(claim.char_id for claim in claims)
        return [self._claim(claim) for claim in claims]

    async def save(self, backups: Sequence[Backup]) -> Sequence[SaveStatus]:
        batch.distinct(backup.character.char_id for backup in backups)
        statuses = [self._verdict(backup) for backup in backups]
        admitted = batch.admitted(backups, statuses)
        check_batch(admitted)
        items, documents = self._with_items(admitted), self._with_documents(admitted)
        self.item_rows, self.session_documents = items, documents
        for char_id, state, schema in batch.states(batch.item_sections(admitted)):
            self.item_states[char_id] = state, schema
        for backup in admitted:
            self._write(backup.character)
        for owned in batch.documents(admitted).values():
            for _, section in owned:
                self._append(section)
        for event in batch.outbox_events(backups, statuses):
            self._outbox.setdefault(event.event_id, event)
        return statuses

    async def rehearse(self, backup: Backup) -> SaveStatus:
        status = self._verdict(backup)
        if status is SaveStatus.SAVED:
            check_batch([backup])
            self._with_items([backup])
            self._with_documents([backup])
        return status

    async def items(self, char_ids: Sequence[CharId]) -> Mapping[CharId, StoredItems]:
        rows: dict[CharId, list[ItemRow]] = {}
        for _, (char_id, item) in sorted(self.item_rows.items()):
            rows.setdefault(char_id, []).append(item)
        return {
            char_id: StoredItems(tuple(rows.get(char_id, ())), *self.item_states.get(char_id, ()))
            for char_id in char_ids
            if char_id in rows or char_id in self.item_states
        }

    async def documents(
        self, module: str, char_ids: Sequence[CharId]
    ) -> Mapping[CharId, StoredDocument]:
        return {
            document.char_id: StoredDocument(session_id, document.data, document.schema)
            for session_id, document in self.session_documents.items()
            if document.live and document.module == module and document.char_id in char_ids
        }

    async def session(self, module: str, session_id: str) -> StoredSession | None:
        key = str(UUID(session_id))
        document = self.session_documents.get(key)
        if document is None or document.module != module:
            return None
        log = tuple(sorted(self._logs.get(key, {}).items()))
        return StoredSession(document.char_id, document.data, document.live, log)

    async def read(self, char_ids: Sequence[CharId]) -> Sequence[CharacterRow | None]:
        return list(map(self.rows.get, char_ids))

    async def page(self, after: CharId, most: int) -> Sequence[CharacterRow]:
        following = sorted(char_id for char_id in self.rows if char_id > after)
        return [self.rows[char_id] for char_id in following[:most]]

    async def peek(self, char_ids: Sequence[CharId]) -> Sequence[Ownership | None]:
        rows = map(self.rows.get, char_ids)
        return [None if row is None else _ownership(row) for row in rows]

    async def release(self, releases: Sequence[ColdRelease]) -> Sequence[bool]:
        batch.distinct(release.char_id for release in releases)
        return [self._release(release) for release in releases]

    async def reserve_item_ids(self, count: int) -> range:
        block = range(self._next_item_id, self._next_item_id + count)
        self._next_item_id = block.stop
        return block

    async def quarantine(self, char_id: CharId, source: str, reason: str, record: bytes) -> None:
        known = (char_id, storable_text(source), storable_text(reason), record)
        now_s = time.time()
        for at, old in enumerate(self.quarantined):
            if (old.char_id, old.source, old.reason, old.record) == known:
                again = evolve(old, count=old.count + 1, last_seen=now_s)
                self.quarantined[at] = evolve(again, closed_at=None, resolution=None)
                return
        entry_id = len(self.quarantined) + 1
        facts = (entry_id, *known[:3], 1, now_s, now_s, len(record))
        self.quarantined.append(QuarantineEntry(*facts, record=record))

    async def held(self, char_ids: Sequence[CharId]) -> Mapping[CharId, Sequence[Hold]]:
        holds: dict[CharId, list[Hold]] = {}
        for entry in self.quarantined:
            if entry.closed_at is None and entry.char_id in char_ids:
                holds.setdefault(entry.char_id, []).append(Hold(entry.source, entry.reason))
        return holds

    async def close_entries(self, char_id: CharId, resolution: str) -> int:
        closed = 0
        for at, entry in enumerate(self.quarantined):
            if entry.closed_at is None and entry.char_id == char_id:
                closing = evolve(entry, closed_at=time.time())
                self.quarantined[at] = evolve(closing, resolution=storable_text(resolution))
                closed += 1
        return closed

    async def entries(self, only_open: bool, most: int) -> Sequence[QuarantineEntry]:
        asked = [each for each in self.quarantined if each.closed_at is None or not only_open]
        asked.sort(key=lambda entry: (entry.last_seen, entry.entry_id), reverse=True)
        return [evolve(entry, record=b"") for entry in asked[:most]]

    async def entry(self, entry_id: int) -> QuarantineEntry | None:
        return next((each for each in self.quarantined if each.entry_id == entry_id), None)

    async def outbox(self, most: int) -> Sequence[EventRecord]:
        return list(self._outbox.values())[:most]

    async def delivered(self, event_ids: Sequence[str]) -> None:
        for event_id in event_ids:
            self._outbox.pop(event_id, None)

    async def ping(self) -> None:
        """See ColdStore."""

    async def close(self) -> None:
        """See ColdStore."""

    def _claim(self, claim: ColdClaim) -> CharacterRow | None:
        before = self.rows.get(claim.char_id)
        if before is None:
            return None
        claimed = evolve(before, epoch=max(before.epoch, claim.at_least) + 1)
        self.rows[claim.char_id] = evolve(claimed, owner=claim.owner)
        return claimed

    def _release(self, release: ColdRelease) -> bool:
        row = self.rows.get(release.char_id)
        if row is None or row.epoch > release.epoch:
            return False
        self.rows[release.char_id] = evolve(row, epoch=release.epoch, owner=release.owner)
        return True

    def _verdict(self, backup: Backup) -> SaveStatus:
        offered, stored = backup.character, self.rows.get(backup.character.char_id)
        if stored is None:
            raise bad_record(offered.char_id, "there is no row to write to", backup)
        return batch.verdict(offered, stored.epoch, stored.version)

    def _write(self, row: CharacterRow) -> None:
        created_at = self.rows[row.char_id].created_at
        self.rows[row.char_id] = evolve(row, created_at=created_at, stats=dict(row.stats))

    def _append(self, section: DocumentSection) -> None:
        for one in (*section.earlier, section):
            if one.session_id is not None:
                log = self._logs.setdefault(str(UUID(one.session_id)), {})
                for number, record in one.appended:
                    log.setdefault(number, record)

    def _with_items(self, backups: Sequence[Backup]) -> dict[int, tuple[CharId, ItemRow]]:
        sections = batch.item_sections(backups)
        items = dict(self.item_rows)
        for owned in sections:
            _drop(items, *owned)
        for owned in sections:
            _put(items, *owned)
        return items

    def _with_documents(self, backups: Sequence[Backup]) -> dict[str, Document]:
        documents = dict(self.session_documents)
        for module, owned in batch.documents(backups).items():
            for char_id, section in owned:
                _end_others(documents, module, char_id)
                _put_document(documents, module, char_id, section)
        return documents


def _ownership(row: CharacterRow) -> Ownership:
    return Ownership(row.epoch, row.version, row.owner)


def _drop(items: dict[int, tuple[CharId, ItemRow]], char_id: CharId, section: ItemsSection) -> None:
    replaced = list(items) if section.replace else []
    for item_id in chain(section.drop, replaced):
        if item_id in items and items[item_id][0] == char_id:
            del items[item_id]


def _put(items: dict[int, tuple[CharId, ItemRow]], char_id: CharId, section: ItemsSection) -> None:
    for item in section.put:
        owner_id, _ = items.get(item.item_id, (char_id, item))
        if owner_id != char_id:
            reason = f"item {item.item_id} belongs to character {owner_id}"
            raise bad_record(char_id, reason, section)
        items[item.item_id] = char_id, evolve(item, schema=section.schema)


def _end_others(documents: dict[str, Document], module: str, char_id: CharId) -> None:
    for session_id, document in documents.items():
        if (document.module, document.char_id) == (module, char_id):
            documents[session_id] = evolve(document, live=False)


def _put_document(
    documents: dict[str, Document], module: str, char_id: CharId, section: DocumentSection
) -> None:
    for one in (*section.earlier, section):
        if one.session_id is None:
            continue
        session_id = str(UUID(one.session_id))
        stored = documents.get(session_id)
        if stored and (stored.module, stored.char_id) != (module, char_id):
            raise bad_record(char_id, f"session {session_id} is another's", section)
        live = one.live and one is section
        documents[session_id] = Document(module, char_id, live, one.data, section.schema)
