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

from gamestate.content import catalogue
from gamestate.content.live import LiveContent
from gamestate.contract.effects import INVENTORY
from gamestate.contract.module import Snapshot
from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session
from gamestate.game.character.commit import CommitBuilder
from gamestate.game.character.turn import Turn, new_session_id
from gamestate.game.router import CoreRouter
from gamestate.modules.core.module import CoreModule
from gamestate.server.config import Settings
from gamestate.server.modules import load_modules
from persistence.embedded.servers import Endpoints
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import Commit, ItemRow
from tests.bench.case import Benchmark, Case, Round, Sample, Target
from tests.bench.population import document

SIZES: Final = (20, 200, 2_000)
SWORDS: Final = (1, 2)
"""The ids of the two that are equipped in turn."""

_PLAYED_WITH: Final = frozenset({"arrows", "backpack", "potion-of-healing"})
"""Not in the bag before: the scenes bring and take them."""

_SETTINGS: Final = Settings(module_settings={INVENTORY: {"capacity_slots": 3_000}})


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
        content = LiveContent(catalogue.load(None))
        modules = load_modules(_SETTINGS.modules, _SETTINGS.module_settings, content)
        self._router = CoreRouter(CoreModule(modules), modules)
        self._commits = CommitBuilder("bench", self._router.modules, Invariants(StoreObserver()))
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
    kinds = sorted(set(catalogue.load(None).items) - _PLAYED_WITH)
    for item_id in range(len(SWORDS) + 1, count + 1):
        yield ItemRow(item_id, kinds[item_id * 7 % len(kinds)], 1, position=item_id)


def _bytes(commit: Commit | None) -> int:
    """What goes to Redis of a commit: fields and values, keys left out."""
    if commit is None:
        return 0
    sessions = (sum(map(len, (*delta.put, *delta.drop))) for delta in commit.sessions)
    return sum(map(len, commit.core)) + sum(sessions)


def _equip(bearer: Bearer, costs: _Costs) -> None:
    for sword in SWORDS:
        bearer.play(costs, "inventory.equip", {"item_id": sword})


def _grant(bearer: Bearer, costs: _Costs) -> None:
    item_id = _granted(bearer, costs, "backpack", 1)
    bearer.play(_Costs(), "inventory.drop", {"item_id": item_id})


def _use(bearer: Bearer, costs: _Costs) -> None:
    potions = _granted(bearer, _Costs(), "potion-of-healing", 10)
    for _number in range(10):
        bearer.play(costs, "inventory.use", {"item_id": potions})


def _split(bearer: Bearer, costs: _Costs) -> None:
    arrows = _granted(bearer, _Costs(), "arrows", 10)
    part = bearer.play(costs, "inventory.split", {"item_id": arrows, "quantity": 3})
    bearer.play(_Costs(), "inventory.drop", {"item_id": part["item"]["item_id"]})
    bearer.play(_Costs(), "inventory.drop", {"item_id": arrows})


def _merge(bearer: Bearer, costs: _Costs) -> None:
    arrows = _granted(bearer, _Costs(), "arrows", 10)
    part = bearer.play(_Costs(), "inventory.split", {"item_id": arrows, "quantity": 3})
    both = {"source_id": part["item"]["item_id"], "target_id": arrows}
    bearer.play(costs, "inventory.merge", both)
    bearer.play(_Costs(), "inventory.drop", {"item_id": arrows})


def _view(bearer: Bearer, costs: _Costs) -> None:
    bearer.play(costs, "inventory.view", {})


def _view_a_page(bearer: Bearer, costs: _Costs) -> None:
    bearer.play(costs, "inventory.view", {"sort": "name", "page": 1, "per_page": 50})


def _granted(bearer: Bearer, costs: _Costs, template_id: str, quantity: int) -> int:
    """The id of the stack that came."""
    payload = {"template_id": template_id, "quantity": quantity}
    item_id: int = bearer.play(costs, "inventory.grant", payload)["items"][0]["item_id"]
    return item_id


Scene = Callable[[Bearer, _Costs], None]


@asynccontextmanager
async def _open(scene: Scene, items: int, _: Endpoints) -> AsyncIterator[Round]:
    bearer = Bearer(items)
    scene(bearer, _Costs())

    async def measure(seconds: float) -> Sample:
        costs = _Costs()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            scene(bearer, costs)
        return Sample(costs.median_us, {"bytes to Redis": float(costs.sent_bytes)})

    yield measure


def _benchmark(name: str, scene: Scene, *, flat: bool = True) -> Benchmark:
    """One kind of turn on each size of inventory; value: its median, µs."""
    target = Target(1.5, at_least=False) if flat else None
    cases = [
        Case(
            f"{size:,} items", partial(_open, scene, size), target=target if size == 2_000 else None
        )
        for size in SIZES
    ]
    return Benchmark(f"inventory-{name}", f"an inventory's {name}: one turn", "µs", tuple(cases))


INVENTORY_TURNS: Final = (
    _benchmark("equip", _equip),
    _benchmark("grant", _grant),
    _benchmark("use", _use),
    _benchmark("split", _split),
    _benchmark("merge", _merge),
    _benchmark("view", _view, flat=False),
    _benchmark("page", _view_a_page, flat=False),
)
