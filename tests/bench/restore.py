"""Restores from Postgres: an epoch claimed and a character read, 256 logins in flight.

The baseline does it one character at a time: an UPDATE that claims, a SELECT that reads. The bare
SELECT is what it would cost without fencing. Both use the real tables.

Ours is the whole login: the epoch claimed in both stores, the state read, its actor started, and
Redis filled, which knows nobody at the beginning of a round.
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

from actors.errors import ActorStoppedError
from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Store, Target
from tests.bench.closed_loop import Tally, together
from tests.bench.crud import POOL
from tests.bench.game import Running, Seed, forget_in_redis, running_game, seeded_stores
from tests.bench.population import CALLERS, CHARACTERS

_STAGE: Final = "exploration"
"""Where the inventory is loaded when it is first asked for, as in most logins."""


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


_CLAIM: Final = """
    UPDATE characters SET epoch = epoch + 1, owner = 'bench' WHERE char_id = $1 RETURNING epoch
"""
_READ: Final = """
    SELECT c.epoch, c.version, c.owner, c.name, c.gender, c.created_at, c.game_stage,
           c.location_id, c.prev_location_id, c.vitals, s.stats, r.receipts
    FROM characters c
    LEFT JOIN character_stats s USING (char_id)
    LEFT JOIN character_receipts r USING (char_id)
    WHERE c.char_id = $1
"""


@asynccontextmanager
async def claim_and_select(endpoints: Endpoints) -> AsyncIterator[Restorer]:
    """An UPDATE that takes the epoch, then a SELECT."""
    async with _one_by_one(endpoints, "claimed", (_CLAIM, _READ)) as restorer:
        yield restorer


@asynccontextmanager
async def bare_select(endpoints: Endpoints) -> AsyncIterator[Restorer]:
    """A SELECT and no claim."""
    async with _one_by_one(endpoints, "selected", (_READ,)) as restorer:
        yield restorer


@asynccontextmanager
async def _one_by_one(
    endpoints: Endpoints, name: str, statements: tuple[str, ...]
) -> AsyncIterator[Restorer]:
    postgres_only = Endpoints(None, endpoints.postgres_dsn)
    stores = await seeded_stores(postgres_only, Seed(name, redis_db=0, stage=_STAGE))
    async with asyncpg.create_pool(stores.postgres_dsn, min_size=POOL, max_size=POOL) as pool:
        yield OneByOne(pool, statements)


@frozen
class Logins:
    """Restores by logging in."""

    running: Running

    async def restore(self, index: int) -> object:
        """Log in."""
        return await self.running.game.orchestrator.restore_full_state(index + 1)

    async def forget(self) -> None:
        """Drop every actor as it is (nothing has changed), and empty Redis."""
        registry = self.running.game.system.registry
        for cell in registry:
            registry.discard(cell, ActorStoppedError(cell.key, "stopped"), "stopped")
        await self.running.portal.call(forget_in_redis, self.running.stores)


@asynccontextmanager
async def logins(endpoints: Endpoints) -> AsyncIterator[Restorer]:
    """The game's own logins."""
    async with running_game(endpoints, Seed("logins", redis_db=3, stage=_STAGE)) as running:
        yield Logins(running)


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
    needs=frozenset((Store.POSTGRES, Store.REDIS)),
    cases=(
        restore_case("claim, SELECT, one at a time", claim_and_select),
        restore_case("bare SELECT, one at a time", bare_select),
        restore_case("game, logins", logins, runtime=Runtime.TRIO, target=Target(2.5)),
    ),
)
