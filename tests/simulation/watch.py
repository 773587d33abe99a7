"""Looks at the stores after every call that wrote to them: what must always be so there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from persistence.hot import keys
from persistence.records import CommitStatus
from persistence.testing import MemoryColdStore, MemoryHotStore
from tests.simulation.history import History
from tests.simulation.ledger import Ledger
from tests.simulation.seen import Seen, in_postgres, in_redis, sessions_of

WRITES: Final = frozenset({"commit", "claim", "release", "mark_clean", "save"})


class Watch:
    """Of both stores of one run."""

    def __init__(
        self,
        hot: MemoryHotStore,
        cold: MemoryColdStore,
        ledger: Ledger,
        history: History,
        modules: Sequence[str],
    ) -> None:
        self._hot = hot
        self._cold = cold
        self._ledger = ledger
        self._history = history
        self._modules = modules
        self._latest: dict[tuple[str, int], Seen] = {}
        self._may_expire: set[int] = set()

    def redis_forgot(self) -> None:
        """It was started empty: its epochs and versions begin again."""
        for where, char_id in list(self._latest):
            if where == "Redis":
                del self._latest[where, char_id]

    async def saw(self, link: str, method: str, args: Sequence[Any], answer: Sequence[Any]) -> None:
        """A call had its effect."""
        if method not in WRITES:
            return
        judged = zip(args[0], answer, strict=True)
        done = [_char_id(asked) for asked, status in judged if status is not CommitStatus.NEED_FULL]
        for char_id in dict.fromkeys(done):
            if link.endswith("redis"):
                self._look_at_redis(char_id, method)
            else:
                await self._look_at_postgres(char_id, method)

    def _look_at_redis(self, char_id: int, method: str) -> None:
        seen = in_redis(self._hot, char_id)
        if seen is None:
            self._latest.pop(("Redis", char_id), None)
            return
        if seen.version == 0 and char_id in self._may_expire:  # logged out, and forgotten
            self._latest.pop(("Redis", char_id), None)
        self._note_ttl(char_id)
        self._only_goes_up(seen)
        if method == "commit":
            self._ledger.holds_up_to_its_version(seen)
        self._stays_marked(seen)
        self._dirty_sessions_stay(char_id)

    def _note_ttl(self, char_id: int) -> None:
        expires = self._hot.ttl_s(keys.core(char_id)) is not None
        (self._may_expire.add if expires else self._may_expire.discard)(char_id)

    async def _look_at_postgres(self, char_id: int, method: str) -> None:
        seen = await in_postgres(self._cold, char_id)
        self._only_goes_up(seen)
        if method == "save":
            self._ledger.admits(seen)

    def _only_goes_up(self, seen: Seen) -> None:
        before = self._latest.get((seen.where, seen.char_id), seen)
        if seen.epoch < before.epoch or seen.version < before.version:
            self._history.breaks(
                f"{seen.where} had {seen.char_id} at e{before.epoch} v{before.version} and has it "
                f"at e{seen.epoch} v{seen.version}"
            )
        self._latest[seen.where, seen.char_id] = seen

    def _stays_marked(self, seen: Seen) -> None:
        """What is newer than Postgres is in the dirty set."""
        row = self._cold.rows[seen.char_id]
        if seen.version > row.version and seen.char_id not in self._hot.dirty_marks:
            self._history.breaks(
                f"Redis has {seen.char_id} v{seen.version}, Postgres v{row.version}, and it is not "
                "in dirty_accounts"
            )

    def _dirty_sessions_stay(self, char_id: int) -> None:
        for key in sessions_of(self._hot, char_id, self._modules):
            metadata = self._hot.session(key).get(keys.METADATA)
            dirty = metadata is not None and orjson.loads(metadata)["dirty"]
            if dirty and (ttl_s := self._hot.ttl_s(key)) is not None:
                self._history.breaks(f"{key.decode()} is dirty and expires in {ttl_s:.1f} s")


def _char_id(argument: Any) -> int:
    char_id: int = (
        argument.character.char_id if hasattr(argument, "character") else argument.char_id
    )
    return char_id
