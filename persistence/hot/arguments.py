"""Records as the flat argument lists the scripts read; the layout is at the top of each script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from persistence.hot import keys
from persistence.records import (
    CleanMark,
    Commit,
    EventRecord,
    HotClaim,
    HotRelease,
    SessionDelta,
)


@frozen
class Headers:
    """The leading arguments of every call of a script, made once."""

    commit: tuple[bytes, ...]
    claim: tuple[bytes, ...]
    peek: tuple[bytes, ...]
    mark_clean: tuple[bytes, ...]
    release: tuple[bytes, ...]
    events: tuple[bytes, ...]

    @classmethod
    def of(
        cls, session_ttl_s: int, receipts_kept: int, events_kept: int, modules: Sequence[str]
    ) -> Headers:
        """The headers of a store with these settings."""
        core, dedupe = keys.CORE_PREFIX, keys.DEDUPE_PREFIX
        named = [_session_names(module) for module in modules]
        sessions = (b"%d" % len(named), *(name for pair in named for name in pair))
        ttl, kept, events = b"%d" % session_ttl_s, b"%d" % receipts_kept, b"%d" % events_kept
        return cls(
            commit=(core, dedupe, ttl, kept, events, *sessions),
            claim=(core, dedupe, *sessions),
            peek=(core,),
            mark_clean=(core, ttl),
            release=(core, dedupe, ttl),
            events=(events,),
        )


def of_commits(header: Iterable[bytes], commits: Iterable[Commit]) -> list[bytes]:
    """The arguments of `commit.lua`."""
    arguments = list(header)
    for commit in commits:
        core, sessions = commit.core, commit.sessions
        if commit.full:
            core = (keys.OWNER, commit.owner.encode(), *core)
            receipts = commit.receipts
        else:
            receipts = (commit.receipt,) if commit.receipt else ()
        shape = b"%b %d %d %d" % (_kind(commit), len(receipts), len(core), len(sessions))
        if commit.events:
            shape += b" %d" % len(commit.events)
        arguments += (
            b"%d" % commit.char_id,
            b"%d" % commit.epoch,
            b"%d" % commit.version,
            shape,
            *receipts,
            *core,
        )
        for delta in sessions:
            put, drop = delta.put, delta.drop
            shape = b"%b %d %d" % (_session_kind(delta), len(put), len(drop))
            arguments += (delta.key, shape, *put, *drop)
        for event in commit.events:
            arguments += (event.event_id.encode(), event.type.encode(), event.data)
    return arguments


def of_claims(header: Iterable[bytes], claims: Iterable[HotClaim]) -> list[bytes]:
    """The arguments of `claim.lua`."""
    arguments = list(header)
    for claim in claims:
        arguments += (b"%d" % claim.char_id, b"%d" % claim.epoch, claim.owner.encode())
    return arguments


def of_ids(header: Iterable[bytes], char_ids: Iterable[int]) -> list[bytes]:
    """The arguments of `peek.lua`."""
    return [*header, *(b"%d" % char_id for char_id in char_ids)]


def of_marks(header: Iterable[bytes], marks: Iterable[CleanMark]) -> list[bytes]:
    """The arguments of `mark_clean.lua`."""
    arguments = list(header)
    for mark in marks:
        arguments += (b"%d" % mark.char_id, b"%d" % mark.epoch, b"%d" % mark.version)
        arguments.append(b"%d" % len(mark.sessions))
        for session in mark.sessions:
            arguments.extend(session)
    return arguments


def of_releases(header: Iterable[bytes], releases: Iterable[HotRelease]) -> list[bytes]:
    """The arguments of `release.lua`."""
    arguments = list(header)
    for release in releases:
        arguments += (b"%d" % release.char_id, b"%d" % release.epoch, b"%d" % release.version)
        arguments.append(release.owner.encode())
    return arguments


def of_events(header: Iterable[bytes], events: Iterable[EventRecord]) -> list[bytes]:
    """The arguments of `append_events.lua`."""
    arguments = list(header)
    for event in events:
        arguments += (event.event_id.encode(), b"%d" % event.char_id)
        arguments += (event.type.encode(), event.data)
    return arguments


def _session_names(module: str) -> tuple[bytes, bytes]:
    return keys.session_field(module).encode(), keys.session_prefix(module)


def _kind(commit: Commit) -> bytes:
    if commit.full:
        return b"full" if commit.dirty else b"full_clean"
    return b"turn" if commit.dirty else b"turn_clean"


def _session_kind(delta: SessionDelta) -> bytes:
    if delta.delete:
        return b"delete"
    if delta.full:
        return b"full" if delta.dirty else b"full_clean"
    return b"put" if delta.dirty else b"put_clean"
