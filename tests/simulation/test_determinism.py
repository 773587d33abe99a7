"""A seed is all there is to a run: the same one gives the same history, here and elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.planted_bugs import PLANTED
from tests.simulation.runner import run

SEEDS = (3, 8, 11)
TREE = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_gives_the_same_history_each_time(seed: int) -> None:
    first, again = run(seed), run(seed)
    assert first.history.lines == again.history.lines
    assert first.history.digest() == again.history.digest()


def test_a_seed_gives_the_same_history_in_a_process_that_hashes_otherwise() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "tests.simulation", f"--from={SEEDS[0]}", "--seeds=1"],
        cwd=TREE,
        env={**os.environ, "PYTHONHASHSEED": "1"},  # ours is random
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"digest {run(SEEDS[0]).history.digest()}\n" in shown


def test_different_seeds_give_different_histories() -> None:
    assert len({run(seed).history.digest() for seed in SEEDS}) == len(SEEDS)


def test_a_broken_promise_is_reported_with_its_seed_and_the_command_that_shows_it_again() -> None:
    with PLANTED["a dirty session keeps its time to live"]():
        made = next(run(seed) for seed in range(20) if run(seed).broken)
    report = made.report()
    assert "BROKEN" in report
    assert "is dirty and expires in" in report
    assert f"make simulate FROM={made.seed} SEEDS=1" in report
