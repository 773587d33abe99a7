"""The simulation can fail: it finds every bug that is planted for it."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.simulation.planted_bugs import PLANTED, SHOWN_BY
from tests.simulation.runner import run
from tests.support.effort import effort
from tests.support.outcomes import Say

MOST_SEEDS = 300


def shows(name: str, seed: int) -> bool:
    with PLANTED[name]():
        broken = run(seed).broken
    assert not (broken and "TypeError" in broken), f"the bug no longer fits its place: {broken}"
    return broken is not None


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str, say: Say) -> None:
    recorded = SHOWN_BY[name]
    tried = chain(effort([recorded], []), range(MOST_SEEDS))
    seed = next((seed for seed in tried if shows(name, seed)), None)
    assert seed is not None, f"{MOST_SEEDS} seeds did not show that {name}"
    if seed != recorded:
        say(f"planted bug: {name}: shown by seed {seed}, no longer by {recorded}: record it")
