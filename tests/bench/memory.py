"""What a character costs in memory, and what it costs the garbage collector.

Both start from a `Populate`: something that brings so many characters to life and keeps them alive.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from statistics import median
from typing import Any, Final

import orjson
import psutil

from gamestate.state import Bio, CharacterCore, CharacterState, Location, Session
from persistence.embedded.servers import Endpoints
from persistence.records import ItemRow
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Target
from tests.bench.population import document, encode

FEW: Final = 1_000
MANY: Final = 20_000
ITEMS: Final = 20

_COLLECTIONS: Final = 5
_KIB: Final = 1024

Populate = Callable[[Endpoints, int], AbstractAsyncContextManager[object]]
"""Brings so many characters to life in this process; they live as long as the context."""


@asynccontextmanager
async def dicts(_: Endpoints, count: int) -> AsyncIterator[object]:
    """Each character as the dicts that parsing its JSON gives."""
    yield [orjson.loads(encode(document(char_id))) for char_id in range(1, count + 1)]


@asynccontextmanager
async def frozen_states(_: Endpoints, count: int) -> AsyncIterator[object]:
    """Each character as a `CharacterState` with 20 items: the state alone, no actor."""
    yield [frozen_state(document(char_id)) for char_id in range(1, count + 1)]


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
) -> Case:
    """A case that weighs a population; value: KiB of resident memory per character."""
    return Case(f"{name}, {count:,}", partial(_open_memory, populate, count), runtime, target)


def pause_case(
    name: str,
    populate: Populate,
    count: int,
    *,
    freeze: bool,
    runtime: Runtime = Runtime.ASYNCIO,
    target: Target | None = None,
) -> Case:
    """A case that times full collections beside a population; value: the median pause in ms."""
    label = f"{name}, {'frozen' if freeze else 'not frozen'}"
    return Case(label, partial(_open_pause, populate, count, freeze), runtime, target)


@asynccontextmanager
async def _open_memory(
    populate: Populate, count: int, endpoints: Endpoints
) -> AsyncIterator[Round]:
    async def measure(_: float) -> Sample:
        resident = await _grown(populate, endpoints, count, _resident_bytes)
        tracemalloc.start()  # after the resident memory is known: tracing takes memory itself
        traced = await _grown(populate, endpoints, count, _traced_bytes)
        tracemalloc.stop()
        per_character_kib = (grown / count / _KIB for grown in (resident, traced))
        return Sample(next(per_character_kib), {"tracemalloc KiB": next(per_character_kib)})

    yield measure


async def _grown(
    populate: Populate, endpoints: Endpoints, count: int, weigh: Callable[[], int]
) -> int:
    gc.collect()
    before = weigh()
    async with populate(endpoints, count) as population:
        gc.collect()
        grown = weigh() - before
        del population
    return grown


def _resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def _traced_bytes() -> int:
    return tracemalloc.get_traced_memory()[0]


@asynccontextmanager
async def _open_pause(
    populate: Populate, count: int, freeze: bool, endpoints: Endpoints
) -> AsyncIterator[Round]:
    async with populate(endpoints, count) as population:
        gc.collect()
        if freeze:
            gc.freeze()
        yield _measure_pauses
        del population


async def _measure_pauses(_: float) -> Sample:
    with _pauses_ms() as pauses:
        for _number in range(_COLLECTIONS):
            gc.collect()
    tracked = len(gc.get_objects())
    return Sample(median(pauses), {"longest ms": max(pauses), "tracked objects": tracked})


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


MEMORY: Final = Benchmark(
    name="memory",
    title="resident memory per character (a fresh process each round)",
    unit="KiB",
    fresh=True,
    cases=(
        memory_case("parsed JSON, 15 items", dicts, FEW),
        memory_case("parsed JSON, 15 items", dicts, MANY),
        memory_case("CharacterState, 20 items", frozen_states, FEW),
        memory_case("CharacterState, 20 items", frozen_states, MANY),
    ),
)

PAUSE: Final = Benchmark(
    name="gc-pause",
    title="a full garbage collection beside 20,000 characters",
    unit="ms",
    cases=(
        pause_case("parsed JSON, 15 items", dicts, MANY, freeze=False),
        pause_case("parsed JSON, 15 items", dicts, MANY, freeze=True),
        pause_case("CharacterState, 20 items", frozen_states, MANY, freeze=False),
        pause_case("CharacterState, 20 items", frozen_states, MANY, freeze=True),
    ),
)
