"""The errors of the stores, named by what the caller does next.

PersistenceError
├── StoreUnavailableError        assume nothing; resend the same message later
│   ├── HotStoreUnavailableError     Redis
│   └── ColdStoreUnavailableError    Postgres
├── BacklogFullError             nothing was queued; back off
├── FencedOutError               a newer activation owns the character; stop, never retry
├── BadRecordError               one stored or offered record is unusable; quarantine it
├── InvariantError               an invariant is broken: write nothing, drop the actor, report
└── EmbeddedServerError          an embedded server did not start; the text says what to do
"""

from __future__ import annotations


class PersistenceError(Exception):
    """Base of everything the stores raise."""


class StoreUnavailableError(PersistenceError):
    """The store did not answer: the outcome of the call is unknown."""

    store: str = "store"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.store} is unavailable: {reason}")
        self.reason = reason


class HotStoreUnavailableError(StoreUnavailableError):
    """Redis did not answer."""

    store = "redis"


class ColdStoreUnavailableError(StoreUnavailableError):
    """Postgres did not answer."""

    store = "postgres"


class BacklogFullError(PersistenceError):
    """More commits are waiting than the server holds; nothing was queued."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} commits are waiting for Redis; retry later")
        self.waiting = waiting


class FencedOutError(PersistenceError):
    """The store holds a newer epoch: this activation lost the character and must stop."""

    def __init__(self, char_id: int, epoch: int, store: str) -> None:
        super().__init__(
            f"{store} refused epoch {epoch} of character {char_id}: a newer one owns it"
        )
        self.char_id = char_id
        self.epoch = epoch
        self.store = store


class BadRecordError(PersistenceError):
    """One record is unreadable, or the store refuses it permanently.

    Attributes:
        char_id: the character of the record.
        record: the bytes as stored (or offered), for the quarantine.
    """

    def __init__(self, char_id: int, reason: str, record: bytes = b"") -> None:
        super().__init__(f"character {char_id}: {reason}")
        self.char_id = char_id
        self.reason = reason
        self.record = record


class InvariantError(PersistenceError):
    """An invariant is broken: an answer about another character, an older version over a newer one.
    Nothing that builds on it is written; see `persistence.invariants`."""

    code = "invariant_broken"

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"the invariant {invariant} is broken: {detail}")
        self.invariant = invariant
        self.detail = detail


class EmbeddedServerError(PersistenceError):
    """An embedded server could not be started, found or stopped."""
