"""Random schedules of clients, crashes and failing stores break no promise; every day others."""

from __future__ import annotations

import pytest

from tests.simulation.runner import first_broken
from tests.support.effort import seeds
from tests.support.outcomes import Say

AT_ONCE = 25


@pytest.mark.parametrize("chosen", seeds(AT_ONCE), ids=lambda chosen: f"from {chosen.start}")
def test_no_schedule_breaks_a_promise(chosen: range, say: Say) -> None:
    say(f"simulation: seeds {chosen.start} to {chosen.stop - 1}")
    broken = first_broken(chosen)
    assert broken is None, broken.report()
