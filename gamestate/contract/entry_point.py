"""What other packages register as entry points: loaded so that a broken package is told to the
operator in one line, never traced."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from typing import Any, Final

from gamestate.contract.module import SessionModule
from gamestate.contract.state import EXPLORATION
from gamestate.contract.turn import CORE
from gamestate.errors import ConfigurationError

TAKEN: Final = (CORE, EXPLORATION)
MODULE_HAS: Final = tuple(name for name in vars(SessionModule) if not name.startswith("_"))


def load(entry: EntryPoint, setting: str) -> Any:
    """The target of an entry point. `setting`: which one asked for it.

    Raises: ConfigurationError: it can't be imported, or is not there.
    """
    with _told(entry, setting):
        return entry.load()


def make_module(entry: EntryPoint, given: object) -> SessionModule:
    """The session module that a registered function makes of `given`.

    Raises: ConfigurationError: it can't be made, or is no session module of the registered name.
    """
    if entry.name in TAKEN:
        raise ConfigurationError(
            f"modules: {_named(entry)} has a name that the server needs itself"
        )
    make = load(entry, "modules")
    with _told(entry, "modules"):
        module: SessionModule = make(given)
    if lacking := [name for name in MODULE_HAS if not hasattr(module, name)]:
        raise ConfigurationError(
            f"modules: {_named(entry)} makes no session module: it has no {', '.join(lacking)} "
            "(see SessionModule in gamestate/contract/module.py)"
        )
    if module.name != entry.name:
        raise ConfigurationError(
            f"modules: {_named(entry)} makes a module called {module.name!r}: the entry point and "
            "the module must have the same name"
        )
    return module


@contextmanager
def _told(entry: EntryPoint, setting: str) -> Iterator[None]:
    try:
        yield
    except ConfigurationError:
        raise  # it says more than we know
    except Exception as error:
        raise ConfigurationError(
            f"{setting}: {_named(entry)} can't be loaded: {type(error).__name__}: {error}"
            f"{_where(error)}; mend or upgrade the package, or take {entry.name!r} out of the "
            "settings"
        ) from error


def _named(entry: EntryPoint) -> str:
    package = f" of the package {entry.dist.name}" if entry.dist is not None else ""
    return f"{entry.name!r}{package} ({entry.value})"


def _where(error: Exception) -> str:
    """The last line of the package itself that was run, if any was."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    return f" (at {frames[-1].filename}:{frames[-1].lineno})" if frames else ""
