"""What an operator reads."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from gamestate.observe.hooks import Observers
from gamestate.observe.log import get_logger
from gamestate.observe.metrics import Metrics
from persistence.errors import FencedOutError

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def observers(lines: Lines) -> Observers:
    return Observers(Metrics().instruments, get_logger("test"))


def test_the_log_says_why_a_store_is_away_and_that_it_is_back_each_once(
    lines: Lines, observers: Observers
) -> None:
    for _ in range(3):
        observers.stores.store_up("redis", False, "MISCONF Errors writing to the AOF file")
    for _ in range(3):
        observers.stores.store_up("redis", True)
    assert [(line["log_level"], line["event"], line.get("reason")) for line in lines] == [
        ("error", "store does not answer", "MISCONF Errors writing to the AOF file"),
        ("info", "store is back", None),
    ]


def test_a_line_has_the_facts_of_its_hook_under_their_names(
    lines: Lines, observers: Observers
) -> None:
    observers.actors.gave_up(42, 5)
    [line] = lines
    assert (line["log_level"], line["char_id"], line["crashes"]) == ("error", 42, 5)


@pytest.mark.parametrize(("reason", "written"), [("fenced", 1), ("passivated", 0)])
def test_a_line_may_be_written_for_some_values_only(
    lines: Lines, observers: Observers, reason: str, written: int
) -> None:
    observers.actors.stopped(42, reason)
    assert [line["reason"] for line in lines] == [reason] * written


@pytest.mark.parametrize(
    ("outcome", "level", "reason"),
    [
        ("handed_over", "info", None),
        ("released", "info", None),
        ("fenced", "warning", None),
        ("failed", "warning", "timeout"),
    ],
)
def test_each_outcome_of_a_handover_is_one_line(
    lines: Lines, observers: Observers, outcome: str, level: str, reason: str | None
) -> None:
    observers.game.handed_over(42, "server-b", outcome, "timeout")
    [line] = lines
    assert (line["log_level"], line.get("reason")) == (level, reason)


@pytest.mark.parametrize(
    ("error", "traceback"), [(ZeroDivisionError(), True), (FencedOutError(42, 3, "redis"), False)]
)
def test_a_crash_has_a_traceback_unless_the_server_raises_the_error_itself(
    lines: Lines, observers: Observers, error: Exception, traceback: bool
) -> None:
    observers.actors.crashed(42, object(), error)
    [line] = lines
    assert (line["exc_info"] is error) is traceback
