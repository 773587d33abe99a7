"""What an operator reads of the stores."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from gamestate.observe.log import get_logger
from gamestate.observe.log_observers import StoreEvents

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured


def test_the_log_says_why_a_store_is_away_and_that_it_is_back_each_once(lines: Lines) -> None:
    events = StoreEvents(get_logger("test"))
    for _ in range(3):
        events.store_up("redis", False, "MISCONF Errors writing to the AOF file")
    for _ in range(3):
        events.store_up("redis", True)
    assert [(line["log_level"], line["event"], line.get("reason")) for line in lines] == [
        ("error", "store does not answer", "MISCONF Errors writing to the AOF file"),
        ("info", "store is back", None),
    ]
