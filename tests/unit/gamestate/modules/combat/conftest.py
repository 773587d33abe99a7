"""Fixtures of combat's tests."""

from __future__ import annotations

import pytest

from tests.unit.gamestate.modules.combat.world import Player


@pytest.fixture
def player() -> Player:
    """A character with bare hands and 100 hit points."""
    return Player()
