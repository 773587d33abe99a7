"""What a seed decides before anything runs: who plays, how ill the stores are, what befalls them
and when."""

from __future__ import annotations

from enum import Enum
from random import Random
from typing import Final

from attrs import frozen

from tests.simulation.determinism import stream

LASTS_S: Final = (4.0, 12.0)
"""Short, because what two misfortunes can do to each other is done within seconds."""


class Misfortune(Enum):
    """What can befall the servers and the stores."""

    CRASH = "a server's process is gone; another starts on the same stores"
    STOP = "a server is told to stop, drains, and is started again"
    FREEZE = "a server stands still for a while, then goes on as if nothing had been"
    CONNECTIONS = "a server loses its connections to one store, with every call in flight"
    REDIS_DOWN = "Redis is unreachable for a while, for everybody"
    POSTGRES_DOWN = "Postgres is unreachable for a while, for everybody"
    REDIS_EMPTY = "Redis ends and is started again, without anything it had"


@frozen
class Event:
    """One misfortune. `server`: an index, where it befalls one. `lasts_s`: how long, seconds."""

    at_s: float
    what: Misfortune
    server: int
    lasts_s: float


@frozen
class Schedule:
    """One run.

    Attributes:
        servers: 1 or 2, on the same stores.
        lasts_s: how long the clients play, virtual seconds.
        slow_s: the mean of the slow calls to a store.
        error_rate, late_rate: the share of calls that go wrong, and of these the share that has its
            effect when nobody waits for it any more.
        crowd: the share of requests that go to another server than the character's own.
    """

    seed: int
    servers: int
    characters: int
    clients: int
    lasts_s: float
    slow_s: float
    error_rate: float
    late_rate: float
    crowd: float
    backup_interval_s: float
    session_ttl_s: int
    passivate_after_s: float
    events: tuple[Event, ...]


def schedule_of(seed: int) -> Schedule:
    """The schedule of a seed."""
    draw = stream(seed, "schedule")
    servers = draw.choice((1, 2))
    lasts_s = draw.uniform(*LASTS_S)
    return Schedule(
        seed=seed,
        servers=servers,
        characters=draw.randint(1, 3),
        clients=draw.randint(2, 4),
        lasts_s=lasts_s,
        slow_s=draw.choice((0.02, 0.1, 0.4)),
        error_rate=draw.choice((0.0, 0.01, 0.05)),
        late_rate=draw.choice((0.0, 0.3)),
        crowd=draw.choice((0.0, 0.05, 0.3)) if servers > 1 else 0.0,
        backup_interval_s=draw.choice((0.5, 2.0, 8.0)),
        session_ttl_s=draw.choice((1, 4, 30)),
        passivate_after_s=draw.choice((1.0, 4.0, 900.0)),
        events=tuple(_event(draw, servers, lasts_s) for _ in range(draw.randint(1, 6))),
    )


def _event(draw: Random, servers: int, lasts_s: float) -> Event:
    """Crashes come more often, because they are what everything else is tried by; and so does an
    emptied Redis, because it is often spared."""
    what = draw.choice((*Misfortune, Misfortune.CRASH, Misfortune.CRASH, Misfortune.REDIS_EMPTY))
    return Event(draw.uniform(1.0, lasts_s), what, draw.randrange(servers), draw.uniform(0.1, 4.0))
