"""Many callers, each with one operation under way: the load of every in-process benchmark."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import trio
from attrs import define, field

from persistence.embedded.servers import Endpoints
from tests.bench.case import Case, Round, Runtime, Sample, Target
from tests.bench.population import CALLERS, CHANGES, Play, plays

Operation = Callable[[int, bool], Awaitable[object]]
"""One play: the index of a character, and whether to change it."""

Subject = Callable[[Endpoints], AbstractAsyncContextManager[Operation]]
"""What is measured: brings the population up, lends the operation, takes everything down. Here the
real thing is plugged in. It must be a name of its module, because it is pickled."""


@define
class Tally:
    """What a crowd of callers did since it was made: operations, and the latencies of some."""

    operations: int = 0
    latencies: list[float] = field(factory=list)
    _began: float = field(factory=time.perf_counter)
    _cpu_began: float = field(factory=time.process_time)

    def sample(self) -> Sample:
        """Value: operations per second. The CPU time is this process's, all threads together."""
        seconds = time.perf_counter() - self._began
        cpu_s = time.process_time() - self._cpu_began
        ordered = sorted(self.latencies)
        p50_ms, p99_ms = (ordered[int(share * (len(ordered) - 1))] * 1e3 for share in (0.5, 0.99))
        details = {"p50 ms": p50_ms, "p99 ms": p99_ms, "cpu µs": cpu_s / self.operations * 1e6}
        return Sample(self.operations / seconds, details)


async def together(runtime: Runtime, callers: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all callers at once, on whichever loop this is, until the last has ended."""
    if runtime is Runtime.TRIO:
        async with trio.open_nursery() as nursery:
            for caller in callers:
                nursery.start_soon(_awaiting, caller)
    else:
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(caller)


async def _awaiting(caller: Coroutine[Any, Any, None]) -> None:
    await caller


class ClosedLoop:
    """`callers` that play the fixed mix for some seconds.

    The clock is read once in `stride` operations, so that reading it does not weigh on operations
    that take a microsecond; latencies are those of the first of each stride.
    """

    def __init__(
        self,
        operation: Operation,
        *,
        callers: int = CALLERS,
        changes: float = CHANGES,
        stride: int = 1,
        runtime: Runtime = Runtime.ASYNCIO,
    ) -> None:
        self._operation = operation
        self._runtime = runtime
        self._stride = stride
        self._plays = [itertools.cycle(plays(caller, changes)) for caller in range(callers)]

    async def measure(self, seconds: float) -> Sample:
        """One round; value: operations per second."""
        tally, until = Tally(), time.perf_counter() + seconds
        callers = [self._caller(mine, until, tally) for mine in self._plays]
        await together(self._runtime, callers)
        return tally.sample()

    async def _caller(self, mine: Iterator[Play], until: float, tally: Tally) -> None:
        operation, rest = self._operation, self._stride - 1
        while (began := time.perf_counter()) < until:
            await operation(*next(mine))
            tally.latencies.append(time.perf_counter() - began)
            for character, change in itertools.islice(mine, rest):
                await operation(character, change)
            tally.operations += rest + 1


def closed_loop_case(
    name: str,
    subject: Subject,
    *,
    runtime: Runtime = Runtime.ASYNCIO,
    target: Target | None = None,
    callers: int = CALLERS,
    stride: int = 1,
) -> Case:
    """A case that plays the fixed mix against a subject; value: operations per second."""
    shape = partial(ClosedLoop, callers=callers, stride=stride, runtime=runtime)
    return Case(name, partial(_open, subject, shape), runtime, target)


@asynccontextmanager
async def _open(
    subject: Subject, shape: Callable[[Operation], ClosedLoop], endpoints: Endpoints
) -> AsyncIterator[Round]:
    async with subject(endpoints) as operation:
        yield shape(operation).measure


def latency_case(
    name: str, subject: Subject, *, runtime: Runtime = Runtime.ASYNCIO, target: Target | None = None
) -> Case:
    """A case in which one caller alone makes changes; value: the median time of one in µs."""
    shape = partial(_Alone, callers=1, changes=1.0, runtime=runtime)
    return Case(name, partial(_open, subject, shape), runtime, target)


class _Alone(ClosedLoop):
    async def measure(self, seconds: float) -> Sample:
        sample = await super().measure(seconds)
        return Sample(sample.details["p50 ms"] * 1e3, sample.details)
