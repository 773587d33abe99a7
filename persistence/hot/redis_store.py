"""The HotStore on Redis (7.0 or later) or Valkey.

Commits have a connection of their own, so that nothing delays them; all other calls share a few.
Every change is one script or one command, hence atomic; see `scripts/`.

The reason of a HotStoreUnavailableError says whether anything can have been written. Certainly
nothing: the connection could not be made, LOADING, READONLY, OOM, MISCONF, NOREPLICAS, MASTERDOWN,
BUSY, NOAUTH, NOPERM. Unknown: no answer in time, or the connection was lost while waiting. Sending
the call again is safe in every case.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, Final, Self, TypeVar

from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from persistence.errors import BadRecordError, HotStoreUnavailableError
from persistence.hot import arguments, keys
from persistence.hot.script import load_scripts
from persistence.hot.serialized_connection import SerializedConnection
from persistence.hot.subscription import QUIET_S, Subscription
from persistence.records import (
    CharId,
    ClaimRefused,
    CleanMark,
    Commit,
    CommitStatus,
    EventRecord,
    HotClaim,
    HotRelease,
    HotSession,
    HotState,
    Ownership,
)

T = TypeVar("T")

SHARED_CONNECTIONS: Final = 3
CHARACTERS_PER_CALL: Final = 512
"""The bound of a script call, so that Redis is never blocked for long."""
SCAN_STEP: Final = b"1000"

COMMIT_KEYS: Final = (keys.DIRTY, keys.EVENTS)
STATUS_OF_DIGIT: Final = {ord(str(status.value)): status for status in CommitStatus}
YES: Final = ord("1")


class RedisHotStore:
    """The HotStore port on redis-py, for trio tasks."""

    def __init__(
        self,
        url: str,
        *,
        session_ttl_s: int = keys.DEFAULT_SESSION_TTL_S,
        modules: Sequence[str] = (),
        receipts_kept: int = keys.DEFAULT_RECEIPTS_KEPT,
        events_kept: int = keys.DEFAULT_EVENTS_KEPT,
        timeout_s: float = 2.0,
        quiet_s: float = QUIET_S,
    ) -> None:
        """Does not connect: the first call does, and so does the first one after a failure.

        Args:
            url: `unix:///path?db=0` (percent-encoded), `redis://user:password@host:port/0`, or the
                same with `rediss` for TLS.
            session_ttl_s: how long a clean session and a logged-out character are kept.
            modules: the names of all session modules.
            receipts_kept: the length of `dedupe:{char_id}`.
            events_kept: about the length of the stream `events`.
            timeout_s: how long a call may take, the wait for its turn included.
            quiet_s: how long a subscription may receive nothing before Redis is pinged.

        Raises: ValueError: the URL is none of these.
        """
        # Only makes connections from the URL; they are not pooled.
        pool = ConnectionPool.from_url(
            url,
            protocol=2,
            driver_info=None,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
        )
        self._pool = pool
        self._timeout_s = timeout_s
        self._quiet_s = quiet_s
        self._subscriptions: set[Subscription] = set()
        self._closed = False
        self._commits = SerializedConnection(pool, timeout_s)
        self._shared = [SerializedConnection(pool, timeout_s) for _ in range(SHARED_CONNECTIONS)]
        self._turns = cycle(self._shared)
        self._ttl = b"%d" % session_ttl_s
        self._mark = keys.mark(uuid.uuid4().hex)
        self._pinged = False
        self._modules = tuple(modules)
        self._headers = arguments.headers(session_ttl_s, receipts_kept, events_kept, modules)
        self._scripts = load_scripts()

    @classmethod
    async def connect(cls, url: str, **settings: Any) -> Self:
        """A store that answered and accepts writes. `settings`: see the constructor.

        Raises: HotStoreUnavailableError, ValueError.
        """
        store = cls(url, **settings)
        try:
            await store.ping()
        except BaseException:
            await store.close()
            raise
        return store

    async def commit(self, commits: Sequence[Commit]) -> Sequence[CommitStatus]:
        if not commits:
            return []
        flat = [*self._headers["commit"], *arguments.of_commits(commits)]
        digits = await self._commits.run(self._scripts["commit"], COMMIT_KEYS, flat)
        return [STATUS_OF_DIGIT[digit] for digit in digits]

    async def claim(self, claims: Sequence[HotClaim]) -> Sequence[HotState | ClaimRefused]:
        replies = await self._batched("claim", (), arguments.of_claims, claims)
        return list(map(self._claimed, claims, replies))

    async def read(self, char_ids: Sequence[CharId]) -> Sequence[HotState | None]:
        replies = await self._batched("read", (), arguments.of_ids, char_ids)
        return list(map(self._found, char_ids, replies))

    async def reset(self, claims: Sequence[HotClaim]) -> Sequence[bool]:
        digits = await self._batched("reset", (keys.DIRTY,), arguments.of_claims, claims)
        return [digit == YES for digit in digits]

    async def peek(self, char_ids: Sequence[CharId]) -> Sequence[Ownership | None]:
        replies = await self._batched("peek", (), arguments.of_ids, char_ids)
        return list(map(_ownership, char_ids, replies))

    async def mark_clean(self, marks: Sequence[CleanMark]) -> Sequence[bool]:
        digits = await self._batched("mark_clean", (keys.DIRTY,), arguments.of_marks, marks)
        return [digit == YES for digit in digits]

    async def release(self, releases: Sequence[HotRelease]) -> Sequence[bool]:
        digits = await self._batched("release", (), arguments.of_releases, releases)
        return [digit == YES for digit in digits]

    async def dirty(self) -> Sequence[CharId]:
        found: set[CharId] = set()
        async for members in self._scan(b"SSCAN", keys.DIRTY):
            found.update(map(int, members))
        return list(found)

    async def append_events(self, events: Sequence[EventRecord]) -> None:
        await self._batched("append_events", (keys.EVENTS,), arguments.of_events, events)

    async def touch(self, session_keys: Sequence[bytes]) -> None:
        for batch in _batches(session_keys):
            await self._run("touch", batch, (self._ttl,))

    async def time_left(self, session_keys: Sequence[bytes]) -> Sequence[float | None]:
        left_ms: list[int] = []
        for batch in _batches(session_keys):
            left_ms += await self._run("time_left", batch, ())
        return [ms / 1000 if ms >= 0 else None for ms in left_ms]

    async def put_snapshot(self, key: bytes, value: bytes) -> None:
        await self._call(b"SET", key, value, b"EX", b"%d" % keys.TEMP_TTL_S)

    async def sweep(self, modules: Sequence[str]) -> int:
        """Delete session keys that no core names; returns how many. Goes in bounded steps.

        The core of another character than the one in its metadata may name a session; such a
        session goes to quarantine. So before anything is deleted, all cores are read."""
        orphans: set[bytes] = set()
        async for found in self._scan(b"SCAN", pattern=keys.SESSION_PATTERN):
            for module in modules:
                orphans.update(await self._sweep(module, found, b"find"))
        if orphans:
            orphans -= await self._named(modules)
        swept = 0
        for batch in _batches(sorted(orphans)):
            for module in modules:
                swept += len(await self._sweep(module, batch, b"delete"))
        return swept

    async def publish(self, channel: bytes, message: bytes) -> int:
        listeners: int = await self._call(b"PUBLISH", channel, message)
        return listeners

    async def listen(
        self, channel: bytes, on_message: Callable[[bytes], None], started: Callable[[], None]
    ) -> None:
        if self._closed:
            raise HotStoreUnavailableError("the store is closed")
        subscription = Subscription(self._pool, channel, self._timeout_s, self._quiet_s)
        self._subscriptions.add(subscription)
        try:
            await subscription.run(on_message, started)
        finally:
            self._subscriptions.discard(subscription)

    async def ping(self) -> bool:
        marked = bool(await self._run("ping", (self._mark,), (b"%d" % keys.MARK_TTL_S,)))
        lost = self._pinged and not marked
        self._pinged = True
        return lost

    async def close(self) -> None:
        self._closed = True
        for connection in (self._commits, *self._shared):
            connection.close()
        for subscription in list(self._subscriptions):
            subscription.close()

    async def _run(self, name: str, script_keys: Sequence[bytes], args: Sequence[bytes]) -> Any:
        return await next(self._turns).run(self._scripts[name], script_keys, args)

    async def _call(self, *command: bytes) -> Any:
        return await next(self._turns).call(*command)

    async def _batched(
        self,
        name: str,
        script_keys: Sequence[bytes],
        flatten: Callable[[Sequence[T]], Sequence[bytes]],
        records: Sequence[T],
    ) -> list[Any]:
        """The replies of a script to all records, in bounded calls."""
        replies: list[Any] = []
        for batch in _batches(records):
            flat = [*self._headers[name], *flatten(batch)]
            replies += await self._run(name, script_keys, flat) or ()
        return replies

    async def _scan(self, *command: bytes, pattern: bytes = b"*") -> AsyncIterator[Sequence[bytes]]:
        """All that SCAN or SSCAN finds, in bounded calls."""
        cursor = b"0"
        while True:
            cursor, found = await self._call(
                *command, cursor, b"MATCH", pattern, b"COUNT", SCAN_STEP
            )
            yield found
            if cursor == b"0":
                return

    async def _sweep(self, module: str, found: Sequence[bytes], action: bytes) -> Sequence[bytes]:
        prefix = keys.session_prefix(module)
        sessions = [key for key in found if key.startswith(prefix)]
        if not sessions:
            return ()
        names = (keys.CORE_PREFIX, keys.session_field(module).encode(), prefix)
        swept: Sequence[bytes] = await self._run("sweep", sessions, (*names, action))
        return swept

    async def _named(self, modules: Sequence[str]) -> set[bytes]:
        """The keys of all sessions that a core names."""
        fields = [keys.session_field(module).encode() for module in modules]
        named: set[bytes] = set()
        async for cores in self._scan(b"SCAN", pattern=keys.CORE_PREFIX + b"*"):
            for pointers in await self._run("pointers", cores, fields) if cores else ():
                if isinstance(pointers, list):
                    named.update(map(_session_key, modules, pointers))
        return named

    def _claimed(self, claim: HotClaim, reply: Any) -> HotState | ClaimRefused:
        if isinstance(reply, bytes):
            return ClaimRefused(claim.char_id, _number(claim.char_id, reply))
        return self._state(claim.char_id, reply, claim.epoch)

    def _found(self, char_id: CharId, reply: Any) -> HotState | None:
        fields = _readable(char_id, reply)[0]
        epoch = _pairs(fields).get(keys.EPOCH)
        return self._state(char_id, reply, _number(char_id, epoch)) if epoch is not None else None

    def _state(self, char_id: CharId, reply: Any, epoch: int) -> HotState:
        fields, receipts, *sessions = _readable(char_id, reply)
        core = _pairs(fields)
        core.pop(keys.EPOCH, None)
        version = _number(char_id, core.pop(keys.VERSION, b"0"))
        try:
            owner = core.pop(keys.OWNER, b"").decode()
            named = {name.decode(): value for name, value in core.items()}
            found = self._sessions(named, sessions)
        except UnicodeDecodeError as error:
            raise BadRecordError(char_id, f"no text: {error}", repr(reply).encode()) from error
        return HotState(
            char_id=char_id,
            epoch=epoch,
            version=version,
            owner=owner,
            core=named,
            sessions=found,
            receipts=receipts,
        )

    def _sessions(
        self, core: Mapping[str, bytes], found: Sequence[Sequence[bytes]]
    ) -> dict[str, HotSession]:
        sessions = {}
        for module, fields in zip(self._modules, found, strict=True):
            if session_id := core.get(keys.session_field(module)):
                sessions[module] = HotSession(session_id.decode(), _pairs(fields) or None)
        return sessions


def _session_key(module: str, session_id: bytes | None) -> bytes:
    return keys.session_prefix(module) + (session_id or b"")


def _batches(items: Sequence[T], most: int = CHARACTERS_PER_CALL) -> Iterator[Sequence[T]]:
    return (items[at : at + most] for at in range(0, len(items), most))


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _ownership(char_id: CharId, reply: Any) -> Ownership | None:
    epoch, version, owner = _readable(char_id, reply)
    if epoch is None:
        return None
    return Ownership(
        _number(char_id, epoch), _number(char_id, version or b"0"), (owner or b"").decode()
    )


def _number(char_id: CharId, digits: bytes) -> int:
    try:
        return int(digits)
    except ValueError as error:
        raise BadRecordError(char_id, "Redis holds no number here", digits) from error


def _readable(char_id: CharId, reply: Any) -> Sequence[Any]:
    """The reply, unless Redis found a key of another type in place of one of its parts."""
    parts: Sequence[Any] = reply if isinstance(reply, list) else [reply]
    for part in parts:
        if isinstance(part, Exception):
            raise BadRecordError(char_id, str(part), repr(reply).encode()) from part
    return parts
