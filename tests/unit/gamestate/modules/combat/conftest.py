"""Fixtures of combat's tests."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest
import trio

from gamestate.content import catalogue
from gamestate.server import bootstrap
from tests.support.game import World
from tests.unit.gamestate.modules.combat.world import Player

MODULES: Final = ("inventory", "combat")


@pytest.fixture
def player() -> Player:
    """A character with bare hands and 100 hit points."""
    return Player()


@pytest.fixture
async def world(
    jumping_clock: None, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> World:
    """Empty stores and no server yet."""
    monkeypatch.setattr(bootstrap, "load_catalogue", _catalogue)
    return World(nursery, MODULES)


_catalogue = cache(catalogue.load)
