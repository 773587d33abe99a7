"""What can go wrong in a store, named by what the caller does next.

PersistenceError
├── StoreUnavailableError        assume nothing; resend the same message later
│   ├── HotStoreUnavailableError     Redis
│   └── ColdStoreUnavailableError    Postgres
├── BacklogFullError             nothing was queued; back off
├── FencedOutError               a newer activation owns the character; stop, never retry
├── BadRecordError               one stored or offered record is unusable; quarantine it
├── InvariantError               what can't be is: write nothing, drop the actor, report
└── EmbeddedServerError          a server of our own did not start; the text says what to do
"""

from __future__ import annotations


class PersistenceError(Exception):
    """Base of everything the stores raise."""


class StoreUnavailableError(PersistenceError):
    """The store did not answer: the outcome of what was asked is unknown."""

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
    """One record cannot be read, or the store refuses it whatever we do.

    Attributes:
        char_id: whose record it is.
        record: the bytes as they were found (or offered), for the quarantine.
    """

    def __init__(self, char_id: int, reason: str, record: bytes = b"") -> None:
        super().__init__(f"character {char_id}: {reason}")
        self.char_id = char_id
        self.reason = reason
        self.record = record


class InvariantError(PersistenceError):
    """Something that holds whatever happens does not: an answer about another character, an older
    version over a newer one. Nothing that builds on it is written; see `persistence.invariants`."""

    code = "invariant_broken"

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"the invariant {invariant} is broken: {detail}")
        self.invariant = invariant
        self.detail = detail


class EmbeddedServerError(PersistenceError):
    """A server of our own could not be started, found or stopped."""
