"""`gamestate quarantine`: records that could not be read or written, and their repair."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click
import orjson
from attrs import asdict
from rich.console import Console
from rich.table import Table

from gamestate.cli.options import json_option, settings_options
from gamestate.cli.records import Records, with_records
from gamestate.game.quarantine.repair import (
    COPIES,
    RECORD,
    NoSuchCopyError,
    Plan,
    QuarantineRepair,
    Verdict,
)
from gamestate.game.stored.examination import Problem
from gamestate.server.config import Settings
from persistence.records import QuarantineEntry

WOULD_NOT_LOAD: Final = 1
MOST_LISTED: Final = 1_000


@click.group()
def quarantine() -> None:
    """Characters whose stored record can't be read or written.

    Works on the stores directly, whether or not a server runs.
    """


@quarantine.command("list")
@click.option("--all", "closed_too", is_flag=True, help="Also the entries that are closed.")
@json_option
@settings_options
def list_(closed_too: bool, as_json: bool, settings: Settings) -> None:
    """List the characters in quarantine, and why; the last seen first."""
    open_only = not closed_too
    entries = with_records(settings, lambda records: records.cold.entries(open_only, MOST_LISTED))
    if as_json:
        Console().print_json(data=[_facts(entry) for entry in entries])
    elif entries:
        Console().print(_table(entries))
    else:
        click.echo("the quarantine is empty" if closed_too else "no character is in quarantine")


@quarantine.command()
@click.argument("entry_id", metavar="ID", type=int)
@json_option
@settings_options
def show(entry_id: int, as_json: bool, settings: Settings) -> None:
    """Show the entry ID: what was found, when, by whom, and its bytes."""
    entry = with_records(settings, lambda records: records.cold.entry(entry_id))
    if entry is None:
        raise NoSuchCopyError(f"there is no entry {entry_id}: see `gamestate quarantine list`")
    if as_json:
        Console().print_json(data={**_facts(entry), "record": _readable(entry.record)})
    else:
        _show(Console(), entry)


@quarantine.command()
@click.argument("char_id", type=int)
@json_option
@settings_options
def retry(char_id: int, as_json: bool, settings: Settings) -> None:
    """Check whether CHAR_ID would load now, and release it from the quarantine if so.

    Nothing of the character is claimed or changed. The exit code is 1 if it would not load.
    """
    verdict = with_records(settings, lambda records: _repair(records).retry(char_id))
    if as_json:
        problems = [asdict(problem) for problem in verdict.problems]
        Console().print_json(data={"problems": problems, "closed": verdict.closed})
    else:
        _say_verdict(char_id, verdict)
    if verdict.problems:
        sys.exit(WOULD_NOT_LOAD)


@quarantine.command()
@click.argument("char_id", type=int)
@click.argument("entry_id", metavar="[ID]", type=int, required=False)
@click.option(
    "--from",
    "copy",
    type=click.Choice(COPIES),
    help="Which copy; `record` needs the ID of an entry. Unset: the newest that loads.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@settings_options
def restore(  # one parameter an option
    char_id: int,
    entry_id: int | None,
    *,
    copy: str | None,
    yes: bool,
    settings: Settings,
) -> None:
    """Continue from one copy of CHAR_ID and drop the others.

    Takes a new epoch, so that no server overwrites it; the dropped copies stay in the quarantine.
    The next login reads Postgres.
    """
    if (copy == RECORD) != (entry_id is not None):
        raise click.UsageError(
            "`--from record` needs the ID of an entry, and nothing else takes one"
        )
    plan = with_records(settings, lambda records: _repair(records).plan(char_id, copy, entry_id))
    click.echo(_consequences(plan))
    if not yes:
        click.confirm("Continue from it?", abort=True)
    version = with_records(settings, lambda records: _repair(records).carry_out(plan))
    click.echo(f"character {char_id} is at version {version} in Postgres; the next login reads it")


def _repair(records: Records) -> QuarantineRepair:
    return QuarantineRepair(records.hot, records.cold, records.modules)


# ------------------------------------------------------------------ what is printed


def _table(entries: Sequence[QuarantineEntry]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "character", "found by", "last seen", "times", "state"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", overflow="fold")
    for entry in entries:
        table.add_row(
            str(entry.entry_id),
            str(entry.char_id),
            entry.source,
            datetime.fromtimestamp(entry.last_seen, UTC).strftime("%Y-%m-%d %H:%M"),
            str(entry.count),
            "open" if entry.closed_at is None else "closed",
            _escaped(entry.reason),
        )
    return table


def _show(console: Console, entry: QuarantineEntry) -> None:
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("id", entry.entry_id),
        ("character", entry.char_id),
        ("found by", entry.source),
        ("first seen", _when(entry.first_seen)),
        ("last seen", _when(entry.last_seen)),
        ("times", entry.count),
        ("bytes", entry.size_bytes),
        ("state", _state(entry)),
        ("why", entry.reason),
    ):
        facts.add_row(name, _escaped(str(value)))
    console.print(facts)
    readable = _readable(entry.record)
    if isinstance(readable, str):
        console.print(readable, markup=False, highlight=False)
    else:
        console.print_json(data=readable)


def _state(entry: QuarantineEntry) -> str:
    if entry.closed_at is None:
        return "open"
    return f"closed at {_when(entry.closed_at)}: {entry.resolution}"


def _facts(entry: QuarantineEntry) -> dict[str, Any]:
    """Everything but the bytes, times as text."""
    facts = asdict(entry)
    del facts["record"]
    for name in ("first_seen", "last_seen", "closed_at"):
        facts[name] = _when(facts[name])
    return facts


def _readable(record: bytes) -> Any:
    """The record as JSON, with the JSON in it taken apart; else as text, bytes escaped."""
    try:
        return _unfolded(orjson.loads(record))
    except orjson.JSONDecodeError:
        return record.decode(errors="backslashreplace")


def _unfolded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unfolded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_unfolded(each) for each in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _say_verdict(char_id: int, verdict: Verdict) -> None:
    if verdict.problems:
        click.echo(f"character {char_id} would not load:")
        click.echo("\n".join(f"  {_line(problem)}" for problem in verdict.problems))
        click.echo(f"repair the record, or see `gamestate quarantine restore {char_id} --help`")
    elif verdict.closed:
        click.echo(f"character {char_id} would load: its next login works")
    else:
        click.echo(f"character {char_id} loads, and was not in quarantine")


def _line(problem: Problem) -> str:
    reason = problem.reason
    return reason if reason.startswith(problem.module) else f"{problem.module}: {reason}"


def _consequences(plan: Plan) -> str:
    hot, char_id = plan.examined.hot, plan.row.char_id
    seen = f"{hot.version or 'none'}" if hot is not None else "unreadable or none"
    lost = (
        f"Versions {plan.version + 1} to {plan.newest} are lost."
        if plan.lost
        else ("No version that either store is known to have is lost.")
    )
    return (
        f"character {char_id}: version in Redis {seen}, in Postgres {plan.row.version}; "
        f"continuing from {plan.copy}, version {plan.version}. {lost} "
        "The dropped copies stay in the quarantine."
    )


def _when(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
