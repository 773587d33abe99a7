"""StoreLag: which store lacks turns of which character of this server.

With both stores up a claim reads both and takes the newer state. With one of them down the other
may be claimed alone only if it has everything; its own record can't say so, this server's memory
can. After a restart nothing is remembered: the owner in the store alone decides (see `claims`)."""

from __future__ import annotations

from persistence.records import Durability


class StoreLag:
    """Follows claims, turns and releases, and answers whether one store has everything."""

    def __init__(self) -> None:
        self._behind_in_redis: set[int] = set()  # Redis has an older version, or none
        self._behind_in_postgres: set[int] = set()  # claimed in Redis alone, released by Postgres
        self._release_unknown: set[int] = set()  # a release may reach Postgres yet

    # ------------------------------------------------------------------ what happened

    def landed(self, char_id: int, durability: Durability) -> None:
        """The latest turn is in this store; in "postgres": not in Redis."""
        if durability == "postgres":
            self._behind_in_redis.add(char_id)
        elif self._behind_in_redis:
            self._behind_in_redis.discard(char_id)

    def restored_from_postgres(self, char_id: int) -> None:
        """Redis has an older version, or none, until it is seeded."""
        self._behind_in_redis.add(char_id)

    def claimed_in_postgres(self, char_id: int) -> None:
        """An earlier release has no effect under the new epoch."""
        self._release_unknown.discard(char_id)

    def claimed_in_both(self, char_id: int) -> None:
        """Both stores have the same epoch; the claim read both."""
        self._behind_in_postgres.discard(char_id)

    def claimed_in_redis_alone(self, char_id: int) -> None:
        """Postgres knows neither the epoch nor the turns that follow."""
        self._behind_in_postgres.add(char_id)

    def release_unknown(self, char_id: int) -> None:
        """Postgres did not answer a release: it may be done, now or later."""
        self._release_unknown.add(char_id)

    def released(self, char_id: int) -> None:
        """Postgres has everything, and has released the character."""
        self._behind_in_postgres.discard(char_id)

    # ------------------------------------------------------------------ what follows

    def redis_suffices(self, char_id: int) -> bool:
        """Whether Redis may be claimed alone: it has every turn, and no unanswered release can
        reach Postgres any more, upon which another server could claim Postgres alone, without the
        turns played in Redis since."""
        return char_id not in self._behind_in_redis and char_id not in self._release_unknown

    def postgres_suffices(self, char_id: int) -> bool:
        """Whether Postgres may be claimed alone: nothing was played in Redis without it."""
        return char_id not in self._behind_in_postgres
