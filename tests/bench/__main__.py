"""`python -m tests.bench [name …] [--quick] [--json file]`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from attrs import evolve
from rich.console import Console

from tests.bench import harness, report
from tests.bench.case import Benchmark, Store
from tests.bench.catalogue import BENCHMARKS
from tests.bench.machine import inspect
from tests.bench.servers import throw_away_servers

_PLAIN_WIDTH = 140
_BY_NAME = {benchmark.name: benchmark for benchmark in BENCHMARKS}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(_BY_NAME)))
@click.option("--quick", is_flag=True, help="Two short rounds: a smoke test, not a measurement.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds per case, instead of five.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all figures.",
)
def main(names: Sequence[str], quick: bool, rounds: int | None, json_file: Path | None) -> None:
    """Measure all benchmarks, or those named, each against its baseline in the same run."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # stops the stores too
    chosen = [_BY_NAME[name] for name in names] or BENCHMARKS
    effort = harness.QUICK if quick else harness.Effort()
    _bench(chosen, evolve(effort, rounds=rounds) if rounds else effort, json_file)


def _bench(chosen: Sequence[Benchmark], effort: harness.Effort, json_file: Path | None) -> None:
    console = Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    needs = frozenset[Store]().union(*(benchmark.needs for benchmark in chosen))
    results = []
    with throw_away_servers(needs) as endpoints:
        machine = asyncio.run(inspect(endpoints))
        report.print_machine(machine, console)
        for benchmark in chosen:
            with console.status(benchmark.name) as status:
                results.append(harness.run(benchmark, endpoints, effort, status.update))
            report.print_result(results[-1], console)
    if json_file:
        report.write_json(json_file, machine, results)


if __name__ == "__main__":
    main()
