"""Loads what other packages register as entry points. The error for a broken package is one line
for the operator, without a stack trace."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from typing import Any, Final

import attrs

from gamestate.contract.module import STORE_HOOKS, SessionModule, overrides
from gamestate.contract.state import EXPLORATION
from gamestate.contract.turn import CORE, WAKE, Route
from gamestate.errors import ConfigurationError
from gamestate.structure import unreadable_type

TAKEN: Final = (CORE, EXPLORATION)


def load(entry: EntryPoint, setting: str) -> Any:
    """The target of an entry point. `setting`: which one asked for it.

    Raises: ConfigurationError: it can't be imported, or is not there.
    """
    with _reported(entry, setting):
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
    with _reported(entry, "modules"):
        module: object = make(given)
    if lacking := list(_lacking(module)):
        raise ConfigurationError(
            f"modules: {_named(entry)} makes no session module: it lacks {', '.join(lacking)} "
            "(see SessionModule in gamestate/contract/module.py)"
        )
    assert isinstance(module, SessionModule)
    if module.name != entry.name:
        raise ConfigurationError(
            f"modules: {_named(entry)} makes a module called {module.name!r}: the entry point and "
            "the module must have the same name"
        )
    return module


def _lacking(module: object) -> Iterator[str]:
    """What is missing, in words."""
    if not isinstance(module, SessionModule):
        yield "the base class SessionModule"
        return
    yield from (name for name in ("name", "routes") if not hasattr(module, name))
    own = [hook for hook in STORE_HOOKS if not overrides(module, hook)]
    if own and module.session is None:
        yield f"session (or its own {', '.join(own)})"
    if module.session and (type_ := unreadable_type(module.session)):
        yield f"a JSON type in place of {type_} in its session"
    routes = getattr(module, "routes", {})
    for name, route in routes.items():
        if not isinstance(route, Route):
            yield f"a Route for {name}"
        elif hasattr(route.command, "from_payload"):
            pass
        elif not attrs.has(route.command):
            yield f"an attrs class as the command {name}, in place of {route.command}"
        elif type_ := unreadable_type(route.command):
            yield f"a JSON type in place of {type_} in its command {name}"
    wake = routes.get(WAKE)
    if overrides(module, "wakes_at") and not (isinstance(wake, Route) and wake.internal):
        yield f"an internal route {WAKE!r} for its wakes_at"


@contextmanager
def _reported(entry: EntryPoint, setting: str) -> Iterator[None]:
    try:
        yield
    except ConfigurationError:
        raise  # the package knows more about it
    except Exception as error:
        raise ConfigurationError(
            f"{setting}: {_named(entry)} can't be loaded: {type(error).__name__}: {error}"
            f"{_where(error)}; repair or upgrade the package, or take {entry.name!r} out of the "
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
