"""The HotStore in memory, for tests and simulations.

It passes the conformance suite of the real one, and keeps the keys that Redis would have. Only
`listen` waits: every other method is atomic, and runs under any event loop or none.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import trio
from attrs import evolve

from persistence.hot import keys
from persistence.records import (
    LOGGED_OUT,
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
    SessionDelta,
)

Fields = dict[bytes, bytes]


class MemoryHotStore:
    """The HotStore port on dictionaries. `clock`: monotonic seconds; keys expire by it.

    A test may read what is stored, and write what no server would.

    Attributes:
        hashes: the fields of each hash by key, those of expired keys included.
        lists: the members of each list by key, oldest first, those of expired keys included.
        dirty_marks: the set `dirty_accounts`.
        events: the stream `events`, oldest first, never trimmed.
    """

    def __init__(
        self,
        *,
        session_ttl_s: int = keys.DEFAULT_SESSION_TTL_S,
        modules: Sequence[str] = (),
        receipts_kept: int = keys.DEFAULT_RECEIPTS_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session_ttl_s = session_ttl_s
        self._modules = tuple(modules)
        self._receipts_kept = receipts_kept
        self._clock = clock
        self.hashes: dict[bytes, Fields] = {}
        self.lists: dict[bytes, list[bytes]] = {}
        self.dirty_marks: set[CharId] = set()
        self.events: list[EventRecord] = []
        self._snapshots: dict[bytes, bytes] = {}
        self._deadlines: dict[bytes, float] = {}
        self._emptied = False
        self._listeners: dict[bytes, list[Callable[[bytes], None]]] = defaultdict(list)

    # ------------------------------------------------------------------ for tests

    def core(self, char_id: CharId) -> Mapping[bytes, bytes]:
        """The fields of `ac:{char_id}`; empty if there is no such key."""
        return dict(self._hash(keys.core(char_id)))

    def session(self, key: bytes) -> Mapping[bytes, bytes]:
        """The fields of a session key; empty if there is no such key."""
        return dict(self._hash(key))

    def receipts(self, char_id: CharId) -> Sequence[bytes]:
        """The list `dedupe:{char_id}`, oldest first."""
        return list(self._list(keys.dedupe(char_id)))

    def snapshot(self, key: bytes) -> bytes | None:
        """A snapshot; None if there is no such key."""
        self._expire(key)
        return self._snapshots.get(key)

    def keys(self) -> set[bytes]:
        """Every key there is, the dirty set only if it has members."""
        for key in list(self._deadlines):
            self._expire(key)
        dirty = {keys.DIRTY} if self.dirty_marks else set()
        events = {keys.EVENTS} if self.events else set()
        return {*self.hashes, *self.lists, *self._snapshots, *dirty, *events}

    def ttl_s(self, key: bytes) -> float | None:
        """How long a key still lives; None if it does not expire or is not there."""
        self._expire(key)
        deadline = self._deadlines.get(key)
        return None if deadline is None else deadline - self._clock()

    def ownership(self, char_id: CharId) -> Ownership | None:
        """Who owns a character; None if there is no such key."""
        core = self._hash(keys.core(char_id))
        if keys.EPOCH not in core:
            return None
        version = int(core.get(keys.VERSION, b"0"))
        return Ownership(int(core[keys.EPOCH]), version, core[keys.OWNER].decode())

    def lose(self, *lost: bytes) -> None:
        """Delete these keys; without any, delete everything, as a Redis that restarts empty."""
        self._emptied = self._emptied or not lost
        for key in lost or self.keys():
            self._drop(key)

    # ------------------------------------------------------------------ the port

    async def commit(self, commits: Sequence[Commit]) -> Sequence[CommitStatus]:
        return [self._commit(commit) for commit in commits]

    async def claim(self, claims: Sequence[HotClaim]) -> Sequence[HotState | ClaimRefused]:
        return [self._claim(claim) for claim in claims]

    async def read(self, char_ids: Sequence[CharId]) -> Sequence[HotState | None]:
        return [self._found(char_id) for char_id in char_ids]

    async def reset(self, claims: Sequence[HotClaim]) -> Sequence[bool]:
        return [self._reset(claim) for claim in claims]

    async def peek(self, char_ids: Sequence[CharId]) -> Sequence[Ownership | None]:
        return [self.ownership(char_id) for char_id in char_ids]

    async def mark_clean(self, marks: Sequence[CleanMark]) -> Sequence[bool]:
        return [self._mark_clean(mark) for mark in marks]

    async def release(self, releases: Sequence[HotRelease]) -> Sequence[bool]:
        return [self._release(release) for release in releases]

    async def dirty(self) -> Sequence[CharId]:
        return list(self.dirty_marks)

    async def append_events(self, events: Sequence[EventRecord]) -> None:
        self.events += events

    async def touch(self, session_keys: Sequence[bytes]) -> None:
        for key in session_keys:
            if self.ttl_s(key) is not None:
                self._set_ttl(key, self._session_ttl_s)

    async def time_left(self, session_keys: Sequence[bytes]) -> Sequence[float | None]:
        return [self.ttl_s(key) for key in session_keys]

    async def put_snapshot(self, key: bytes, value: bytes) -> None:
        self._snapshots[key] = value
        self._set_ttl(key, keys.TEMP_TTL_S)

    async def sweep(self, modules: Sequence[str]) -> int:
        unnamed = [key for module in modules for key in self._unnamed(module)]
        self._drop(*unnamed)
        return len(unnamed)

    async def publish(self, channel: bytes, message: bytes) -> int:
        listeners = list(self._listeners[channel])
        for on_message in listeners:
            on_message(message)
        return len(listeners)

    async def listen(
        self, channel: bytes, on_message: Callable[[bytes], None], started: Callable[[], None]
    ) -> None:
        self._listeners[channel].append(on_message)
        try:
            started()
            await trio.sleep_forever()
        finally:
            self._listeners[channel].remove(on_message)

    async def ping(self) -> bool:
        lost, self._emptied = self._emptied, False
        return lost

    async def close(self) -> None:
        """Do nothing: what is stored stays, as it does in Redis."""

    # ------------------------------------------------------------------ commit

    def _commit(self, commit: Commit) -> CommitStatus:
        refusal = self._refusal(commit)
        if refusal is not None:
            return refusal
        if commit.full:
            self._clear(commit.char_id)
        for delta in commit.sessions:
            self._write_session(delta, replace=commit.full)
        self._write_receipts(commit)
        self._write_core(commit)
        if commit.dirty:
            self.dirty_marks.add(commit.char_id)
        self.events += commit.events
        return CommitStatus.OK

    def _refusal(self, commit: Commit) -> CommitStatus | None:
        stored = self._hash(keys.core(commit.char_id))
        epoch = int(stored.get(keys.EPOCH, b"-1"))
        if epoch > commit.epoch:
            return CommitStatus.FENCED
        version = stored.get(keys.VERSION) if epoch == commit.epoch else None
        ahead = None if version is None else int(version) - commit.version
        if ahead is not None and ahead >= (1 if commit.full else 0):
            return CommitStatus.OK
        if commit.full or (ahead == -1 and self._has_sessions(commit)):
            return None
        return CommitStatus.NEED_FULL

    def _has_sessions(self, commit: Commit) -> bool:
        changed = (each.key for each in commit.sessions if not each.full and not each.delete)
        return all(keys.METADATA in self._hash(key) for key in changed)

    def _clear(self, char_id: CharId) -> None:
        core = self._hash(keys.core(char_id))
        named = [key for module in self._modules if (key := _named_session(core, module))]
        self._drop(keys.core(char_id), keys.dedupe(char_id), *named)

    def _keep(self, char_id: CharId) -> None:
        self._deadlines.pop(keys.core(char_id), None)
        self._deadlines.pop(keys.dedupe(char_id), None)

    def _write_session(self, delta: SessionDelta, *, replace: bool) -> None:
        if replace or delta.full or delta.delete:
            self._drop(delta.key)
        if delta.delete:
            return
        fields = self.hashes.setdefault(delta.key, {})
        fields.update(_pairs(delta.put))
        for name in delta.drop:
            fields.pop(name, None)
        if delta.dirty:
            self._deadlines.pop(delta.key, None)
        else:
            self._set_ttl(delta.key, self._session_ttl_s)

    def _write_receipts(self, commit: Commit) -> None:
        new = commit.receipts if commit.full else (commit.receipt,) if commit.receipt else ()
        if new:
            kept = self.lists.setdefault(keys.dedupe(commit.char_id), [])
            kept.extend(new)
            if len(kept) > self._receipts_kept + self._receipts_kept // 4:
                del kept[: -self._receipts_kept]

    def _write_core(self, commit: Commit) -> None:
        fields = self.hashes.setdefault(keys.core(commit.char_id), {})
        fields.update(_pairs(commit.core))
        fields[keys.VERSION] = b"%d" % commit.version
        if commit.full:
            fields[keys.EPOCH] = b"%d" % commit.epoch
            fields[keys.OWNER] = commit.owner.encode()

    # ------------------------------------------------------------------ ownership

    def _claim(self, claim: HotClaim) -> HotState | ClaimRefused:
        before = self.ownership(claim.char_id)
        if before and before.epoch >= claim.epoch:
            return ClaimRefused(claim.char_id, before.epoch)
        state = self._state(
            claim.char_id, evolve(before or Ownership(0, 0, LOGGED_OUT), epoch=claim.epoch)
        )
        self._own(claim.char_id, claim.epoch, claim.owner)
        return state

    def _found(self, char_id: CharId) -> HotState | None:
        stored = self.ownership(char_id)
        return None if stored is None else self._state(char_id, stored)

    def _reset(self, claim: HotClaim) -> bool:
        before = self.ownership(claim.char_id)
        if before and before.epoch >= claim.epoch:
            return False
        self._clear(claim.char_id)
        self._own(claim.char_id, claim.epoch, claim.owner)
        self.dirty_marks.discard(claim.char_id)
        return True

    def _own(self, char_id: CharId, epoch: int, owner: str) -> None:
        fields = self.hashes.setdefault(keys.core(char_id), {})
        fields[keys.EPOCH] = b"%d" % epoch
        fields[keys.OWNER] = owner.encode()
        self._keep(char_id)

    def _state(self, char_id: CharId, before: Ownership) -> HotState:
        core = self._hash(keys.core(char_id))
        own = (keys.EPOCH, keys.VERSION, keys.OWNER)
        return HotState(
            char_id=char_id,
            epoch=before.epoch,
            version=before.version,
            owner=before.owner,
            core={name.decode(): value for name, value in core.items() if name not in own},
            sessions=self._sessions(core),
            receipts=self.receipts(char_id),
        )

    def _sessions(self, core: Fields) -> dict[str, HotSession]:
        sessions = {}
        for module in self._modules:
            if key := _named_session(core, module):
                session_id = key.removeprefix(keys.session_prefix(module)).decode()
                sessions[module] = HotSession(session_id, self.session(key) or None)
        return sessions

    def _mark_clean(self, mark: CleanMark) -> bool:
        if not self._is_current(mark):
            return False
        for key, metadata in mark.sessions:
            if fields := self._hash(key):
                fields[keys.METADATA] = metadata
                self._set_ttl(key, self._session_ttl_s)
        self.dirty_marks.discard(mark.char_id)
        return True

    def _release(self, release: HotRelease) -> bool:
        if not self._is_current(release):
            return False
        if core := self._hash(keys.core(release.char_id)):
            core[keys.OWNER] = release.owner.encode()
            if release.owner == LOGGED_OUT:
                self._set_ttl(keys.core(release.char_id), self._session_ttl_s)
                self._set_ttl(keys.dedupe(release.char_id), self._session_ttl_s)
        return True

    def _is_current(self, claimed: CleanMark | HotRelease) -> bool:
        stored = self.ownership(claimed.char_id)
        return stored is None or (stored.epoch, stored.version) == (claimed.epoch, claimed.version)

    # ------------------------------------------------------------------ keys

    def _unnamed(self, module: str) -> list[bytes]:
        prefix = keys.session_prefix(module)
        found = [key for key in self.keys() if key.startswith(prefix)]
        return [key for key in found if self._is_unnamed(module, key)]

    def _is_unnamed(self, module: str, key: bytes) -> bool:
        if _owner_of(self._hash(key)) is None:
            return False
        cores = [each for each in self.keys() if each.startswith(keys.CORE_PREFIX)]
        return all(_named_session(self._hash(core), module) != key for core in cores)

    def _hash(self, key: bytes) -> Fields:
        if self._deadlines:
            self._expire(key)
        return self.hashes.get(key, {})

    def _list(self, key: bytes) -> list[bytes]:
        self._expire(key)
        return self.lists.get(key, [])

    def _set_ttl(self, key: bytes, ttl_s: float) -> None:
        if key in self.hashes or key in self.lists or key in self._snapshots:
            self._deadlines[key] = self._clock() + ttl_s

    def _expire(self, key: bytes) -> None:
        deadline = self._deadlines.get(key)
        if deadline is not None and deadline <= self._clock():
            self._drop(key)

    def _drop(self, *dropped: bytes) -> None:
        for key in dropped:
            if key == keys.DIRTY:
                self.dirty_marks.clear()
            elif key == keys.EVENTS:
                self.events.clear()
            self.hashes.pop(key, None)
            self.lists.pop(key, None)
            self._snapshots.pop(key, None)
            self._deadlines.pop(key, None)


def _pairs(flat: Sequence[bytes]) -> Fields:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _named_session(core: Fields, module: str) -> bytes | None:
    """The key of the session that a core names for a module."""
    session_id = core.get(keys.session_field(module).encode())
    return keys.session_prefix(module) + session_id if session_id else None


def _owner_of(session: Fields) -> CharId | None:
    """The character that a session says it belongs to; None if it does not say."""
    try:
        metadata = json.loads(session[keys.METADATA])
    except (KeyError, ValueError):
        return None
    char_id = metadata.get("char_id") if isinstance(metadata, dict) else None
    return char_id if isinstance(char_id, int) else None
