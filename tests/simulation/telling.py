"""How the calls of a store read in the history: only those that say who owns what, and what was
written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import asdict

from persistence.records import (
    Backup,
    CleanMark,
    ColdClaim,
    ColdRelease,
    Commit,
    HotClaim,
    HotRelease,
    HotState,
)

Teller = Callable[[Any], str]


def told(method: str, args: Sequence[Any], answer: Any) -> str:
    """One line; empty for a call that says nothing."""
    teller = _TELLERS.get(method)
    if teller is None:
        return ""
    pairs = zip(args[0], answer, strict=True)
    return ", ".join(f"{teller(asked)} → {_answer(given)}" for asked, given in pairs)


def _answer(answer: Any) -> str:
    if isinstance(answer, HotState):
        return f"v{answer.version} of {answer.owner or 'nobody'}"
    if hasattr(answer, "stats"):
        return f"e{answer.epoch} v{answer.version} of {answer.owner or 'nobody'}"
    if hasattr(answer, "name"):
        return str(answer.name).lower()
    return str(answer)


def _commit(commit: Commit) -> str:
    kind = "full " if commit.full else ""
    return f"{kind}{commit.char_id} e{commit.epoch} v{commit.version}"


def _claim(claim: HotClaim | ColdClaim) -> str:
    facts = asdict(claim)
    char_id, owner = facts.pop("char_id"), facts.pop("owner")
    return f"{char_id} by {owner} {facts}"


def _save(backup: Backup) -> str:
    row = backup.character
    return f"{row.char_id} e{row.epoch} v{row.version} {sorted(backup.sections)}"


def _mark(mark: CleanMark) -> str:
    return f"{mark.char_id} e{mark.epoch} v{mark.version}"


def _release(release: HotRelease | ColdRelease) -> str:
    return f"{release.char_id} e{release.epoch} to {release.owner or 'nobody'}"


_TELLERS: dict[str, Teller] = {
    "commit": _commit,
    "claim": _claim,
    "save": _save,
    "mark_clean": _mark,
    "release": _release,
}
