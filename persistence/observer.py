"""No-op hooks into the stores: metrics, logs and tests plug in here.

Called on the trio thread, with positional arguments; must not block and must not raise. Times are
seconds.
"""

from __future__ import annotations


class StoreObserver:
    """Override what you want to see."""

    def committed(self, turns: int, seconds: float, /) -> None:
        """One group commit was answered by Redis (or, while it is down, by Postgres)."""

    def commit_fell_back(self, turns: int, /) -> None:
        """Redis was unreachable and Postgres took these turns."""

    def backed_up(self, saved: int, rows: int, seconds: float, /) -> None:
        """One backup transaction ended: characters saved, rows written in all tables."""

    def backup_failed(self, characters: int, reason: str, /) -> None:
        """A backup transaction failed; its characters stay dirty."""

    def fenced(self, store: str, /) -> None:
        """'redis' or 'postgres' refused a write of an older epoch."""

    def quarantined(self, char_id: int, reason: str, /) -> None:
        """A record could not be read or written and was put in quarantine."""

    def redis_emptied(self) -> None:
        """Redis answers, but lost its data."""

    def invariant_broken(self, invariant: str, detail: str, /) -> None:
        """An invariant is broken; `invariant` is one of `persistence.invariants.INVARIANTS`."""

    def store_up(self, store: str, up: bool, reason: str = "", /) -> None:
        """'redis' or 'postgres' answered, or did not; then `reason` says why."""
