"""Reply slots that wait until Postgres has a version of their character."""

from __future__ import annotations

from collections import defaultdict

from actors.envelope import ReplySlot
from persistence.errors import PersistenceError
from persistence.records import Version


class AwaitedVersions:
    """The waiting slots, by character and version."""

    def __init__(self) -> None:
        self._slots: defaultdict[object, list[tuple[Version, ReplySlot]]] = defaultdict(list)

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def add(self, character: object, version: Version, slot: ReplySlot) -> None:
        """Settle `slot` when this version is saved or has failed."""
        self._slots[character].append((version, slot))

    def reached(self, character: object, version: Version) -> None:
        """Postgres has everything up to this version."""
        if character not in self._slots:
            return
        waiting = self._slots.pop(character)
        later = [entry for entry in waiting if entry[0] > version]
        if later:
            self._slots[character] = later
        for awaited, slot in waiting:
            if awaited <= version:
                slot.resolve(None)

    def failed(self, character: object, error: PersistenceError) -> None:
        """Fail all slots of this character."""
        for _, slot in self._slots.pop(character, ()):
            slot.fail(error)

    def all_failed(self, error: PersistenceError) -> None:
        """Fail all slots."""
        for character in list(self._slots):
            self.failed(character, error)
