"""The ports to Postgres, one for each kind of user; ColdStore is their sum.

A character is in a batch at most once, else ValueError. Each method raises
ColdStoreUnavailableError if Postgres does not answer in time; its outcome is unknown then, and
after a cancellation.

Adapters: `postgres_store.py` (real), `persistence.testing` (fake, same conformance suite).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from persistence.records import (
    Backup,
    CharacterRow,
    CharId,
    ColdClaim,
    ColdRelease,
    EventRecord,
    Hold,
    NewCharacter,
    Ownership,
    QuarantineEntry,
    SaveStatus,
    StoredDocument,
    StoredItems,
    StoredSession,
)


class CharacterStore(Protocol):
    """Creates characters, and lists them."""

    async def create(self, new: NewCharacter) -> CharacterRow:
        """Insert a character: epoch 0, version 1, game_stage 'exploration', logged out."""

    async def page(self, after: CharId, most: int) -> Sequence[CharacterRow]:
        """The rows of the next characters, by id: those above `after`, at most `most`."""


class ColdClaimStore(Protocol):
    """Claims, reads and releases characters."""

    async def claim(self, claims: Sequence[ColdClaim]) -> Sequence[CharacterRow | None]:
        """Take a new epoch for each character in one statement, then read its rows.

        Returns, in order: the row with the new epoch and the `owner` **before** the claim, or None
        for an unknown character. An epoch claimed here fences every older writer at once.
        """

    async def read(self, char_ids: Sequence[CharId]) -> Sequence[CharacterRow | None]:
        """Read rows without claiming, in order; None for an unknown character."""

    async def peek(self, char_ids: Sequence[CharId]) -> Sequence[Ownership | None]:
        """Who owns each character, without claiming; None for an unknown one."""

    async def release(self, releases: Sequence[ColdRelease]) -> Sequence[bool]:
        """Write the new owner of each character; True where no greater epoch is stored."""


class SectionStore(Protocol):
    """Reads the stored sessions of characters."""

    async def items(self, char_ids: Sequence[CharId]) -> Mapping[CharId, StoredItems]:
        """The item rows and the inventory state of each character that has any of them.

        Not a snapshot: a concurrent save may show in the state alone. A claim fences all saves but
        those of the claimer."""

    async def documents(
        self, module: str, char_ids: Sequence[CharId]
    ) -> Mapping[CharId, StoredDocument]:
        """The live session document of `module` for each character that has one."""

    async def session(self, module: str, session_id: str) -> StoredSession | None:
        """One session of `module`, live or history, with its whole log; None if unknown. Raises:
        ValueError: `session_id` is no UUID."""


class ItemIdStore(Protocol):
    """Allocates item ids."""

    async def reserve_item_ids(self, count: int) -> range:
        """A block of `count` (at least 1) item ids that no other call ever gets."""


class QuarantineWriter(Protocol):
    """Keeps unusable records."""

    async def quarantine(self, char_id: CharId, source: str, reason: str, record: bytes) -> None:
        """Keep the bytes of a record that could not be read or written. The same record with the
        same source and reason is counted, and opened again."""


class BackupStore(QuarantineWriter, Protocol):
    """Saves backups, and keeps those that are refused."""

    async def save(self, backups: Sequence[Backup]) -> Sequence[SaveStatus]:
        """Write many characters in one transaction, each fenced on its own row.

        A row is written only if the stored epoch is not greater and the stored version is lower;
        the sections of a character are written if and only if its row was. Its events go to the
        outbox, each once, unless it was fenced.

        Raises:
            BadRecordError: one backup is refused permanently, and nothing of the batch was written.
                Its `char_id` names the character, or is 0 if the store could not: split the batch.
        """


class QuarantineStore(QuarantineWriter, Protocol):
    """Reads and closes the entries of the quarantine."""

    async def held(self, char_ids: Sequence[CharId]) -> Mapping[CharId, Sequence[Hold]]:
        """The open entries of the quarantine of each character that has any, oldest first."""

    async def close_entries(self, char_id: CharId, resolution: str) -> int:
        """Close the open entries of a character; returns their number."""

    async def entries(self, only_open: bool, most: int) -> Sequence[QuarantineEntry]:
        """The entries of the quarantine, the last seen first, without the bytes."""

    async def entry(self, entry_id: int) -> QuarantineEntry | None:
        """One entry with its bytes; None if unknown."""


class OutboxStore(Protocol):
    """The events that wait for Redis."""

    async def outbox(self, most: int) -> Sequence[EventRecord]:
        """At most `most` events that wait for Redis, the oldest first."""

    async def delivered(self, event_ids: Sequence[str]) -> None:
        """Redis has these events: delete them from the outbox."""


class ColdStore(
    CharacterStore,
    ColdClaimStore,
    SectionStore,
    ItemIdStore,
    BackupStore,
    QuarantineStore,
    OutboxStore,
    Protocol,
):
    """All ports together: what an adapter implements."""

    async def rehearse(self, backup: Backup) -> SaveStatus:
        """The result of `save` for a backup, without writing it. Raises: BadRecordError."""

    async def ping(self) -> None:
        """Return if Postgres answers."""

    async def close(self) -> None:
        """Close the pool."""
