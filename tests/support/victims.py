"""Who can be killed: a server, and the embedded stores it started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server import ServerProcess


def kill_server(server: ServerProcess) -> None:
    """Kill it and start it again."""
    server.kill()
    server.start()


def kill_valkey(server: ServerProcess) -> None:
    """Kill it; its server, if that lives, starts it again."""
    os.kill(valkey_pid(server), signal.SIGKILL)


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


def _first_number(file: Path) -> int:
    return int(file.read_text().split()[0])
