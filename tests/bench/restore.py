"""Restores from Postgres: an epoch claimed and a character read, 256 logins in flight.

The baseline does it one character at a time: an UPDATE that claims, a SELECT that reads. The bare
SELECT is what it would cost without fencing.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final, Protocol

import asyncpg
from attrs import frozen

from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Store, Target
from tests.bench.closed_loop import Tally, together
from tests.bench.crud import table_of_characters
from tests.bench.population import CALLERS, CHARACTERS, documents


class Restorer(Protocol):
    """What is measured."""

    async def restore(self, index: int) -> object:
        """Claim and read one character of the population."""

    async def forget(self) -> None:
        """Between rounds, not timed: make every character restorable again."""


RestoreSubject = Callable[[Endpoints], AbstractAsyncContextManager[Restorer]]


@frozen
class OneByOne:
    """Restores by statements of one character each."""

    pool: asyncpg.Pool
    statements: tuple[str, ...]

    async def restore(self, index: int) -> object:
        """Run the statements one after the other on one connection."""
        async with self.pool.acquire() as connection:
            for statement in self.statements:
                row = await connection.fetchrow(statement, index + 1)
        return row

    async def forget(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def claim_and_select(endpoints: Endpoints) -> AsyncIterator[Restorer]:
    """An UPDATE that takes the epoch, then a SELECT."""
    async with table_of_characters(endpoints, "claimed", documents()) as pool:
        claim = "UPDATE bench.claimed SET epoch = epoch + 1, owner = 'bench' WHERE char_id = $1"
        read = "SELECT epoch, version, document FROM bench.claimed WHERE char_id = $1"
        yield OneByOne(pool, (f"{claim} RETURNING epoch", read))


@asynccontextmanager
async def bare_select(endpoints: Endpoints) -> AsyncIterator[Restorer]:
    """A SELECT and no claim."""
    async with table_of_characters(endpoints, "selected", documents()) as pool:
        read = "SELECT epoch, version, document FROM bench.selected WHERE char_id = $1"
        yield OneByOne(pool, (read,))


def restore_case(
    name: str,
    subject: RestoreSubject,
    *,
    runtime: Runtime = Runtime.ASYNCIO,
    target: Target | None = None,
) -> Case:
    """A case that restores the whole population once per round; value: characters per second."""
    return Case(name, partial(_open, subject, runtime), runtime, target)


@asynccontextmanager
async def _open(
    subject: RestoreSubject, runtime: Runtime, endpoints: Endpoints
) -> AsyncIterator[Round]:
    async with subject(endpoints) as restorer:

        async def measure(_: float) -> Sample:
            await restorer.forget()
            return await _restore_all(restorer, runtime)

        yield measure


async def _restore_all(restorer: Restorer, runtime: Runtime) -> Sample:
    order = list(range(CHARACTERS))
    random.Random(CHARACTERS).shuffle(order)
    waiting, tally = iter(order), Tally()
    await together(runtime, [_login(restorer, waiting, tally) for _ in range(CALLERS)])
    return tally.sample()


async def _login(restorer: Restorer, waiting: Iterator[int], tally: Tally) -> None:
    for index in waiting:
        began = time.perf_counter()
        await restorer.restore(index)
        tally.latencies.append(time.perf_counter() - began)
        tally.operations += 1


RESTORE: Final = Benchmark(
    name="restore",
    title="restores from Postgres, each of 10,000 characters once, 256 in flight",
    unit="chars/s",
    needs=frozenset((Store.POSTGRES,)),
    cases=(
        restore_case("claim, SELECT, one at a time", claim_and_select),
        restore_case("bare SELECT, one at a time", bare_select),
    ),
)
