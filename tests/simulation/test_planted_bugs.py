"""The simulation can fail: it finds every bug that is planted for it."""

from __future__ import annotations

import pytest

from tests.simulation.planted_bugs import PLANTED
from tests.simulation.runner import run

MOST_SEEDS = 300


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(MOST_SEEDS):
        with PLANTED[name]():
            made = run(seed)
        if made.broken is not None:
            break
    assert made.broken is not None, f"{MOST_SEEDS} seeds did not show that {name}"
    with capsys.disabled():
        print(f"\n{name}: found by seed {made.seed}, number {made.seed + 1}")  # noqa: T201
