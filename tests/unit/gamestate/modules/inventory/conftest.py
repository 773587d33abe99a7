"""Fixtures of the inventory's tests."""

from __future__ import annotations

import pytest

from tests.unit.gamestate.modules.inventory.world import Player


@pytest.fixture
def player() -> Player:
    """A character with an empty inventory."""
    return Player()
