"""A batch of backups: which are written, and what of each goes to which table.

Pure, and shared by the adapter and the fake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from persistence.records import (
    Backup,
    CharacterRow,
    CharId,
    DocumentSection,
    Epoch,
    EventRecord,
    ItemsSection,
    SaveStatus,
    Version,
)

OwnedSection = tuple[CharId, ItemsSection]
OwnedState = tuple[CharId, bytes, int]
"""The character, the JSON bytes, and their schema."""
OwnedDocument = tuple[CharId, DocumentSection]


def distinct(char_ids: Iterable[CharId]) -> list[CharId]:
    """The ids in order. Raises: ValueError: a character is twice among them."""
    listed = list(char_ids)
    if len(set(listed)) != len(listed):
        raise ValueError("a character is twice in one batch")
    return listed


def verdict(offered: CharacterRow, epoch: Epoch, version: Version) -> SaveStatus:
    """Whether a row is written over one with this epoch and version."""
    if offered.epoch < epoch:
        return SaveStatus.FENCED
    return SaveStatus.SAVED if offered.version > version else SaveStatus.STALE


def admitted(backups: Sequence[Backup], statuses: Sequence[SaveStatus]) -> list[Backup]:
    """The backups that are written."""
    judged = zip(backups, statuses, strict=True)
    return [backup for backup, status in judged if status is SaveStatus.SAVED]


def outbox_events(backups: Sequence[Backup], statuses: Sequence[SaveStatus]) -> list[EventRecord]:
    """The events for the outbox: also those of a STALE backup, because a backup of the same version
    that came before the turn's own commit had no events."""
    return [
        event
        for backup, status in zip(backups, statuses, strict=True)
        if status is not SaveStatus.FENCED
        for event in backup.events
    ]


def item_sections(backups: Iterable[Backup]) -> list[OwnedSection]:
    """The items of each character."""
    return [
        (backup.character.char_id, section)
        for backup in backups
        for section in backup.sections.values()
        if isinstance(section, ItemsSection)
    ]


def states(sections: Iterable[OwnedSection]) -> list[OwnedState]:
    """The inventory states among the sections."""
    return [
        (char_id, section.state, section.schema)
        for char_id, section in sections
        if section.state is not None
    ]


def documents(backups: Iterable[Backup]) -> Mapping[str, list[OwnedDocument]]:
    """The document of each character, by module."""
    found: defaultdict[str, list[OwnedDocument]] = defaultdict(list)
    for backup in backups:
        for module, section in backup.sections.items():
            if isinstance(section, DocumentSection):
                found[module].append((backup.character.char_id, section))
    return found
