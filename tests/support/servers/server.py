"""A real server as a process of its own, for tests from outside: started, killed, paused, started
again."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol

import pytest
from attrs import frozen

from tests.support.servers.forked import ForkedProcess

START_DEADLINE_S = 60.0
POLL_S = 0.02


@frozen
class Answer:
    """One HTTP answer. `body` is the decoded JSON, or the text if it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]


class ServerProcess:
    """`gamestate serve` under a data directory. `environment` overrides settings (GAMESTATE_…),
    `config` is a file of them."""

    def __init__(
        self,
        data_dir: Path,
        environment: Mapping[str, str] | None = None,
        config: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.port = _free_port()
        self._environment = dict(environment or {})
        self._arguments = [] if config is None else ["--config", str(config)]
        self._log_path = data_dir.with_name(data_dir.name + ".log")
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """Everything it logged so far."""
        return self._log_path.read_text(errors="replace")

    def start(self) -> float:
        """Start and wait until it is ready; the seconds it took."""
        started = time.monotonic()
        self.launch()
        self.wait_ready()
        return time.monotonic() - started

    def launch(self) -> None:
        """Start without waiting."""
        arguments, environment = ("serve", *self._arguments), self._full_environment()
        if "PYTHONPATH" not in self._environment:
            self._process = ForkedProcess(arguments, environment, self._log_path)
            return
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gamestate", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_ready(self, deadline_s: float = START_DEADLINE_S) -> None:
        """Return when requests will succeed."""
        give_up = time.monotonic() + deadline_s
        while not self.is_ready():
            assert self._process is not None
            assert self._process.poll() is None, f"the server ended:\n{self.log[-4000:]}"
            assert time.monotonic() < give_up, f"the server is not ready:\n{self.log[-4000:]}"
            time.sleep(POLL_S)  # polling another process: there is nothing to wait on

    def is_ready(self) -> bool:
        """Whether it says that it is ready."""
        try:
            return self.request("GET", "/health/ready").status == 200
        except (OSError, HTTPException):
            return False

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 15.0,
    ) -> Answer:
        """One request on a connection of its own: `body` as JSON, or `raw` bytes as they are."""
        data = raw if raw is not None or body is None else json.dumps(body).encode()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            sent = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            return Answer(
                response.status,
                _decoded(response.read()),
                {name.lower(): value for name, value in response.getheaders()},
            )
        finally:
            connection.close()

    def create(self, name: str = "Mira", **fields: Any) -> int:
        """A new character's id."""
        answer = self.request("POST", "/v1/characters", {"name": name, **fields})
        assert answer.status == 201, answer
        char_id: int = answer.body["char_id"]
        return char_id

    def login(self, char_id: int) -> Any:
        """Log in; the answer's body."""
        answer = self.request("POST", f"/v1/characters/{char_id}/login")
        assert answer.status == 200, answer
        return answer.body

    def send(
        self, char_id: int, type_: str, payload: Any = None, message_id: str | None = None
    ) -> Answer:
        """One message."""
        body = {"type": type_, "payload": payload or {}}
        if message_id is not None:
            body["message_id"] = message_id
        return self.request("POST", f"/v1/characters/{char_id}/messages", body)

    def signal(self, number: signal.Signals) -> None:
        """Send the server itself a signal; its stores get none."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL and reap. Embedded stores live on."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """SIGTERM (also to a paused server) and wait; the exit code."""
        if self._process is None or self._process.poll() is not None:
            return (self._process.returncode or 0) if self._process is not None else 0
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        """Stop it and what it left running; if it was killed it is started once more for that."""
        if self._process is None:
            return
        if self._process.poll() is not None and self._process.returncode != 0:
            self.start()
        assert self.stop() == 0, self.log[-4000:]

    def wait(self, deadline_s: float = START_DEADLINE_S) -> int:
        """Wait for the process to end; the exit code."""
        assert self._process is not None
        return self._process.wait(deadline_s)

    def _full_environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GAMESTATE_")}
        return {
            **inherited,
            "GAMESTATE_PORT": str(self.port),
            "GAMESTATE_DATA_DIR": str(self.data_dir),
            **self._environment,
        }


class MakeServer(Protocol):
    """What the fixture `make_server` gives."""

    def __call__(self, config: Path | None = None, /, **environment: str) -> ServerProcess:
        """A server, not started yet, with settings like `backup_interval_s="0.1"`."""


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Makes servers, each on a data directory of its own, and stops them (and their stores) at the
    end."""
    made: list[ServerProcess] = []

    def make(config: Path | None = None, /, **settings: str) -> ServerProcess:
        environment = {f"GAMESTATE_{name.upper()}": value for name, value in settings.items()}
        made.append(ServerProcess(tmp_path / f"server-{len(made)}", environment, config))
        return made[-1]

    yield make
    for server in reversed(made):
        server.end()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One running server for all tests that do not harm it."""
    running = ServerProcess(tmp_path_factory.mktemp("shared") / "server")
    running.start()
    yield running
    running.end()


@contextmanager
def running(server: ServerProcess) -> Iterator[ServerProcess]:
    """Started; at the end of the block stopped with its stores, also after a failure."""
    try:
        server.start()
        yield server
    finally:
        server.end()


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def _free_port() -> int:
    """A port that the system gives to nobody who asks for any: it is still free after a kill."""
    for port in random.sample(range(10_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")
