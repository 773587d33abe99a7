"""Who can be killed: a server, and the embedded stores it started."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from persistence.embedded.postgres import Postgres
from tests.support.servers.server import ServerProcess

DEADLINE_S = 10.0


def kill_server(server: ServerProcess) -> None:
    """Kill it and start it again."""
    server.kill()
    server.start()


def kill_valkey(server: ServerProcess) -> None:
    """Kill it; its server, if that lives, starts it again."""
    os.kill(valkey_pid(server), signal.SIGKILL)


def lose_valkey(server: ServerProcess) -> None:
    """Kill it with all it ever had; its server must be dead."""
    valkey = psutil.Process(valkey_pid(server))
    valkey.kill()
    valkey.wait(DEADLINE_S)
    shutil.rmtree(server.data_dir / "valkey")


def kill_postgres(server: ServerProcess) -> None:
    """Kill it; its server, if that lives, starts it again."""
    os.kill(postmaster_pid(server), signal.SIGKILL)


def is_another(pid_of: Callable[[ServerProcess], int], server: ServerProcess, pid: int) -> bool:
    """Whether a store that had this pid was started again."""
    try:
        return pid_of(server) != pid
    except (FileNotFoundError, IndexError):  # its file is being written
        return False


@contextmanager
def paused_valkey(server: ServerProcess) -> Iterator[None]:
    """It takes what it is sent and does nothing with it, until the end of the block."""
    pid = valkey_pid(server)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def valkey_pid(server: ServerProcess) -> int:
    """Its Valkey."""
    return _first_number(server.data_dir / "valkey" / "valkey.pid")


def postmaster_pid(server: ServerProcess) -> int:
    """Its Postgres."""
    return _first_number(server.data_dir / "postgres" / "data" / "postmaster.pid")


def valkey_url(server: ServerProcess) -> str:
    """The address of its Valkey."""
    return f"unix://{server.data_dir / 'run' / 'valkey.sock'}"


def postgres_dsn(server: ServerProcess) -> str:
    """The address of its Postgres."""
    return Postgres.in_directory(server.data_dir, server.data_dir / "run").dsn


def _first_number(file: Path) -> int:
    return int(file.read_text().split()[0])
