"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import attrs
import click

from gamestate.server.config import Settings, load_settings


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that opens the stores itself.

    The command gets `settings`, made of these options and of its own ones that are called like a
    setting; its other options are passed on.
    """

    @click.option("--redis-url", help="Redis or Valkey; unset: an embedded one.")
    @click.option("--postgres-dsn", help="Postgres; unset: an embedded one.")
    @click.option("--data-dir", help="Where the embedded servers keep their data.")
    @click.option("--config", type=click.Path(path_type=Path), help="A TOML file of settings.")
    @wraps(command)
    def run(config: Path | None, **given: Any) -> None:
        names = given.keys() & attrs.fields_dict(Settings)
        flags = {name: given.pop(name) for name in names}
        command(settings=load_settings(flags, config), **given)

    return run


def client_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that talks to a running server."""
    command = click.option("--token", envvar="GAMESTATE_TOKEN", help="A bearer token.")(command)
    return click.option(
        "--url",
        envvar="GAMESTATE_URL",
        default="http://127.0.0.1:8080",
        show_default=True,
        help="The server.",
    )(command)


def json_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--json`, for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
