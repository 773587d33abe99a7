"""The records that the stores read and write: plain, frozen, without game logic.

Version: +1 per committed turn of one character. Epoch: the fencing token, one per activation,
strictly increasing. Both are integers below 2**53.
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
"""Which store has an acknowledged turn."""

LOGGED_OUT: Final = ""
"""`owner` of a logged-out character: everything is in Postgres."""
UNOWNED: Final = "-"
"""`owner` of a character that is logged in but active on no server (clean shutdown)."""


# ---------------------------------------------------------------- hot store (Redis)


class CommitStatus(Enum):
    """The result of one commit."""

    OK = 0  # written, now or by an earlier call whose answer was lost
    FENCED = 1  # a newer epoch is stored
    NEED_FULL = 2  # the stored version is not the one before: send the whole state


@value
class EventRecord:
    """An event of a turn, for the readers of the stream `events`.

    `event_id`: unique, and the same if the event is sent again. `data`: JSON bytes.
    """

    event_id: str
    char_id: CharId
    type: str
    data: bytes


@value
class SessionDelta:
    """The part of a commit that goes to one session key.

    `key`: the Redis key. `put`: field and value alternating, as bytes, `metadata` always among
    them. `drop`: fields to remove. `full`: the key is replaced (else it must exist, or the script
    answers NEED_FULL). `delete`: the key is deleted, nothing else applies. `dirty`: Postgres lacks
    part of the session: the key loses its TTL; else it gets a new one.
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
    stored version need not be the one before. `dirty`: mark `dirty_accounts`; False only where
    Postgres has this version (the seed at the end of a restore). `size_bytes`: approximate, to
    bound a batch. `events`: appended to the stream `events` if and only if the commit is
    written."""

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
    """One session as stored in Redis. `fields`: None if the core names a key that is missing."""

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

    `created_at`: Unix time in seconds. `vitals`: JSON bytes. `stats`: as stored, unchecked.
    `receipts`: JSON bytes, the list of applied message ids with their replies. `schema`: the number
    of the shape the row was written in.
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

    `replace`: delete the rows not in `put`. `state`: JSON bytes; None leaves the stored one, also
    with `replace`. At most one section of a backup has a state, because a character has one row.
    `schema`: the shape of everything in it."""

    put: Sequence[ItemRow] = ()
    drop: Sequence[int] = ()
    replace: bool = False
    state: bytes | None = None
    schema: int = 1


@frozen
class DocumentSection:
    """What a backup writes to a module's document table, one row a session, and to `session_log`.

    `session_id` None: the session ended, its live row becomes history; `data`, `live` and
    `appended` are ignored. `live` False: the document is history, which no restore reads.
    `appended`: numbered JSON records of the session, immutable; stored ones are not written again.
    `earlier`: sessions that this one replaced, written as history; their own `live` and `earlier`
    are ignored. `schema`: the shape of `data` and of `earlier`.
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
    """One character's state for Postgres. `sections`: module name to its changes. `events`: events
    that Redis lacks, for the outbox."""

    character: CharacterRow
    sections: Mapping[str, Section] = field(factory=dict)
    events: tuple[EventRecord, ...] = ()


class SaveStatus(Enum):
    """The result of one backup."""

    SAVED = 0
    STALE = 1  # this version or a newer one of the same epoch is stored: nothing to do
    FENCED = 2  # a newer epoch is stored, nothing was written


@frozen
class ColdClaim:
    """A request to own a character: epoch becomes max(stored, `at_least`) + 1."""

    char_id: CharId
    at_least: Epoch
    owner: str


@frozen
class ColdRelease:
    """Write the new `owner`, and this epoch, unless the stored epoch is greater. The stored one is
    lower if this one was claimed while Postgres was down."""

    char_id: CharId
    epoch: Epoch
    owner: str


@frozen
class StoredItems:
    """The rows of one character in `inventory_items` and `inventory_state`.

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
    """One session, live or history, with its appended records by number."""

    char_id: CharId
    data: bytes
    live: bool
    log: Sequence[tuple[int, bytes]] = ()


# ---------------------------------------------------------------- quarantine


@frozen
class Hold:
    """An open entry of the quarantine, because of which a character may not be activated. `source`:
    where the record was found ('restore', 'session', 'commit', 'backup')."""

    source: str
    reason: str


@frozen
class QuarantineEntry:
    """One row of `quarantine`: a record that could not be read or written.

    `count`: how often it was found. Times are Unix time in seconds; `closed_at` None: it is open.
    `resolution`: why it was closed. `record`: the bytes, empty in a list of entries; `size_bytes`:
    their number.
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
