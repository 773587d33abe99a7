"""Games on the small catalogue, with a wall clock that only the test moves.

with small_game(clock := WallClock()):
    world = SmallWorld(nursery)
    server = await world.start(module_settings={"inventory": {"capacity_slots": 3}})
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="potion", quantity=2)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

import pytest
import structlog
import trio

from gamestate.content.live import LiveContent
from gamestate.server import modules
from tests.support import game
from tests.support.game import World
from tests.support.inventory.brawl import NAME as BRAWL
from tests.support.inventory.brawl import BrawlModule
from tests.support.inventory.catalogue import catalogue

MODULES: Final = ("inventory", BRAWL)
START_S: Final = 1_800_000_000.0


class WallClock:
    """Stands where the server asks for the time."""

    def __init__(self) -> None:
        self.now_s = START_S

    def time(self) -> float:
        """Unix time in seconds."""
        return self.now_s


class SmallWorld(World):
    """The stores, and servers with the inventory and brawls."""

    def __init__(self, nursery: trio.Nursery) -> None:
        super().__init__(nursery, MODULES)


@contextmanager
def small_game(clock: WallClock) -> Iterator[None]:
    """Servers that are started meanwhile have this clock, the small catalogue and the module
    `brawl`; they start fast and log errors only."""
    with_brawl = {**modules.OWN_MODULES, BRAWL: BrawlModule}
    errors_only = structlog.make_filtering_bound_logger("error")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modules, "OWN_MODULES", with_brawl)
        patch.setattr(modules, "entry_points", lambda **_: ())
        patch.setattr(game, "content", lambda _: _content())
        logger = structlog.wrap_logger(
            structlog.PrintLogger(),
            processors=[structlog.dev.ConsoleRenderer(colors=False)],
            wrapper_class=errors_only,
        )
        patch.setattr(game, "get_logger", lambda _: logger)
        patch.setattr(game, "now_s", clock.time)
        yield


@cache
def _content() -> LiveContent:
    """Read-only, and what it computes once need not be computed at every start."""
    return LiveContent(catalogue())
