"""Bugs of the kind this server could have had, each a small change of one real part for as long as
its block lasts. The simulation has to find every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from attrs import evolve

from gamestate.game.character.commit import CommitBuilder
from gamestate.game.character.gate import OutputGate
from gamestate.game.character.request import Request
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.game.ownership.restore import Restorer
from persistence.records import CommitStatus, SaveStatus
from persistence.testing import MemoryColdStore, MemoryHotStore
from tests.simulation.runner import run

Bug = Callable[[], AbstractContextManager[None]]


def _replaced(owner: type, method: str, make: Callable[[Any], Any]) -> Bug:
    """The method, replaced by what `make` makes of it."""

    @contextmanager
    def planted() -> Iterator[None]:
        with patch.object(owner, method, make(getattr(owner, method))):
            yield

    return planted


def _all(*bugs: Bug) -> Bug:
    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for bug in bugs:
                stack.enter_context(bug())
            yield

    return planted


# ------------------------------------------------------------------ in the scripts of Redis


def _always_current(_: Any) -> Any:
    return lambda self, claimed: True


def _without_fence(refusal: Any) -> Any:
    """An older epoch is taken for the stored one."""

    def judge(self: MemoryHotStore, commit: Any) -> Any:
        judged = refusal(self, commit)
        if judged is not CommitStatus.FENCED:
            return judged
        stored = self.ownership(commit.char_id)
        assert stored is not None
        return refusal(self, evolve(commit, epoch=stored.epoch))

    return judge


def _without_version_check(refusal: Any) -> Any:
    """A delta is written on any version."""

    def judge(self: MemoryHotStore, commit: Any) -> Any:
        judged = refusal(self, commit)
        return None if judged is CommitStatus.NEED_FULL and self.core(commit.char_id) else judged

    return judge


def _keeping_the_ttl(write: Any) -> Any:
    """What was to expire still is, though it is dirty now."""

    def keep(self: MemoryHotStore, delta: Any, **how: Any) -> None:
        deadline = self._deadlines.get(delta.key)
        write(self, delta, **how)
        if deadline is not None and delta.dirty and not delta.delete:
            self._deadlines[delta.key] = deadline

    return keep


def _without_receipts(full: Any) -> Any:
    """Redis is given the whole state, but no receipts."""
    return lambda self, state, _, *, dirty: full(self, state, (), dirty=dirty)


def _forgetting_the_receipt(delta: Any) -> Any:
    """The receipt is kept in memory and never goes with the commit of its turn."""
    return lambda self, *args: evolve(delta(self, *args), receipt=b"")


# ------------------------------------------------------------------ in the store of record


def _saving_whatever_the_epoch(verdict: Any) -> Any:
    def judge(self: MemoryColdStore, backup: Any) -> Any:
        judged = verdict(self, backup)
        if judged is not SaveStatus.FENCED:
            return judged
        stored = self.rows[backup.character.char_id]
        newer = backup.character.version > stored.version
        return SaveStatus.SAVED if newer else SaveStatus.STALE

    return judge


# ------------------------------------------------------------------ in the server


def _replying_at_once(submit: Any) -> Any:
    """The reply leaves when the commit is queued."""

    def queue(self: OutputGate, commit: Any, flight: Any) -> None:
        submit(self, commit, flight)
        if isinstance(flight, Request):
            flight.resolve("ok", commit.version, "redis", {})

    return queue


def _preferring_the_older(read: Any) -> Any:
    """Of two versions the lower one is taken, whichever store has it."""

    async def choose(self: Restorer, char_id: int, claimed: Any) -> Any:
        row, hot = claimed.row, claimed.hot
        if row is not None and hot is not None and 0 < row.version < hot.version:
            return await self._read_postgres(char_id, claimed.epoch, row)
        if row is not None and hot is not None and 0 < hot.version < row.version:
            return await self._read_redis(char_id, claimed.epoch, hot, row)
        return await read(self, char_id, claimed)

    return choose


def _not_reseeding(_: Any) -> Any:
    async def nothing(self: GameStateOrchestrator) -> None:
        """Redis is back, and nobody cares."""

    return nothing


PLANTED: Final[Mapping[str, Bug]] = {
    "a dirty id is removed without the version check": _replaced(
        MemoryHotStore, "_is_current", _always_current
    ),
    "the fence is left out of the commit": _replaced(MemoryHotStore, "_refusal", _without_fence),
    "the fence is left out of the save": _replaced(
        MemoryColdStore, "_verdict", _saving_whatever_the_epoch
    ),
    "the fence is left out of both": _all(
        _replaced(MemoryHotStore, "_refusal", _without_fence),
        _replaced(MemoryColdStore, "_verdict", _saving_whatever_the_epoch),
    ),
    "the version is not checked": _replaced(MemoryHotStore, "_refusal", _without_version_check),
    "a dirty session keeps its time to live": _replaced(
        MemoryHotStore, "_write_session", _keeping_the_ttl
    ),
    "the receipt is not in the commit": _replaced(CommitBuilder, "delta", _forgetting_the_receipt),
    "a full commit forgets the receipts": _replaced(CommitBuilder, "full", _without_receipts),
    "the reply leaves before the commit has landed": _replaced(
        OutputGate, "submit", _replying_at_once
    ),
    "a restore prefers the older store": _replaced(Restorer, "_read", _preferring_the_older),
    "Redis is not seeded again after its return": _replaced(
        GameStateOrchestrator, "reseed", _not_reseeding
    ),
}
"""What is wrong, and how it is made so."""

SHOWN_BY: Final = Path(__file__).with_name("shown_by.json")
"""The lowest seed that shows each bug, as `make simulate ARGS=--record` found it. A change of the
schedule, or of the order of calls to the stores, gives every seed another run."""


def shows(name: str, seed: int) -> bool:
    """Whether a seed breaks a promise with this bug."""
    with PLANTED[name]():
        broken = run(seed).broken
    assert not (broken and "TypeError" in broken), f"the bug no longer fits its place: {broken}"
    return broken is not None


def first_shown(name: str) -> int:
    """The lowest seed that shows a bug."""
    return next(seed for seed in count() if shows(name, seed))
