"""Waiting for another process, which tells us nothing: look again until a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.players.load import LoadProcess

DEADLINE_S = 30.0
LOOK_AGAIN_S = 0.002


def wait_until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Return when the condition holds. Raises: AssertionError: it does not in time."""
    give_up_at = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {deadline_s:g} s: {condition}"
        time.sleep(LOOK_AGAIN_S)


def wait_answered(load: LoadProcess, how_many: float) -> None:
    """Return when so many requests were answered. Raises: what ended the load before."""
    wait_until(lambda: load.answered >= how_many or load.over)
    if load.answered < how_many:
        load.result()
