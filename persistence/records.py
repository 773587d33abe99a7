"""What travels to and from the stores: plain frozen records, no game in them.

Version: +1 per committed turn of one character. Epoch: the fencing token, one per activation,
only ever greater. Both are integers below 2**53.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, Literal

from attrs import field, frozen

from persistence.values import value

CharId = int
Epoch = int
Version = int

Durability = Literal["redis", "postgres"]
"""Which store holds what was acknowledged."""

LOGGED_OUT: Final = ""
"""`owner` of a character nobody plays: everything is in Postgres."""
UNOWNED: Final = "-"
"""`owner` of a character that is logged in but that no running server holds (clean shutdown)."""


# ---------------------------------------------------------------- hot store (Redis)


class CommitStatus(Enum):
    """What the commit script said about one commit."""

    OK = 0  # written; or it was written before by a commit that lost its answer
    FENCED = 1  # a newer epoch is stored
    NEED_FULL = 2  # what is stored is not the version before: send the whole state


@value
class EventRecord:
    """Something that happened in a turn, for whoever reads the stream `events`.

    `event_id`: one for each event, the same wherever it is told again. `data`: JSON bytes.
    """

    event_id: str
    char_id: CharId
    type: str
    data: bytes


@value
class SessionDelta:
    """The part of a commit that goes to one session key.

    `key`: the Redis key. `put`: field and value alternating, as bytes, `metadata` always among
    them. `drop`: fields to remove. `full`: the key is written anew (else it must exist, or the
    script answers NEED_FULL). `delete`: the key is removed, nothing else applies. `dirty`: Postgres
    does not have all of the session: the key loses its TTL; else it gets a new one.
    """

    key: bytes
    put: tuple[bytes, ...] = ()
    drop: tuple[bytes, ...] = ()
    full: bool = False
    delete: bool = False
    dirty: bool = True


@value
class Commit:
    """One turn of one character, to be written atomically.

    `core`: field and value alternating, only the fields that changed (all of them if `full`).
    `sessions`: the session keys this turn changed (all of them if `full`). `receipt`: the record
    for `dedupe:{char_id}`, or b"" if the message had no id of its own. `receipts`: only with
    `full`: the whole list for `dedupe:{char_id}`, oldest first. `full`: the whole state; the
    script then does not ask for the version before. `dirty`: mark `dirty_accounts`; False only
    where Postgres already has this version (the seeding at the end of a restore). `size_bytes`:
    about how much it is, for bounding a batch. `events`: appended to the stream `events` if the
    commit is written, and only then."""

    char_id: CharId
    epoch: Epoch
    version: Version
    owner: str
    core: tuple[bytes, ...] = ()
    sessions: tuple[SessionDelta, ...] = ()
    receipt: bytes = b""
    receipts: tuple[bytes, ...] = ()
    full: bool = False
    dirty: bool = True
    size_bytes: int = 512
    events: tuple[EventRecord, ...] = ()


@frozen
class HotSession:
    """One session as Redis holds it. `fields` is None if the core names it but the key is gone."""

    session_id: str
    fields: Mapping[bytes, bytes] | None


@frozen
class HotState:
    """Everything Redis holds of one character at the moment of the claim.

    `core` has the `ac:{char_id}` fields as bytes without epoch, version and owner; it is empty,
    and `version` is 0, if Redis did not know the character. `owner` is the one before the claim.
    `sessions`: module name to session, for the modules whose session id is set in the core.
    """

    char_id: CharId
    epoch: Epoch
    version: Version
    owner: str
    core: Mapping[str, bytes]
    sessions: Mapping[str, HotSession]
    receipts: Sequence[bytes]


@frozen
class HotClaim:
    """A request to own a character under `epoch`, which must be above the stored one."""

    char_id: CharId
    epoch: Epoch
    owner: str


@frozen
class ClaimRefused:
    """The claim's epoch is not above the stored one; claim again above `stored_epoch`."""

    char_id: CharId
    stored_epoch: Epoch


@frozen
class Ownership:
    """Who owns a character according to one store, read without claiming."""

    epoch: Epoch
    version: Version
    owner: str


@frozen
class CleanMark:
    """Postgres has `version`: if it is still the stored one (same epoch), the id leaves
    `dirty_accounts`, each session's `metadata` is replaced and its TTL set."""

    char_id: CharId
    epoch: Epoch
    version: Version
    sessions: tuple[tuple[bytes, bytes], ...] = ()  # (session key, clean metadata JSON)


@frozen
class HotRelease:
    """Postgres has everything: write the new `owner` (LOGGED_OUT or UNOWNED) if epoch and version
    are still these. LOGGED_OUT also gives the core its TTL."""

    char_id: CharId
    epoch: Epoch
    version: Version
    owner: str


# ---------------------------------------------------------------- cold store (Postgres)


