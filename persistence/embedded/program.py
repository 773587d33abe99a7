"""What the daemon must know about a server program: the port that Valkey and Postgres implement."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from persistence.errors import EmbeddedServerError


class Answer(Enum):
    """What a server says when it is asked whether it takes work."""

    READY = "ready"
    BUSY = "busy"  # alive, but loading, recovering or shutting down: wait
    SILENT = "silent"  # nobody answers on the socket


class Program(Protocol):
    """A server that can be run as a child process.

    `directory` is both its data directory and its working directory, by which it is found again.
    """

    @property
    def name(self) -> str:
        """How people call it: 'valkey', 'postgres'."""

    @property
    def processes(self) -> Sequence[str]:
        """The process names it runs under."""

    @property
    def directory(self) -> Path:
        """Where it works and keeps its data."""

    @property
    def pid_file(self) -> Path:
        """Where it writes its own pid, in the first line."""

    @property
    def log(self) -> Path:
        """Where its output goes."""

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal for a clean stop that waits for no client."""

    def prepare(self) -> None:
        """Make the directory fit to be started in. Called only while no process works there.

        Raises:
            EmbeddedServerError: it cannot be made fit; the text says what to do.
        """

    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    def answer(self) -> Answer:
        """Ask the server behind the socket; at most about a second."""


def packaged_file(package: str, pattern: str, instead: str) -> Path:
    """The file of an installed package that matches `pattern`, without importing the package (both
    server packages do things at import).

    Raises:
        EmbeddedServerError: the package is missing or has no binary for this platform; `instead` is
            the setting that names a server of the user's own.
    """
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        for file in Path(folder).glob(pattern):
            return file
    raise EmbeddedServerError(
        f"the package {package} has no server for this platform: set {instead} to one of your own"
    )
