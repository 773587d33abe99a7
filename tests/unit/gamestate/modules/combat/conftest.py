"""Fixtures of combat's tests."""

from __future__ import annotations

from typing import Final

import pytest
import trio

from tests.support.game import World, log_plainly
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
    log_plainly()
    return World(nursery, MODULES)
