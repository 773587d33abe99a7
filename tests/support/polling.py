"""Waiting for another process, where there is nothing to wait on but the look of it."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 10.0
POLL_S = 0.01


def wait_until(
    condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S
) -> None:
    """Return as soon as `condition()` holds; fail with `what` was waited for after `deadline_s`."""
    give_up_at = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {deadline_s:g} s: {what}"
        time.sleep(POLL_S)
