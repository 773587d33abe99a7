"""Turns on inventories of 20, 200 and 2,000 items: what they cost and what they send to Redis.

One turn is what the character actor does with a message before it queues the commit: the command is
checked, the rules are applied, the reply is made, and what was touched is encoded. No store is
asked, and nothing waits.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from statistics import median
from typing import Any, Final

from attrs import define, field

from gamestate.bootstrap import load_modules
from gamestate.character.commit import CommitBuilder
from gamestate.character.core import CoreModule
from gamestate.character.turn import Turn, new_session_id
from gamestate.config import Settings
from gamestate.content import catalogue
from gamestate.contracts import Snapshot
from gamestate.modules.inventory.gateway import INVENTORY
from gamestate.router import CoreRouter
from gamestate.state import Bio, CharacterCore, CharacterState, Location, Session
from persistence.embedded.servers import Endpoints
from persistence.records import Commit, ItemRow
from tests.bench.case import Benchmark, Case, Round, Sample, Target
from tests.bench.population import document

SIZES: Final = (20, 200, 2_000)
SWORDS: Final = (1, 2)
"""The ids of the two that are equipped in turn."""

_SETTINGS: Final = Settings(module_settings={INVENTORY: {"capacity_slots": 3_000}})
_TOGETHER: Final = 100
"""Turns between two looks at the clock that ends a round."""


class _NewIds:
    """Item ids above those of the seeded items."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1_000_000)

    def take(self) -> int:
        """The next."""
        return next(self._numbers)


@define
class _Costs:
    """What the turns of one kind took, and the bytes of the last one's commit."""

    took_s: list[float] = field(factory=list)
    sent_bytes: int = 0

    @property
    def median_us(self) -> float:
        """Microseconds."""
        return median(self.took_s) * 1e6


class Bearer:
    """One character and its inventory, played turn by turn."""

    def __init__(self, items: int) -> None:
        modules = load_modules(_SETTINGS, catalogue.load(None))
        self._router = CoreRouter(CoreModule(), modules)
        self._commits = CommitBuilder("bench", self._router.modules)
        self._new_ids = _NewIds()
        self._state = _state(self._router, items)

    def play(self, costs: _Costs, type_: str, payload: Any) -> Any:
        """One turn; its reply."""
        began = time.perf_counter()
        before = self._state
        turn = Turn(before, self._router, self._new_ids, 0.0)
        body = turn.run(self._router.message(type_, payload))
        after = turn.state
        reply = body(after) if callable(body) else body
        commit = self._commits.delta(before, after, turn.touched, b"") if turn.touched else None
        costs.took_s.append(time.perf_counter() - began)
        costs.sent_bytes = _bytes(commit)
        self._state = after
        return reply


def _state(router: CoreRouter, items: int) -> CharacterState:
    character = document(1)
    core = CharacterCore(
        character["state"],
        Location(**character["location"]),
        Bio(**character["bio"]),
        character["stats"],
        character["vitals"],
    )
    module = router.modules[INVENTORY]
    data = module.load_session(Snapshot(1, list(_items(items))))
    session = Session(new_session_id(), 0.0, True, module.schema, data)
    return CharacterState(1, 1, 1, core, {INVENTORY: session})


def _items(count: int) -> Iterator[ItemRow]:
    """Two swords and a mixed bag, each item in a place of its own."""
    for sword in SWORDS:
        yield ItemRow(sword, "longsword", 1, position=sword)
    kinds = sorted(catalogue.load(None).items)
    for item_id in range(len(SWORDS) + 1, count + 1):
        yield ItemRow(item_id, kinds[item_id * 7 % len(kinds)], 1, position=item_id)


def _bytes(commit: Commit | None) -> int:
    """What goes to Redis of a commit: fields and values, keys left out."""
    if commit is None:
        return 0
    sessions = (sum(map(len, (*delta.put, *delta.drop))) for delta in commit.sessions)
    return sum(map(len, commit.core)) + sum(sessions)


def _swap(bearer: Bearer, costs: dict[str, _Costs]) -> None:
    for sword in SWORDS:
        bearer.play(costs["equip"], "inventory.equip", {"item_id": sword})


def _take_off(bearer: Bearer, costs: dict[str, _Costs]) -> None:
    bearer.play(costs["unequip"], "inventory.unequip", {"slot": "main_hand"})
    bearer.play(_Costs(), "inventory.equip", {"item_id": SWORDS[1]})


def _find_and_drop(bearer: Bearer, costs: dict[str, _Costs]) -> None:
    found = bearer.play(
        costs["grant"], "inventory.grant", {"template_id": "backpack", "quantity": 1}
    )
    item_id = found["items"][0]["item_id"]
    bearer.play(costs["drop"], "inventory.drop", {"item_id": item_id})


def _look(bearer: Bearer, costs: dict[str, _Costs]) -> None:
    bearer.play(costs["view"], "inventory.view", {})


_SCENES: Final[tuple[Callable[[Bearer, dict[str, _Costs]], None], ...]] = (
    _swap,
    _take_off,
    _find_and_drop,
    _look,
)
_KINDS: Final = ("equip", "unequip", "grant", "drop", "view")


def inventory_case(items: int, target: Target | None = None) -> Case:
    """A case that plays with so many items; value: the median of an equip that swaps, in µs."""
    return Case(f"equip, {items:,} items", partial(_open, items), target=target)


@asynccontextmanager
async def _open(items: int, _: Endpoints) -> AsyncIterator[Round]:
    bearer = Bearer(items)
    _swap(bearer, {"equip": _Costs()})

    async def measure(seconds: float) -> Sample:
        costs = {kind: _Costs() for kind in _KINDS}
        for scene in _SCENES:
            until = time.perf_counter() + seconds / len(_SCENES)
            while time.perf_counter() < until:
                for _number in range(_TOGETHER if scene is not _look else 1):
                    scene(bearer, costs)
        return Sample(costs["equip"].median_us, _details(costs))

    yield measure


def _details(costs: dict[str, _Costs]) -> dict[str, float]:
    times = {f"{kind} µs": costs[kind].median_us for kind in _KINDS[1:]}
    sent = {f"{kind} B": float(costs[kind].sent_bytes) for kind in _KINDS[:-1]}
    return times | sent


INVENTORY_TURNS: Final = Benchmark(
    name="inventory",
    title="turns on an inventory, and bytes of each for Redis",
    unit="µs",
    cases=(
        inventory_case(SIZES[0]),
        inventory_case(SIZES[1]),
        inventory_case(SIZES[2], Target(1.5, at_least=False)),
    ),
)
