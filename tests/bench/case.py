"""What a benchmark is made of: plain records, and the shape of the work that is measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import Enum

from attrs import field, frozen

from persistence.embedded.servers import Endpoints


class Store(Enum):
    """A server that a benchmark needs."""

    REDIS = "redis"
    POSTGRES = "postgres"


@frozen
class Sample:
    """The outcome of one round: `value` in the benchmark's unit, `details` by name (unit in it)."""

    value: float
    details: Mapping[str, float] = field(factory=dict)


Round = Callable[[float], Awaitable[Sample]]
"""Measures once, for about so many seconds."""

OpenCase = Callable[[Endpoints], AbstractAsyncContextManager[Round]]
"""Sets a case up, lends its round, takes it down. Picklable: it runs in a process of its own."""


class Runtime(Enum):
    """The event loop a case runs on."""

    ASYNCIO = "asyncio"  # uvloop
    TRIO = "trio"


@frozen
class Target:
    """What the case shall reach: reported, never enforced.

    `of_baseline`: the limit is a multiple of the baseline in the same run, else a plain value.
    """

    limit: float
    at_least: bool = True
    of_baseline: bool = True

    def met(self, value: float, ratio: float) -> bool:
        """Whether a median, or its ratio to the baseline's, is good enough."""
        seen = ratio if self.of_baseline else value
        return seen >= self.limit if self.at_least else seen <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g}{' x' if self.of_baseline else ''}"


@frozen
class Case:
    """One way to do the benchmark's work."""

    name: str
    open: OpenCase
    runtime: Runtime = Runtime.ASYNCIO
    target: Target | None = None


@frozen
class Benchmark:
    """Cases that do the same work, the baseline first.

    Attributes:
        unit: of every sample's value, such as "ops/s" or "KiB".
        needs: the servers to start.
        most_rounds: for what takes long and hardly differs from round to round.
        fresh: a new process for every round, where what an earlier round left behind would count.
    """

    name: str
    title: str
    unit: str
    cases: Sequence[Case]
    needs: frozenset[Store] = frozenset()
    fresh: bool = False
    most_rounds: int = 100
