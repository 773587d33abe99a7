"""`make simulate SEEDS=100000 [FROM=…]`: seeds on all cores, until one breaks a promise."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.planted_bugs import PLANTED, SHOWN_BY, first_shown
from tests.simulation.runner import SHOWN, Run, run

AT_ONCE: Final = 20
"""Seeds a process plays before it is given the next."""


def _first_broken(seeds: range) -> int | None:
    return next((seed for seed in seeds if run(seed).broken is not None), None)


def _chunks(first: int, seeds: int) -> Iterator[range]:
    end = first + seeds
    return (range(start, min(start + AT_ONCE, end)) for start in range(first, end, AT_ONCE))


def _search(first: int, seeds: int, jobs: int, progress: Progress) -> int | None:
    """The first seed found to break a promise; None: none does."""
    task, chunks = progress.add_task("seeds", total=seeds), _chunks(first, seeds)
    with ProcessPoolExecutor(jobs) as pool:
        running: dict[Future[int | None], range] = {}
        while True:
            for chunk in islice(chunks, 2 * jobs - len(running)):
                running[pool.submit(_first_broken, chunk)] = chunk
            if not running:
                return None
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                chunk = running.pop(done)
                if (seed := done.result()) is not None:
                    pool.shutdown(cancel_futures=True)
                    return seed
                progress.advance(task, len(chunk))


@click.command()
@click.option("--seeds", default=300, help="How many.")
@click.option("--from", "first", default=0, help="The first one.")
@click.option("--jobs", default=os.cpu_count() or 1, help="How many processes.")
@click.option("--shown", default=SHOWN, help="Lines of history shown of a broken promise.")
@click.option("--record", is_flag=True, help="Find the lowest seed that shows each planted bug.")
def main(seeds: int, first: int, jobs: int, shown: int, record: bool) -> None:
    """Play seeds; end with 1 and a history if one of them breaks a promise. One seed alone shows
    its history in any case."""
    if record:
        with ProcessPoolExecutor(jobs) as pool:
            found = dict(zip(PLANTED, pool.map(first_shown, PLANTED), strict=True))
        SHOWN_BY.write_text(json.dumps(found, indent=2) + "\n")
        return
    if seeds == 1:
        _tell(run(first), shown)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        seed = _search(first, seeds, jobs, progress)
    if seed is not None:
        _tell(run(seed), shown)
    click.echo(f"{seeds} seeds from {first} on: every promise was kept")


def _tell(made: Run, shown: int) -> None:
    click.echo(made.report(shown))
    sys.exit(made.broken is not None)


if __name__ == "__main__":
    main()
