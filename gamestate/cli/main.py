"""The command line: `gamestate serve`, `migrate`, `character create|show`, `play`,
`content check|reload`, `quarantine list|show|retry|restore`, `state verify`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click
import trio
from rich.console import Console

from actors.errors import ActorError
from gamestate.cli.options import client_options, settings_options
from gamestate.cli.quarantine import quarantine
from gamestate.cli.state import state
from gamestate.client import Client, RequestRefusedError, ServerUnreachableError
from gamestate.content import catalogue as catalogues
from gamestate.content.catalogue import Catalogue
from gamestate.content.graph import graph as drawn
from gamestate.errors import ContentError, GameStateError
from gamestate.observe.log import Logger, configure_logs, get_logger
from gamestate.play.conversation import play as play_character
from gamestate.server.bootstrap import migrate_stores, open_server
from gamestate.server.config import Settings
from persistence.errors import PersistenceError

FOUND_PROBLEMS: Final = 1
USER_ERROR: Final = 2
RELOAD_TIMEOUT_S: Final = 60.0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gamestate")
def cli() -> None:
    """A game state server: one supervised actor per logged-in character."""


@cli.command()
@click.option("--host", help="Address to listen on; other than loopback needs a tokens file.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--content-dir", help="Catalogue files that extend the starter pack.")
@settings_options
def serve(settings: Settings) -> None:
    """Run the server until SIGTERM or Ctrl-C, then drain. A second signal exits at once."""
    configure_logs(settings.log_format, settings.log_level)
    trio.run(_serve, settings, get_logger("gamestate"))


@cli.command()
@settings_options
def migrate(settings: Settings) -> None:
    """Bring the database up to date and exit."""
    applied = trio.run(migrate_stores, settings)
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


cli.add_command(quarantine)
cli.add_command(state)


@cli.group()
def character() -> None:
    """Characters of a running server."""


@character.command()
@click.argument("name")
@click.option("--gender")
@click.option("--location")
@client_options
def create(url: str, token: str | None, **fields: str | None) -> None:
    """Create a character called NAME."""
    body = {name: value for name, value in fields.items() if value is not None}
    with closing(Client(url, token)) as client:
        Console().print_json(data=client.post("/v1/characters", body))


@character.command()
@click.argument("char_id", type=int)
@client_options
def show(char_id: int, url: str, token: str | None) -> None:
    """Show the character CHAR_ID."""
    with closing(Client(url, token)) as client:
        Console().print_json(data=client.get(f"/v1/characters/{char_id}"))


@cli.command()
@click.argument("char_id", type=int)
@client_options
def play(char_id: int, url: str, token: str | None) -> None:
    """Play the character CHAR_ID in this terminal."""
    play_character(Client(url, token), char_id)


@cli.group()
def content() -> None:
    """Items, monsters and scenarios."""


@content.command()
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--graph", "scenario", metavar="NAME", help="Print this scenario for Mermaid.")
def check(directory: Path | None, scenario: str | None) -> None:
    """Check the starter pack and the content in DIR.

    The catalogue files in DIR extend the starter pack, as they do with `serve --content-dir`. Every
    problem is a line with its file and entry; the exit code is 1 if there is one.
    """
    try:
        catalogue = catalogues.load(directory)
    except ContentError as error:
        _list_problems(error.facts["problems"])
    click.echo(_counts(catalogue) if scenario is None else _graph(catalogue, scenario), nl=False)


@content.command()
@client_options
def reload(url: str, token: str | None) -> None:
    """Have a running server read its content again.

    All of it is replaced, or nothing if there are problems; they are listed as `check` does.
    """
    try:
        with closing(Client(url, token, RELOAD_TIMEOUT_S)) as client:
            read = client.post("/v1/content/reload")
    except RequestRefusedError as error:
        if "problems" not in error.problem:
            raise
        _list_problems(error.problem["problems"])
    click.echo(", ".join(f"{count} {shelf}" for shelf, count in read.items()))


def _counts(catalogue: Catalogue) -> str:
    return (
        f"{len(catalogue.items)} items, {len(catalogue.monsters)} monsters, "
        f"{len(catalogue.scenarios)} scenarios: no problems\n"
    )


def _graph(catalogue: Catalogue, name: str) -> str:
    if name not in catalogue.scenarios:
        known = ", ".join(catalogue.scenarios) or "none"
        raise ContentError(f"there is no scenario {name!r}; there are {known}")
    return drawn(catalogue.scenarios[name])


def _list_problems(problems: Iterable[str]) -> NoReturn:
    click.echo("\n".join(problems))
    sys.exit(FOUND_PROBLEMS)


async def _serve(settings: Settings, log: Logger) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            stop = trio.Event()
            nursery.start_soon(_on_signals, signals, stop, log)
            async with open_server(settings, log) as server:
                log.info("serving", url=server.url, docs=f"{server.url}/docs")
                await server.until(stop)
            log.info("stopped")
            nursery.cancel_scope.cancel()


async def _on_signals(signals: Any, stop: trio.Event, log: Logger) -> None:
    """The first signal drains, the second ends the process: nothing acknowledged is lost by it."""
    async for number in signals:
        name = signal.Signals(number).name
        if stop.is_set():
            log.warning("second signal: exiting at once", signal=name)
            sys.stderr.flush()
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        log.info("draining; a second signal exits at once", signal=name)
        stop.set()


@contextmanager
def plain_errors() -> Iterator[None]:
    """An operator's mistake is one line that says what to do, never a stack trace."""
    try:
        yield
    except BaseExceptionGroup as group:
        known, unknown = group.split((GameStateError, PersistenceError, ActorError))
        if known is None or unknown is not None:
            raise
        _say(_first(known))
    except (GameStateError, PersistenceError) as error:
        _say(error)
    except (ServerUnreachableError, RequestRefusedError) as error:
        _say(error)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _say(error: BaseException) -> None:
    click.echo(f"gamestate: {error}", err=True)
    sys.exit(USER_ERROR)


def main() -> None:
    """The console script."""
    with plain_errors():
        cli()
