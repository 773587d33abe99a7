"""What tests print after the run: the outcome of each scenario in a table, and single lines."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from attrs import frozen

from tests.support.players.ledger import Discrepancy, Ledger
from tests.support.players.load import LoadReport

OUTCOME = "outcome"
SAID = "said"
COLUMNS = f"{'acknowledged':>14}{'lost':>6}{'twice':>7}{'wrong':>7}{'without service':>18}"
HEAD = f"{'scenario':<58}{COLUMNS}"

log = logging.getLogger(__name__)


@frozen
class Outcome:
    """One scenario.

    Attributes:
        acknowledged: changes that a client got the reply to.
        lost: of these, how many were not there later.
        twice: changes that were applied more than once.
        wrong: answers that were otherwise not what was to be expected.
        without_service_s: the longest time in which nobody had a good answer.
    """

    scenario: str
    acknowledged: int
    lost: int
    twice: int
    wrong: int
    without_service_s: float

    def __str__(self) -> str:
        return (
            f"{self.scenario:<58}{self.acknowledged:>14,}{self.lost:>6}{self.twice:>7}"
            f"{self.wrong:>7}{self.without_service_s:>16.2f} s"
        )


Report = Callable[[Outcome], None]
"""What the fixture `report` gives."""

Say = Callable[[str], None]
"""What the fixture `say` gives."""


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Prints a line when the run is over."""
    properties = request.node.user_properties  # they come along from a process of its own
    return lambda line: properties.append((SAID, line))


@pytest.fixture
def report(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Report:
    """Writes an outcome down."""
    caplog.set_level(logging.INFO)
    properties = request.node.user_properties  # they come along from a process of its own

    def write(outcome: Outcome) -> None:
        log.info("%s", outcome)
        properties.append((OUTCOME, str(outcome)))

    return write


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of all outcomes, and what else tests said."""
    reports = [one for stats in terminalreporter.stats.values() for one in stats]
    called = [one for one in reports if getattr(one, "when", "") == "call"]
    properties = [one for report in called for one in report.user_properties]
    outcomes = [line for name, line in properties if name == OUTCOME]
    said = [line for name, line in properties if name == SAID]
    if outcomes or said:
        terminalreporter.section("outcomes")
        for line in (*([HEAD] if outcomes else ()), *outcomes, *said):
            terminalreporter.write_line(line)


# ------------------------------------------------------------------ what the ledgers say


def outcome_of(
    scenario: str,
    ledgers: Sequence[Ledger],
    since: float,
    audits: Sequence[Ledger] = (),
    away_s: float = 0.0,
) -> Outcome:
    """What the clients wrote down, and found when they looked again.

    `since`: when it began, by `time.monotonic`. `away_s`: how long there was no service while
    nobody played.
    """
    kinds = Counter(found.kind for found in discrepancies([*ledgers, *audits]))
    return Outcome(
        scenario=scenario,
        acknowledged=sum(ledger.acknowledged for ledger in ledgers),
        lost=kinds["lost"],
        twice=kinds["twice"],
        wrong=kinds["wrong"],
        without_service_s=max(outage_s(ledgers, since), away_s),
    )


def ledgers_of(report: LoadReport) -> list[Ledger]:
    """What the clients of a load wrote down."""
    return list(report.results)


def discrepancies(ledgers: Sequence[Ledger]) -> list[Discrepancy]:
    """Everything that did not fit, of all clients."""
    return [found for ledger in ledgers for found in ledger.discrepancies]


def outage_s(ledgers: Sequence[Ledger], since: float) -> float:
    """The longest time without any good answer to anybody after `since` (by `time.monotonic`)."""
    moments = sorted(at for ledger in ledgers for at in ledger.acknowledged_at if at >= since)
    return max((after - before for before, after in pairwise([since, *moments])), default=0.0)


def figures(ledgers: Sequence[Ledger]) -> dict[str, Any]:
    """What to report of a round."""
    kinds = Counter(found.kind for found in discrepancies(ledgers))
    names = ("acknowledged", "duplicates", "resent", "refused")
    durable_in: Counter[str] = sum((Counter(each.durable_in) for each in ledgers), Counter())
    return {
        **{name: sum(getattr(ledger, name) for ledger in ledgers) for name in names},
        "durable_in": dict(durable_in),
        **{kind: kinds[kind] for kind in ("lost", "twice", "wrong")},
    }
