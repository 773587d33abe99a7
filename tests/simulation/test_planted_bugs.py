"""The simulation can fail: it finds every bug that is planted for it."""

from __future__ import annotations

import json
from itertools import chain

import pytest

from tests.simulation.planted_bugs import PLANTED, SHOWN_BY, shows
from tests.support.effort import effort
from tests.support.outcomes import Say

MOST_SEEDS = 300


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str, say: Say) -> None:
    recorded: int = json.loads(SHOWN_BY.read_text("utf-8"))[name]
    tried = chain(effort([recorded], []), range(MOST_SEEDS))
    seed = next((seed for seed in tried if shows(name, seed)), None)
    assert seed is not None, f"{MOST_SEEDS} seeds did not show that {name}"
    if seed != recorded:
        say(f"seed {recorded} no longer shows that {name}: make simulate ARGS=--record")
