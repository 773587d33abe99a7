"""Server processes that are forked from one that has imported everything: importing takes a second,
starting the rest of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

from gamestate.cli.main import main

_context = get_context("forkserver")
_context.set_forkserver_preload(["tests.support.servers.forked"])


class ForkedProcess:
    """`gamestate …` in a process of its own, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        # A daemon: it is killed at the end of the tests if none of them stopped it.
        self._process = _context.Process(
            target=_run, args=(arguments, dict(environment), log), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the negative number of the signal that ended it; None: it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """`returncode`."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """The exit code, once it ended. Raises: subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("gamestate", timeout)
        return self._process.exitcode


def _run(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as output:
        for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(output.fileno(), descriptor)
    sys.argv = ["gamestate", *arguments]
    main()
