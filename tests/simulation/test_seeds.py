"""Three hundred random schedules of clients, crashes and failing stores break no promise."""

from __future__ import annotations

import pytest

from tests.simulation.runner import first_broken

SEEDS = 300
AT_ONCE = 50


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_no_schedule_breaks_a_promise(first: int) -> None:
    broken = first_broken(range(first, first + AT_ONCE))
    assert broken is None, broken.report()
