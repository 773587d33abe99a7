"""What a character costs in memory, and what it costs the garbage collector.

Both start from a `Populate`: something that gets ready and then brings characters to life. Those of
the game are logged in, idle, with their inventory loaded, in a process that has everything of the
server but the edge.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from statistics import median
from typing import Any, Final

import orjson
import psutil
import trio

from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session
from persistence.embedded.servers import Endpoints
from persistence.records import ItemRow
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Store, Target
from tests.bench.game import Running, Seed, running_game
from tests.bench.population import document, encode

FEW: Final = 1_000
MANY: Final = 20_000
ITEMS: Final = 20

_FIRST: Final = 500
_COLLECTIONS: Final = 5
_KIB: Final = 1024

Grow = Callable[[range], Awaitable[object]]
"""Bring these characters to life; they live as long as what it returns and the context."""

Populate = Callable[[Endpoints, int], AbstractAsyncContextManager[Grow]]
"""Get ready for so many characters, from 1."""


@asynccontextmanager
async def dicts(_: Endpoints, count: int) -> AsyncIterator[Grow]:
    """Each character as the dicts that parsing its JSON gives."""

    async def grow(char_ids: range) -> object:
        return [orjson.loads(encode(document(char_id))) for char_id in char_ids]

    yield grow


@asynccontextmanager
async def frozen_states(_: Endpoints, count: int) -> AsyncIterator[Grow]:
    """Each character as a `CharacterState` with 20 items: the state alone, no actor."""

    async def grow(char_ids: range) -> object:
        return [frozen_state(document(char_id)) for char_id in char_ids]

    yield grow


@asynccontextmanager
async def idle_game(endpoints: Endpoints, count: int) -> AsyncIterator[Grow]:
    """Characters that were logged in, and nothing else."""
    async with running_game(endpoints, _seed("idle", 4, count)) as running:
        yield running.log_in


@asynccontextmanager
async def played_game(endpoints: Endpoints, count: int) -> AsyncIterator[Grow]:
    """Characters that were logged in, half of whom have been hurt."""
    async with running_game(endpoints, _seed("played", 5, count)) as running:
        yield partial(_log_in_and_play, running)


@asynccontextmanager
async def unkept_game(endpoints: Endpoints, count: int) -> AsyncIterator[Grow]:
    """The same, to be looked at by the collector."""
    async with running_game(endpoints, _seed("unkept", 6, count)) as running:
        yield partial(_log_in_and_play, running)


def _seed(name: str, redis_db: int, count: int) -> Seed:
    return Seed(name, redis_db, count, ITEMS)


async def _log_in_and_play(running: Running, char_ids: range) -> None:
    await running.log_in(char_ids)
    for char_id in char_ids[::2]:
        running.game.orchestrator.tell(char_id, "core.adjust_vitals", {"hp": -1})
        await trio.lowlevel.checkpoint()
    for char_id in char_ids[::2]:
        await running.ask(char_id, "core.view", {})  # answered when the change is safe


def frozen_state(character: dict[str, Any]) -> CharacterState:
    """The live state of a character of the population, every value its own."""
    char_id, bio = character["char_id"], character["bio"]
    items = {number: _item(char_id * 100 + number) for number in range(ITEMS)}
    core = CharacterCore(
        state=character["state"],
        location=Location(**character["location"]),
        bio=Bio(**bio),
        stats=character["stats"],
        vitals=character["vitals"],
    )
    session = Session(f"{char_id:032x}", bio["created_at"], False, 1, items)
    return CharacterState(char_id, 1, 1, core, {"inventory": session})


def memory_case(
    name: str,
    populate: Populate,
    count: int,
    *,
    runtime: Runtime = Runtime.ASYNCIO,
    target: Target | None = None,
    traced: bool = True,
) -> Case:
    """A case that weighs a population; value: KiB of resident memory per character. `traced`: also
    weigh it by tracemalloc, which slows everything down."""
    opened = partial(_open_memory, populate, count, traced)
    return Case(f"{name}, {count:,}", opened, runtime, target)


def pause_case(
    name: str,
    populate: Populate,
    count: int,
    prepare: Callable[[], object] = bool,
    *,
    runtime: Runtime = Runtime.ASYNCIO,
    target: Target | None = None,
) -> Case:
    """A case that times full collections beside a population, after `prepare`; value: the median
    pause in ms. Beside it the longest there was while the population came to life."""
    return Case(name, partial(_open_pause, populate, count, prepare), runtime, target)


@asynccontextmanager
async def _open_memory(
    populate: Populate, count: int, traced: bool, endpoints: Endpoints
) -> AsyncIterator[Round]:
    async def measure(_: float) -> Sample:
        resident = await _grown(populate, endpoints, count, _resident_bytes)
        if not traced:
            return Sample(resident / count / _KIB)
        tracemalloc.start()  # after the resident memory is known: tracing takes memory itself
        traced_bytes = await _grown(populate, endpoints, count, _traced_bytes)
        tracemalloc.stop()
        return Sample(resident / count / _KIB, {"tracemalloc KiB": traced_bytes / count / _KIB})

    yield measure


async def _grown(
    populate: Populate, endpoints: Endpoints, count: int, weigh: Callable[[], int]
) -> int:
    """What `count` characters weigh beyond the first few, which fill pools and caches."""
    async with populate(endpoints, _FIRST + count) as grow:
        first = await grow(range(1, _FIRST + 1))
        gc.collect()
        before = weigh()
        population = await grow(range(_FIRST + 1, _FIRST + count + 1))
        gc.collect()
        grown = weigh() - before
        del first, population
    return grown


def _resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def _traced_bytes() -> int:
    return tracemalloc.get_traced_memory()[0]


@asynccontextmanager
async def _open_pause(
    populate: Populate, count: int, prepare: Callable[[], object], endpoints: Endpoints
) -> AsyncIterator[Round]:
    async with populate(endpoints, count) as grow:
        with _pauses_ms() as meanwhile:
            population = await grow(range(1, count + 1))
        gc.collect()
        prepare()
        yield partial(_measure_pauses, max(meanwhile, default=0.0))
        del population


async def _measure_pauses(longest_before_ms: float, _: float) -> Sample:
    with _pauses_ms() as pauses:
        for _number in range(_COLLECTIONS):
            gc.collect()
    facts = {
        "longest ms": max(pauses),
        "longest while they came ms": longest_before_ms,
        "tracked objects": len(gc.get_objects()),
    }
    return Sample(median(pauses), facts)


@contextmanager
def _pauses_ms() -> Iterator[list[float]]:
    """Collects the length of every full collection that happens meanwhile."""
    pauses: list[float] = []
    began = 0.0

    def watch(phase: str, info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        elif info["generation"] == 2:
            pauses.append((time.perf_counter() - began) * 1e3)

    gc.callbacks.append(watch)
    try:
        yield pauses
    finally:
        gc.callbacks.remove(watch)


def _item(item_id: int) -> ItemRow:
    return ItemRow(item_id, f"template_{item_id % 300}", 1 + item_id % 20, position=item_id % 100)


def _game_case(count: int) -> Case:
    most = Target(8, at_least=False, of_baseline=False)
    name = "game, 20 items"
    return memory_case(name, idle_game, count, runtime=Runtime.TRIO, target=most, traced=False)


MEMORY: Final = Benchmark(
    name="memory",
    title="resident memory per character (a fresh process each round)",
    unit="KiB",
    needs=frozenset((Store.POSTGRES, Store.REDIS)),
    fresh=True,
    most_rounds=1,
    cases=(
        memory_case("parsed JSON, 15 items", dicts, FEW),
        memory_case("parsed JSON, 15 items", dicts, MANY),
        memory_case("CharacterState, 20 items", frozen_states, FEW),
        memory_case("CharacterState, 20 items", frozen_states, MANY),
        _game_case(FEW),
        _game_case(MANY),
    ),
)

PAUSE: Final = Benchmark(
    name="gc-pause",
    title="a full garbage collection beside 20,000 characters",
    unit="ms",
    needs=frozenset((Store.POSTGRES, Store.REDIS)),
    cases=(
        pause_case("parsed JSON, not frozen", dicts, MANY),
        pause_case("CharacterState, not frozen", frozen_states, MANY),
        pause_case("CharacterState, frozen", frozen_states, MANY, gc.freeze),
        pause_case("game, not frozen", unkept_game, MANY, gc.unfreeze, runtime=Runtime.TRIO),
        pause_case(
            "game, as it runs",
            played_game,
            MANY,
            runtime=Runtime.TRIO,
            target=Target(10, at_least=False, of_baseline=False),
        ),
    ),
)
