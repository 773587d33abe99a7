"""Which store may be claimed alone, by what this server did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gamestate.game.ownership.lag import StoreLag

HERO, OTHER = 1, 2

Event = Callable[[StoreLag], None]


def in_redis(lag: StoreLag) -> None:
    lag.landed(HERO, "redis")


def in_postgres(lag: StoreLag) -> None:
    lag.landed(HERO, "postgres")


def redis_claimed(lag: StoreLag) -> None:
    lag.claimed_in_redis_alone(HERO)


def postgres_claimed(lag: StoreLag) -> None:
    lag.claimed_in_postgres(HERO)


def both_claimed(lag: StoreLag) -> None:
    lag.claimed_in_postgres(HERO)
    lag.claimed_in_both(HERO)


def released(lag: StoreLag) -> None:
    lag.released(HERO)


def unanswered(lag: StoreLag) -> None:
    lag.release_unknown(HERO)


@pytest.mark.parametrize(
    ("events", "redis", "postgres"),
    [
        ([], True, True),
        ([in_postgres], False, True),
        ([in_postgres, in_redis], True, True),
        ([in_postgres, both_claimed], False, True),
        ([redis_claimed], True, False),
        ([redis_claimed, in_redis], True, False),
        ([redis_claimed, postgres_claimed], True, False),
        ([redis_claimed, both_claimed], True, True),
        ([redis_claimed, released], True, True),
        ([unanswered], False, True),
        ([unanswered, in_redis], False, True),
        ([unanswered, postgres_claimed], True, True),
        ([redis_claimed, unanswered], False, False),
    ],
)
def test_a_store_suffices_while_it_has_every_turn(
    events: list[Event], redis: bool, postgres: bool
) -> None:
    lag = StoreLag()
    for event in events:
        event(lag)
    assert (lag.redis_suffices(HERO), lag.postgres_suffices(HERO)) == (redis, postgres)
    assert lag.redis_suffices(OTHER)
    assert lag.postgres_suffices(OTHER)
