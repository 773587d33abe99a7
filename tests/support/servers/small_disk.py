"""A Valkey whose disk can be full: its own process, and two ways to leave it no room.

`LimitedFiles` needs no privileges: the kernel refuses to let its files grow (RLIMIT_FSIZE, set from
outside). `SmallDisk` is a real one of a few MB, which takes the right to mount it.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from pathlib import Path
from typing import Final, Protocol

from persistence.embedded.program import Answer
from persistence.embedded.valkey import Valkey
from tests.support.servers.waiting import wait_until

DISK_BYTES: Final = 16 * 1024 * 1024
LEFT_BYTES: Final = 64 * 1024
"""The room that is left when there is hardly any."""
UNLIMITED: Final = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class ValkeyProcess:
    """A Valkey in a directory. `fsync`: its `appendfsync`."""

    def __init__(self, directory: Path, sockets: Path, fsync: str) -> None:
        self.program = Valkey.in_directory(directory, sockets)
        self._fsync = fsync
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def append_only_bytes(self) -> int:
        """How large its log of commands is."""
        files = (self.program.directory / "appendonlydir").glob("*.incr.aof")
        return sum(file.stat().st_size for file in files)

    def start(self) -> None:
        """Start and wait until it takes work."""
        self.program.prepare()
        self._process = subprocess.Popen(
            [*self.program.command(), "--appendfsync", self._fsync],
            cwd=self.program.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            restore_signals=False,  # Python ignores SIGXFSZ; so a file too large is an error
        )
        wait_until(lambda: self.program.answer() is Answer.READY)

    def kill(self) -> None:
        """SIGKILL, unless it ended by itself, and reap."""
        if self._process is not None:
            if self.is_running:
                os.kill(self.pid, signal.SIGKILL)
            self._process.wait()


class Disk(Protocol):
    """Where a Valkey keeps its files, with or without room."""

    directory: Path

    def fill(self, valkey: ValkeyProcess) -> None:
        """Leave it hardly any room."""

    def make_room(self, valkey: ValkeyProcess) -> None:
        """Give it as much as it likes."""


class LimitedFiles:
    """No file of the process may grow much larger than it is."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def fill(self, valkey: ValkeyProcess) -> None:
        """From now on."""
        limit = valkey.append_only_bytes + LEFT_BYTES
        resource.prlimit(valkey.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def make_room(self, valkey: ValkeyProcess) -> None:
        """A process that is started again has no limit anyway."""
        if valkey.is_running:
            resource.prlimit(valkey.pid, resource.RLIMIT_FSIZE, UNLIMITED)


class SmallDisk:
    """A tmpfs of its own, filled by a file; `directory` is the mount point while it is made.

    It is taken out of the tree of files at once and reached by the open directory, so that nothing
    is left of it when its users are gone, however they ended.
    """

    def __init__(self, directory: Path) -> None:
        """Raises: PermissionError: nobody here may mount."""
        directory.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(directory))
        self._fd = os.open(directory, os.O_DIRECTORY)
        _run("umount", "--lazy", str(directory))
        self.directory = Path(f"/proc/{os.getpid()}/fd/{self._fd}")

    @property
    def _filler(self) -> Path:
        return self.directory / "filler"

    def fill(self, valkey: ValkeyProcess) -> None:
        """Take what is left but a little."""
        found = os.statvfs(self.directory)
        self._filler.write_bytes(bytes(found.f_bavail * found.f_frsize - LEFT_BYTES))

    def make_room(self, valkey: ValkeyProcess) -> None:
        """Give it back."""
        self._filler.unlink()

    def close(self) -> None:
        """It is gone when nobody else uses it."""
        os.close(self._fd)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise PermissionError(f"there is no {command[0]} here") from error
    if done.returncode != 0:
        raise PermissionError(done.stderr.strip())
