"""Child processes that outlive the game server: spawn, find again, end.

A server is recognised by its program and its working directory, which is its data directory. Both
come from the kernel: a pid file may name a dead process, or a reused pid.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from persistence.errors import EmbeddedServerError

POLL_S: Final = 0.01
KILL_DEADLINE_S: Final = 10.0
MAX_LOG_BYTES: Final = 8 * 1024 * 1024

ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C"}
"""The whole environment of a child: no PGPORT or LD_LIBRARY_PATH of the user changes a server."""


def spawn(command: Sequence[str], directory: Path, log: Path) -> psutil.Popen:
    """Start `command` in `directory`, its output appended to `log`.

    It has its own session: neither Ctrl-C in the terminal nor the parent's death reaches it.
    """
    _turn_over(log)
    with log.open("ab") as output:
        return psutil.Popen(
            command,
            cwd=directory,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )


def processes_in(directory: Path, programs: Collection[str]) -> list[psutil.Process]:
    """The living processes of these programs that work in `directory`."""
    return [process for process in _processes_named(programs) if _works_in(process, directory)]


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a dead child is reaped."""
    try:
        process.wait(0)
    except psutil.TimeoutExpired:
        return isinstance(process, psutil.Popen) or _is_alive_elsewhere(process)
    return False


def end(processes: Collection[psutil.Process], by: signal.Signals, deadline_s: float) -> None:
    """Signal the processes, wait until they end, and kill those that have not by the deadline.

    Raises:
        EmbeddedServerError: one survived SIGKILL.
    """
    survivors = _end(processes, by, deadline_s)
    survivors = _end(survivors, signal.SIGKILL, KILL_DEADLINE_S)
    if survivors:
        pids = ", ".join(str(process.pid) for process in survivors)
        raise EmbeddedServerError(
            f"the kernel does not end process {pids} (a disk that hangs?): end it by hand"
        )


def _end(
    processes: Collection[psutil.Process], by: signal.Signals, deadline_s: float
) -> list[psutil.Process]:
    """The processes that are still alive after the deadline."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(by)
    give_up_at = time.monotonic() + deadline_s
    while alive := [process for process in processes if is_alive(process)]:
        if time.monotonic() >= give_up_at:
            return alive
        time.sleep(POLL_S)
    return []


def _is_alive_elsewhere(process: psutil.Process) -> bool:
    """Not a child: it may be a zombie, or its pid may be reused."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _processes_named(programs: Collection[str]) -> list[psutil.Process]:
    found = []
    for pid in psutil.pids():
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.name() in programs:
                found.append(process)
    return found


def _works_in(process: psutil.Process, directory: Path) -> bool:
    with suppress(psutil.Error, OSError):
        return directory.samefile(process.cwd())  # the dead have none
    return False


def _turn_over(log: Path) -> None:
    """Rotate a large log; two are kept."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".old"))
    log.touch(mode=0o600)
