"""The port of an embedded server program, which Valkey and Postgres implement."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from persistence.errors import EmbeddedServerError


class Answer(Enum):
    """Whether a server is ready."""

    READY = "ready"
    BUSY = "busy"  # alive, but loading, recovering or shutting down: wait
    SILENT = "silent"  # no answer on the socket


class Program(Protocol):
    """A server that can be run as a child process.

    `directory` is both its data directory and its working directory, by which it is found again.
    """

    @property
    def name(self) -> str:
        """'valkey' or 'postgres'."""

    @property
    def processes(self) -> Sequence[str]:
        """The process names it runs under."""

    @property
    def directory(self) -> Path:
        """Its data directory and working directory."""

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
        """Prepare the directory for a start. Called only while no process runs there.

        Raises:
            EmbeddedServerError: it is unusable; the text says what to do.
        """

    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    def answer(self) -> Answer:
        """Ask the server on the socket; takes at most about a second."""


def packaged_file(package: str, pattern: str, instead: str) -> Path:
    """The file of an installed package that matches `pattern`, without importing the package (both
    server packages have side effects at import).

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
