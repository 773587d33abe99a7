"""Embedded Valkey and Postgres, as child processes with one data directory.

```
<data_dir>/lock       the pid of the server that uses the directory
<data_dir>/run/       the sockets, if their path is short enough
<data_dir>/valkey/    append-only file, log
<data_dir>/postgres/  cluster, log
```

They listen on sockets that only their owner can open, and survive a `kill -9` of the game server:
the next start finds them by their working directory, waits for one that is recovering or stopping,
and cleans up after a dead one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import SubprocessError
from threading import Event, Lock
from typing import Final

from attrs import frozen

from persistence.embedded.daemon import Daemon
from persistence.embedded.postgres import Postgres
from persistence.embedded.program import Program
from persistence.embedded.runtime import DataDirectoryLock, socket_directory
from persistence.embedded.valkey import Valkey
from persistence.errors import EmbeddedServerError

FAILED_START_DEADLINE_S: Final = 5.0


@frozen
class Endpoints:
    """Where the servers listen; None for one that was not asked for."""

    redis_url: str | None
    postgres_dsn: str | None


class EmbeddedServers:
    """The servers of one data directory. Every method blocks and may be called from any thread;
    `stop` also ends a `start` that waits in another."""

    def __init__(self, data_dir: Path, *, valkey: bool, postgres: bool) -> None:
        self._data_dir = data_dir.expanduser().absolute()
        self._wants_valkey = valkey
        self._wants_postgres = postgres
        self._turn = Lock()
        self._closing = Event()
        self._lock = DataDirectoryLock(self._data_dir)
        self._daemons: Sequence[Daemon] = ()
        self._sockets: Path | None = None

    @property
    def pids(self) -> Mapping[str, int]:
        """Server name ('valkey', 'postgres') to process id, of those that were started."""
        return {daemon.program.name: daemon.pid for daemon in self._daemons if daemon.pid}

    def start(self) -> Endpoints:
        """Start or adopt the servers; return when all are ready. After a failure none is left
        running.

        Raises:
            DirectoryInUseError: another server runs on them; see `endpoints`.
            EmbeddedServerError: the text says what to do.
        """
        with self._turn, self._usable_directory():
            self._closing.clear()
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
            try:
                return self._start()
            except BaseException:
                self._shut_down(FAILED_START_DEADLINE_S)
                raise

    def ensure_running(self) -> Sequence[str]:
        """Restart dead servers and wait until they are ready; returns their names.

        With all alive it costs about 0.1 ms a server.

        Raises:
            EmbeddedServerError: a server does not start again, or `stop` was called meanwhile.
        """
        with self._turn:
            if self._closing.is_set():
                return []
            dead = [daemon for daemon in self._daemons if not daemon.is_running()]
            with self._usable_directory():
                _together(Daemon.start, dead)
            return [daemon.program.name for daemon in dead]

    def stop(self, deadline_s: float) -> None:
        """Stop the servers cleanly, by force after `deadline_s` seconds; idempotent.

        Raises:
            EmbeddedServerError: the kernel could not end a process.
        """
        self._closing.set()
        with self._turn:
            self._shut_down(deadline_s)

    def endpoints(self) -> Endpoints:
        """The addresses of the servers of this directory, started by any process."""
        return _endpoints(*self._programs())

    def _start(self) -> Endpoints:
        valkey, postgres = self._programs()
        programs: Sequence[Program | None] = (valkey, postgres)
        self._daemons = [Daemon(program, self._closing) for program in programs if program]
        _together(Daemon.start, self._daemons)
        return _endpoints(valkey, postgres)

    def _programs(self) -> tuple[Valkey | None, Postgres | None]:
        self._sockets = sockets = socket_directory(self._data_dir)
        valkey = Valkey.in_directory(self._data_dir, sockets) if self._wants_valkey else None
        postgres = Postgres.in_directory(self._data_dir, sockets) if self._wants_postgres else None
        return valkey, postgres

    def _shut_down(self, deadline_s: float) -> None:
        try:
            _together(lambda daemon: daemon.stop(deadline_s), self._daemons)
        finally:
            self._daemons = ()
            self._tidy_up()
            self._lock.release()

    def _tidy_up(self) -> None:
        """Remove the socket directory, which may be outside the data directory."""
        if self._sockets is not None:
            with suppress(OSError):  # a socket of a server that was killed is in it
                self._sockets.rmdir()

    @contextmanager
    def _usable_directory(self) -> Iterator[None]:
        try:
            yield
        except (OSError, SubprocessError) as error:
            raise EmbeddedServerError(
                f"the data directory {self._data_dir} cannot be used ({error}): repair it, or set "
                "GAMESTATE_DATA_DIR to another"
            ) from error


def _endpoints(valkey: Valkey | None, postgres: Postgres | None) -> Endpoints:
    return Endpoints(
        redis_url=valkey.url if valkey else None,
        postgres_dsn=postgres.dsn if postgres else None,
    )


def _together(action: Callable[[Daemon], None], daemons: Sequence[Daemon]) -> None:
    """Run `action` on all at once and wait for all; then raise the first error, if any."""
    if daemons:
        with ThreadPoolExecutor(len(daemons), "embedded") as pool:
            list(pool.map(action, daemons))
