"""Figures for people (a table) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
from attrs import asdict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.bench.harness import Outcome, Result
from tests.bench.machine import Machine

_VERDICTS = {True: Text("met", "green"), False: Text("missed", "red"), None: Text("")}


def print_machine(machine: Machine, console: Console) -> None:
    """Say what the figures were measured on."""
    console.print(
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.system}, "
        f"load {machine.load_1m} before the run"
    )
    versions = [f"{name} {version}" for name, version in machine.libraries.items()]
    console.print(", ".join([machine.python, *versions]), style="dim")
    for name, facts in machine.stores.items():
        console.print(f"{name} {facts}", style="dim")


def print_result(result: Result, console: Console) -> None:
    """One benchmark as a table, failures below it in full."""
    details = list(dict.fromkeys(name for outcome in result.outcomes for name in outcome.details))
    table = Table(title=f"{result.name}: {result.title}", title_justify="left", title_style="bold")
    table.add_column("case")
    for heading in (result.unit, "min-max", "ratio", *details):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("target", no_wrap=True)
    table.add_column("")
    for outcome in result.outcomes:
        table.add_row(*_row(outcome, details))
    console.print(table)
    for outcome in result.outcomes:
        if outcome.failure:
            console.print(f"{outcome.case} failed:\n{outcome.failure}", style="red", markup=False)


def write_json(path: Path, machine: Machine, results: Sequence[Result]) -> None:
    """Everything, with the machine, as one JSON document."""
    document = {"machine": asdict(machine), "results": [asdict(result) for result in results]}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))


def _row(outcome: Outcome, details: Sequence[str]) -> tuple[str | Text, ...]:
    if outcome.failure:
        return outcome.case, Text("failed", "red")
    return (
        outcome.case,
        _figure(outcome.median),
        f"{_figure(outcome.low)}-{_figure(outcome.high)}",
        f"{outcome.ratio:.3g}",
        *(_figure(outcome.details[name]) if name in outcome.details else "" for name in details),
        outcome.target,
        _VERDICTS[outcome.met],
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
