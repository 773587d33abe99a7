"""Durable asks: a change that is stored before its sender is answered.

The baseline is the CRUD server that one writes without actors: a change is one UPDATE of the
character's row, a read is one SELECT. It is spared the SELECT before an UPDATE. Its other form
answers reads from memory, as the actors do; that is only sound as long as nobody else writes. It is
the stricter of the two, so it is the one that the targets are multiples of.

Ours is the whole game in this process on both stores, without its edge.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Runtime, Store, Target
from tests.bench.closed_loop import Operation, closed_loop_case, latency_case
from tests.bench.crud import table_of_characters
from tests.bench.game import Seed, running_game
from tests.bench.population import CHARACTERS, documents, encode, hurt

_UPDATE: Final = "UPDATE bench.{table} SET document = $2, version = $3 WHERE char_id = $1"
_SELECT: Final = "SELECT document, version FROM bench.{table} WHERE char_id = $1"


@asynccontextmanager
async def crud(endpoints: Endpoints) -> AsyncIterator[Operation]:
    """One UPDATE per change, one SELECT per read."""
    characters = documents()
    async with table_of_characters(endpoints, "crud", characters) as pool:
        update, select = _UPDATE.format(table="crud"), _SELECT.format(table="crud")

        async def play(index: int, change: bool) -> None:
            character = characters[index]
            if change:
                version = hurt(character)
                await pool.execute(update, index + 1, encode(character), version)
            else:
                await pool.fetchrow(select, index + 1)

        yield play


@asynccontextmanager
async def crud_reading_memory(endpoints: Endpoints) -> AsyncIterator[Operation]:
    """One UPDATE per change; reads cost nothing."""
    characters = documents()
    async with table_of_characters(endpoints, "cached", characters) as pool:
        update = _UPDATE.format(table="cached")

        async def play(index: int, change: bool) -> None:
            if change:
                character = characters[index]
                version = hurt(character)
                await pool.execute(update, index + 1, encode(character), version)

        yield play


@asynccontextmanager
async def game(endpoints: Endpoints) -> AsyncIterator[Operation]:
    """Messages to logged-in characters, answered after Redis has what they changed."""
    async with running_game(endpoints, Seed("durable", redis_db=1)) as running:
        await running.log_in(range(1, CHARACTERS + 1))
        ask = running.game.orchestrator.ask
        payloads = itertools.cycle(({"hp": -1}, {"hp": 1}))

        async def play(index: int, change: bool) -> None:
            if change:
                await ask(index + 1, "core.adjust_vitals", next(payloads))
            else:
                await ask(index + 1, "core.view", {})

        yield play


DURABLE: Final = Benchmark(
    name="durable",
    title="durable asks, 10,000 characters, 80 % changes, 256 callers",
    unit="ops/s",
    needs=frozenset((Store.POSTGRES, Store.REDIS)),
    cases=(
        closed_loop_case("UPDATE per change, reads from memory", crud_reading_memory),
        closed_loop_case("UPDATE per change, SELECT per read", crud),
        closed_loop_case(
            "game, acknowledged by Redis", game, runtime=Runtime.TRIO, target=Target(12)
        ),
    ),
)

DURABLE_ALONE: Final = Benchmark(
    name="durable-alone",
    title="one caller alone: the median time of a durable change",
    unit="µs",
    needs=DURABLE.needs,
    cases=(
        latency_case("UPDATE per change", crud),
        latency_case(
            "game, acknowledged by Redis",
            game,
            runtime=Runtime.TRIO,
            target=Target(150, at_least=False, of_baseline=False),
        ),
    ),
)
