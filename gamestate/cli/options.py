"""The options of the commands that open the stores themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


def server_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that opens the stores itself."""
    options = (
        click.option("--redis-url", help="Redis or Valkey; unset: an embedded one."),
        click.option("--postgres-dsn", help="Postgres; unset: an embedded one."),
        click.option("--data-dir", help="Where the embedded servers keep their data."),
        click.option("--config", type=click.Path(path_type=Path), help="A TOML file of settings."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def json_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--json`, for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
