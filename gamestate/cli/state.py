"""`gamestate state verify`: would every character in Postgres load?"""

from __future__ import annotations

import sys
from contextlib import aclosing
from time import perf_counter
from typing import Final

import click
from attrs import asdict, define, field
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gamestate.cli.options import json_option, settings_options
from gamestate.cli.records import Records, with_records
from gamestate.cli.verification import Page, verified
from gamestate.game.stored.examination import Problem
from gamestate.server.config import Settings

FOUND_PROBLEMS: Final = 1
REPORT_EVERY: Final = 10_000
"""Characters between two lines where there is no terminal."""


@define
class Report:
    """The result of a verification. `seconds`: how long it took."""

    characters: int = 0
    sessions: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(factory=list)

    def add(self, page: Page) -> None:
        """Count a page."""
        self.characters += page.characters
        self.sessions += page.sessions
        self.problems += page.problems

    @property
    def summary(self) -> str:
        """One line."""
        unreadable = len({problem.char_id for problem in self.problems})
        outcome = f"{unreadable} would not load" if unreadable else "all would load"
        return (
            f"{self.characters} characters, {self.sessions} sessions in {self.seconds:.1f} s: "
            f"{outcome}"
        )


@click.group()
def state() -> None:
    """What is stored of all characters."""


@state.command()
@json_option
@settings_options
def verify(as_json: bool, settings: Settings) -> None:
    """Check whether every character in Postgres would load.

    Decodes each core and all sessions as a login does; claims and changes nothing. Run it before a
    new version takes over, with the new version. A character that would not load is a line with the
    module and the reason; the exit code is 1 if there is one.
    """
    report = with_records(settings, _verify)
    if as_json:
        Console().print_json(data=asdict(report))
    else:
        for problem in report.problems:
            click.echo(f"{problem.char_id}\t{problem.module}\t{problem.reason}")
        click.echo(report.summary)
    if report.problems:
        sys.exit(FOUND_PROBLEMS)


async def _verify(records: Records) -> Report:
    report, started, said = Report(), perf_counter(), 0
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} characters"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("verify", total=None)
        async with aclosing(verified(records.cold, records.modules)) as pages:
            async for page in pages:
                report.add(page)
                bar.advance(task, page.characters)
                if not console.is_terminal and report.characters >= said + REPORT_EVERY:
                    said = report.characters
                    click.echo(f"{said} characters so far", err=True)
    report.seconds = perf_counter() - started
    return report
