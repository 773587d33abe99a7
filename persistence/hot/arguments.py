"""Records as the flat argument lists the scripts read; the layout is at the top of each script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from persistence.hot import keys
from persistence.records import (
    CleanMark,
    Commit,
    EventRecord,
    HotClaim,
    HotRelease,
    SessionDelta,
)


def headers(
    session_ttl_s: int, receipts_kept: int, events_kept: int, modules: Sequence[str]
) -> Mapping[str, tuple[bytes, ...]]:
    """The leading arguments of each script that has records, by its name."""
    core, dedupe = keys.CORE_PREFIX, keys.DEDUPE_PREFIX
    named = [_session_names(module) for module in modules]
    sessions = (b"%d" % len(named), *(name for pair in named for name in pair))
    ttl, kept, events = b"%d" % session_ttl_s, b"%d" % receipts_kept, b"%d" % events_kept
    claim = (core, dedupe, *sessions)
    return {
        "commit": (core, dedupe, ttl, kept, events, *sessions),
        "claim": claim,
        "read": claim,
        "reset": claim,
        "peek": (core,),
        "mark_clean": (core, ttl),
        "release": (core, dedupe, ttl),
        "append_events": (events,),
    }


def of_commits(commits: Iterable[Commit]) -> list[bytes]:
    """The records of `commit.lua`."""
    arguments: list[bytes] = []
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


def of_claims(claims: Iterable[HotClaim]) -> list[bytes]:
    """The records of `claim.lua` and `reset.lua`."""
    return [
        part
        for claim in claims
        for part in (b"%d" % claim.char_id, b"%d" % claim.epoch, claim.owner.encode())
    ]


def of_ids(char_ids: Iterable[int]) -> list[bytes]:
    """The records of `peek.lua` and `read.lua`."""
    return [b"%d" % char_id for char_id in char_ids]


def of_marks(marks: Iterable[CleanMark]) -> list[bytes]:
    """The records of `mark_clean.lua`."""
    arguments: list[bytes] = []
    for mark in marks:
        arguments += (*_version(mark), b"%d" % len(mark.sessions))
        for session in mark.sessions:
            arguments += session
    return arguments


def of_releases(releases: Iterable[HotRelease]) -> list[bytes]:
    """The records of `release.lua`."""
    return [part for release in releases for part in (*_version(release), release.owner.encode())]


def of_events(events: Iterable[EventRecord]) -> list[bytes]:
    """The records of `append_events.lua`."""
    return [
        part
        for event in events
        for part in (
            event.event_id.encode(),
            b"%d" % event.char_id,
            event.type.encode(),
            event.data,
        )
    ]


def _version(of: CleanMark | HotRelease) -> tuple[bytes, bytes, bytes]:
    return b"%d" % of.char_id, b"%d" % of.epoch, b"%d" % of.version


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