@frozen
class NewCharacter:
    """A character to be created. `vitals` is JSON; `stats` integers by name."""

    name: str
    gender: str | None
    location: str
    stats: Mapping[str, int]
    vitals: bytes


@frozen
class CharacterRow:
    """One row of `characters` and its row of `character_stats`.

    `created_at`: seconds since 1970. `vitals`: JSON bytes. `stats`: as they are stored; whoever
    reads them checks. `receipts`: JSON bytes, the list of applied message ids with their replies.
    `schema`: the number of the shape the row was written in.
    """

    char_id: CharId
    epoch: Epoch
    version: Version
    owner: str
    name: str
    gender: str | None
    created_at: float
    game_stage: str
    location_id: str
    prev_location_id: str | None
    vitals: bytes
    stats: Mapping[str, int]
    receipts: bytes = b"[]"
    schema: int = 1


@frozen
class ItemRow:
    """One row of `inventory_items`. `slot`: the equipment slot, None in the backpack.
    `data`: per-instance JSON, None if there is none. `schema`: the shape a stored row was written
    in; a backup writes its section's."""

    item_id: int
    template_id: str
    quantity: int
    slot: str | None = None
    position: int | None = None
    quick_slot: int | None = None
    data: bytes | None = None
    schema: int = 1


@frozen
class ItemsSection:
    """What a backup writes to `inventory_items` and `inventory_state`.

    `replace`: the rows not in `put` go. `state`: JSON bytes; None leaves the stored one, also with
    `replace`. At most one section of a backup has a state, because a character has one row.
    `schema`: the shape everything in it is in."""

    put: Sequence[ItemRow] = ()
    drop: Sequence[int] = ()
    replace: bool = False
    state: bytes | None = None
    schema: int = 1


@frozen
class DocumentSection:
    """What a backup writes to a module's document table, one row a session, and to `session_log`.

    `session_id` None: the character has no such session any more, its live row becomes history;
    `data`, `live` and `appended` say nothing then. `live` False: the document is history, which no
    restore finds. `appended`: numbered JSON records of the session that never change again; those
    that are stored already stay as they are. `earlier`: sessions that this one took the place of,
    written as history whatever they say of `live`; they have no `earlier` of their own. `schema`:
    the shape of `data`, and of what is `earlier`.
    """

    session_id: str | None
    data: bytes = b""
    live: bool = True
    appended: Sequence[tuple[int, bytes]] = ()
    earlier: Sequence[DocumentSection] = ()
    schema: int = 1


Section = ItemsSection | DocumentSection


@frozen
class Backup:
    """One character's state for Postgres. `sections`: module name to what changed there.
    `events`: what Redis could not be told; they wait in the outbox."""

    character: CharacterRow
    sections: Mapping[str, Section] = field(factory=dict)
    events: tuple[EventRecord, ...] = ()


class SaveStatus(Enum):
    """What Postgres made of one backup."""

    SAVED = 0
    STALE = 1  # it already has this version or a newer one of the same epoch: fine
    FENCED = 2  # a newer epoch is stored, nothing was written


@frozen
class ColdClaim:
    """A request to own a character: epoch becomes max(stored, `at_least`) + 1."""

    char_id: CharId
    at_least: Epoch
    owner: str


@frozen
class ColdRelease:
    """Write the new `owner` unless the stored epoch is greater. This one may be: it was claimed in
    Redis alone while Postgres was down, and is stored then."""

    char_id: CharId
    epoch: Epoch
    owner: str


@frozen
class StoredItems:
    """What `inventory_items` and `inventory_state` hold of one character.

    `rows`: by item id. `state`: JSON bytes, None if there is no row; `state_schema`: its shape."""

    rows: Sequence[ItemRow] = ()
    state: bytes | None = None
    state_schema: int = 1


@frozen
class StoredDocument:
    """A session read from a module's document table. `schema`: the shape of `data`."""

    session_id: str
    data: bytes
    schema: int = 1


@frozen
class StoredSession:
    """One session, live or history, with everything that was appended to it, by number."""

    char_id: CharId
    data: bytes
    live: bool
    log: Sequence[tuple[int, bytes]] = ()


# ---------------------------------------------------------------- quarantine


@frozen
class Hold:
    """Why a character may not be activated: an open entry of the quarantine. `source`: who found
    the record ('restore', 'session', 'commit', 'backup')."""

    source: str
    reason: str


@frozen
class QuarantineEntry:
    """One row of `quarantine`: a record that could not be read or written.

    `count`: how often it was found. The times are seconds since 1970; `closed_at` None: nobody
    acted yet. `resolution`: what was done. `record`: the bytes, empty in a list of entries;
    `size_bytes`: how many they are.
    """

    entry_id: int
    char_id: CharId
    source: str
    reason: str
    count: int
    first_seen: float
    last_seen: float
    size_bytes: int
    closed_at: float | None = None
    resolution: str | None = None
    record: bytes = b""
