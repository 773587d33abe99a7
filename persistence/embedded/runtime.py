"""The lock of a data directory, and the directory of its servers' sockets."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from persistence.errors import EmbeddedServerError

MAX_SOCKET_PATH_BYTES: Final = 100
"""The kernel's limit is 108 on Linux and 104 on macOS."""
LONGEST_SOCKET_NAME: Final = ".s.PGSQL.5432"


class DirectoryInUseError(EmbeddedServerError):
    """Another server runs on this data directory: stop it, or use another."""


class DataDirectoryLock:
    """Held while a server uses a data directory; the kernel frees it when that process dies."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock or fail at once.

        Raises:
            DirectoryInUseError: another server holds it; the text names its pid.
        """
        fd = os.open(self._data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(fd, 32).decode() or "unknown"
            os.close(fd)
            raise DirectoryInUseError(self._taken(holder)) from error
        self._fd = fd
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Release the lock, if it is held."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def _taken(self, holder: str) -> str:
        return (
            f"the data directory {self._data_dir} is used by the server with pid {holder}: "
            "stop that one, or set GAMESTATE_DATA_DIR to another directory"
        )


def private_directory(path: Path) -> Path:
    """Make `path` a directory that only this user can enter, or check that it is one.

    Raises:
        EmbeddedServerError: it is a link, another user's directory, or open to others.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedServerError(
            f"{path} must be a directory of the user who runs the server: move it away"
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedServerError(f"{path} is open to other users: chmod 700 it, or move it away")
    return path


def socket_directory(data_dir: Path) -> Path:
    """A private directory whose socket paths the kernel and every client accept: `run` in the data
    directory, or one in the system's temporary directory if that path is too long.

    Raises:
        EmbeddedServerError: there is no such directory.
    """
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    elsewhere = f"gamestate-{os.geteuid()}-{digest}"
    for path in (data_dir / "run", Path(tempfile.gettempdir(), elsewhere)):
        if _suits_sockets(path):
            return private_directory(path)
    raise EmbeddedServerError(
        f"neither {data_dir} nor {tempfile.gettempdir()} is fit for sockets (too long a path, or "
        "one with a comma): set TMPDIR to a plain, short directory"
    )


def _suits_sockets(directory: Path) -> bool:
    # Clients of Postgres split a host at commas.
    socket = os.fsencode(directory / LONGEST_SOCKET_NAME)
    return len(socket) <= MAX_SOCKET_PATH_BYTES and b"," not in socket and _is_utf8(socket)


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True
