"""The ports to Redis, one for each kind of user; HotStore is their sum.

All methods take many characters at once, because a round trip costs more than the work in it. Each
raises HotStoreUnavailableError if Redis does not answer in time; its outcome is unknown then, and
after a cancellation.

Adapters: `redis_store.py` (real), `persistence.testing` (fake, same conformance suite).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from persistence.records import (
    CharId,
    ClaimRefused,
    CleanMark,
    Commit,
    CommitStatus,
    EventRecord,
    HotClaim,
    HotRelease,
    HotState,
    Ownership,
)


class CommitStore(Protocol):
    """Writes turns."""

    async def commit(self, commits: Sequence[Commit]) -> Sequence[CommitStatus]:
        """Write turns, each atomically, in order, in one script call.

        For each commit: FENCED if the stored epoch is greater; NEED_FULL for a delta if it is
        lower (the same version number may then stand for another state). A delta needs the stored
        version to be `version - 1` and the sessions it changes to exist, else NEED_FULL; a stored
        version of at least `version` under the same epoch is OK and writes nothing (the answer to
        a first try was lost, or a full commit went ahead). A full commit needs the stored version
        to be at most `version`, else OK and nothing is written. Then fields, owner, epoch,
        version, the dirty mark and the receipt are written; a dirty session loses its TTL, a clean
        one gets a new one. A full commit also writes the owner, which a claim wrote before.

        Returns: one status per commit, in order. Source: scripts/commit.lua
        """


class OwnerStore(Protocol):
    """Knows the owners of characters."""

    async def peek(self, char_ids: Sequence[CharId]) -> Sequence[Ownership | None]:
        """Read who owns each character; None if Redis does not know it (a stub counts as known,
        with version 0)."""


class HotClaimStore(OwnerStore, Protocol):
    """Claims, reads and releases characters."""

    async def claim(self, claims: Sequence[HotClaim]) -> Sequence[HotState | ClaimRefused]:
        """Take the epoch for each character, and read everything Redis holds of it, atomically.

        Refused if the stored epoch is not below the claimed one. An unknown character gets a stub
        with epoch and owner, so that an older activation is fenced even after a loss of Redis.

        Raises: BadRecordError: what is stored of one character is not what this store writes. All
            epochs of the batch are taken: claim the others again, higher.
        """

    async def read(self, char_ids: Sequence[CharId]) -> Sequence[HotState | None]:
        """Read what a claim would read, claiming nothing; None if Redis does not know the
        character. `epoch` and `owner` are the stored ones.

        Raises: BadRecordError: what is stored of one character is not what this store writes.
        """

    async def reset(self, claims: Sequence[HotClaim]) -> Sequence[bool]:
        """Take the epoch for each character and delete all else that is stored of it, readable or
        not; what remains is the stub of an unknown character. False where the stored epoch is not
        below the claimed one: nothing was changed."""

    async def release(self, releases: Sequence[HotRelease]) -> Sequence[bool]:
        """Write the new owner of each character; True where epoch and version still matched, or
        Redis does not know the character."""


class DirtyStore(OwnerStore, Protocol):
    """Keeps the dirty marks, `dirty_accounts`, and what a crash leaves."""

    async def mark_clean(self, marks: Sequence[CleanMark]) -> Sequence[bool]:
        """Take ids out of `dirty_accounts` where the backed-up version is still the current one.

        Returns: one bool per mark, True where the character is clean now.
        """

    async def dirty(self) -> Sequence[CharId]:
        """All ids in `dirty_accounts`, in no order; one that changes meanwhile may be missing."""

    async def sweep(self, modules: Sequence[str]) -> int:
        """Delete the session keys that no character's core names, beside live traffic.

        Returns: how many were deleted.
        """


class SessionStore(Protocol):
    """Reads and extends the TTL of sessions."""

    async def touch(self, session_keys: Sequence[bytes]) -> None:
        """Extend the TTL of clean sessions that were used; dirty ones (no TTL) stay without."""

    async def time_left(self, session_keys: Sequence[bytes]) -> Sequence[float | None]:
        """The TTL each session has left, seconds; None if it has none (dirty, or gone)."""


class SnapshotStore(Protocol):
    """Stores snapshots of sessions for other services."""

    async def put_snapshot(self, key: bytes, value: bytes) -> None:
        """Store a snapshot under its key, `temp:{module}:{uuid}`, with its TTL (60 s)."""


class EventStore(Protocol):
    """The stream `events`."""

    async def append_events(self, events: Sequence[EventRecord]) -> None:
        """Append events to the stream `events`, in order. A call without an answer may have
        appended them; readers drop duplicates by event id."""


class ChannelStore(Protocol):
    """Publish and subscribe."""

    async def publish(self, channel: bytes, message: bytes) -> int:
        """Send a message to the current listeners of the channel. It is not stored.

        Returns: how many listen; one may still lose its connection before it gets the message.
        """

    async def listen(
        self, channel: bytes, on_message: Callable[[bytes], None], started: Callable[[], None]
    ) -> None:
        """Call `on_message` with every message of the channel, in order, until cancelled. `started`
        is called once, when the subscription is active. Neither may block or raise.

        Raises: HotStoreUnavailableError: the connection broke; messages until the next `listen` are
            lost.
        """


class HotStore(
    CommitStore,
    HotClaimStore,
    DirtyStore,
    SessionStore,
    SnapshotStore,
    EventStore,
    ChannelStore,
    Protocol,
):
    """All ports together: what an adapter implements."""

    async def ping(self) -> bool:
        """Return if Redis answers and accepts writes.

        Returns: whether it lost its data since the last ping, or was not pinged for a minute.
        """

    async def close(self) -> None:
        """Close the connections; every later call raises HotStoreUnavailableError."""
