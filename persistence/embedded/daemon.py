"""One embedded server kept running: as a child, or adopted from a killed game server."""

from __future__ import annotations

import signal
import time
from threading import Event
from typing import Final

import psutil

from persistence.embedded.process import POLL_S, end, is_alive, processes_in, spawn
from persistence.embedded.program import Answer, Program
from persistence.errors import EmbeddedServerError

SILENCE_LIMIT_S: Final = 15.0
LEFTOVER_DEADLINE_S: Final = 10.0
LOG_LINES: Final = 5


class Daemon:
    """Blocking; call it from one thread at a time. `closing` ends a start that waits."""

    def __init__(self, program: Program, closing: Event) -> None:
        self.program = program
        self._closing = closing
        self._process: psutil.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None before the start and after the stop."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Adopt the server that already runs in the directory, or launch one; return when it is
        ready, after any recovery and loading.

        Raises:
            EmbeddedServerError: it ended, or did not answer for SILENCE_LIMIT_S.
        """
        if not self._adopt():
            self._launch()

    def is_running(self) -> bool:
        """Cheap; a hung server counts as running."""
        return self._process is not None and is_alive(self._process)

    def stop(self, deadline_s: float) -> None:
        """Stop cleanly, by force after the deadline; leave no process in the directory.

        Raises:
            EmbeddedServerError: the kernel could not end it.
        """
        process = self._process or self._left_running()
        if process is not None:
            end([process], self.program.stop_signal, deadline_s)
        end(self._processes(), signal.SIGKILL, 0)
        self._process = None

    def _adopt(self) -> bool:
        process = self._left_running()
        if process is None or not self._becomes_ready(process):
            return False
        self._process = process
        return True

    def _launch(self) -> None:
        self.stop(LEFTOVER_DEADLINE_S)
        self.program.prepare()
        log_starts_at = self._log_size()
        self._process = spawn(self.program.command(), self.program.directory, self.program.log)
        if not self._becomes_ready(self._process):
            raise EmbeddedServerError(self._failure(log_starts_at))

    def _becomes_ready(self, process: psutil.Process) -> bool:
        """False if it ends or stays silent."""
        answered_at = time.monotonic()
        while is_alive(process) and time.monotonic() - answered_at < SILENCE_LIMIT_S:
            match self.program.answer():
                case Answer.READY:
                    return True
                case Answer.BUSY:
                    answered_at = time.monotonic()
            if self._closing.wait(POLL_S):
                raise EmbeddedServerError(f"{self.program.name} was stopped while it started")
        return False

    def _left_running(self) -> psutil.Process | None:
        """The main process of the server, by its pid file."""
        try:
            leader = int(self.program.pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return next((process for process in self._processes() if process.pid == leader), None)

    def _processes(self) -> list[psutil.Process]:
        return processes_in(self.program.directory, self.program.processes)

    def _log_size(self) -> int:
        return self.program.log.stat().st_size if self.program.log.exists() else 0

    def _failure(self, log_starts_at: int) -> str:
        with self.program.log.open("rb") as log:
            log.seek(min(log_starts_at, self._log_size()))
            lines = log.read().decode(errors="replace").splitlines()
        tail = "\n".join(lines[-LOG_LINES:])
        return f"{self.program.name} did not start; see {self.program.log}:\n{tail}"
