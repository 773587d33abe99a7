"""A character as the persistence package sees one: versions, commits, backups, and no game."""

from __future__ import annotations

from attrs import define, evolve, field

from persistence.errors import BadRecordError, InvariantError, PersistenceError
from persistence.records import (
    Backup,
    CharacterRow,
    CleanMark,
    ColdClaim,
    Commit,
    Durability,
    NewCharacter,
)
from persistence.testing import MemoryColdStore

OWNER = "server-a"


@define(eq=False)
class Character:
    """A Committer and a DirtyCharacter that records its calls."""

    row: CharacterRow
    landed_in: list[tuple[int, Durability]] = field(factory=list)
    errors: list[PersistenceError] = field(factory=list)
    fenced_in: list[str] = field(factory=list)
    saves: list[int] = field(factory=list)
    location: str = "start"
    gone: bool = False

    @property
    def char_id(self) -> int:
        return self.row.char_id

    @property
    def version(self) -> int:
        return self.row.version

    def turn(self, *, size_bytes: int = 100) -> Commit:
        """A change, and its commit, which says that it is so large."""
        self._next()
        core = (b"location", self.row.location_id.encode())
        epoch, version = self.row.epoch, self.version
        return Commit(self.char_id, epoch, version, OWNER, core, size_bytes=size_bytes)

    def whole(self) -> Commit:
        """Everything, at this version."""
        core = (b"location", self.row.location_id.encode())
        return Commit(self.char_id, self.row.epoch, self.version, OWNER, core, full=True)

    def spoil(self) -> None:
        """From now on Postgres refuses its record."""
        self.location = "\x00"
        self._next()

    def _next(self) -> None:
        version = self.version + 1
        location = f"{self.location}-{version}"
        self.row = evolve(self.row, version=version, location_id=location)

    def landed(self, commit: Commit, durability: Durability) -> None:
        self.landed_in.append((commit.version, durability))

    def failed(self, commit: Commit, error: PersistenceError) -> None:
        self.errors.append(error)
        self.gone = True

    def full_commit(self, commit: Commit) -> Commit | None:
        return None if self.gone else self.whole()

    def backup(self) -> Backup:
        return Backup(self.row)

    def saved(self, backup: Backup) -> CleanMark | None:
        self.saves.append(backup.character.version)
        if backup.character.version != self.version:
            return None
        return CleanMark(self.char_id, self.row.epoch, self.version)

    def fenced_by(self, store: str) -> None:
        self.fenced_in.append(store)

    def on_record_rejected(self, error: BadRecordError) -> None:
        self.errors.append(error)

    def on_invariant_violated(self, error: InvariantError) -> None:
        self.errors.append(error)


async def new_character(cold: MemoryColdStore) -> Character:
    """One that is stored, claimed by OWNER, and at version 1."""
    row = await cold.create(NewCharacter("Mira", None, "start", {}, b"{}"))
    (claimed,) = await cold.claim([ColdClaim(row.char_id, 0, OWNER)])
    assert claimed is not None
    return Character(evolve(claimed, owner=OWNER))
