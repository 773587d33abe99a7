"""The image is what it says, as far as a reader without an engine can tell."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> str:
    return (root / "deploy/Dockerfile").read_text("utf-8").replace("\\\n", " ")


def instructions(dockerfile: str, name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.+)$", dockerfile, re.MULTILINE)


def sources(dockerfile: str) -> list[str]:
    copies = [line.split() for line in instructions(dockerfile, "COPY") if "--from" not in line]
    return [source for words in copies for source in words[:-1]]


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_the_server_does_not_run_as_root(dockerfile: str) -> None:
    assert instructions(dockerfile, "USER") == ["10001:10001"]


def test_the_base_is_the_slim_python_by_name(dockerfile: str) -> None:
    assert {line.split()[0] for line in instructions(dockerfile, "FROM")} == {"python:3.11-slim"}


def test_a_stop_drains(dockerfile: str) -> None:
    assert instructions(dockerfile, "STOPSIGNAL") == ["SIGTERM"]
    assert instructions(dockerfile, "ENTRYPOINT") == ['["gamestate"]']


def test_what_is_copied_exists_and_is_sent_to_the_build(dockerfile: str, root: Path) -> None:
    ignore = (root / "deploy/Dockerfile.dockerignore").read_text("utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    copied = sources(dockerfile)
    assert copied
    assert [name for name in copied if not (root / name).exists()] == []
    assert [name for name in copied if not any(fnmatch(name, pattern) for pattern in sent)] == []


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_follows_readiness(dockerfile: str, status: int, code: int) -> None:
    line = instructions(dockerfile, "HEALTHCHECK")[0]
    _, *arguments = json.loads(line[line.index("CMD") + 3 :])
    with answering(status) as port:
        ran = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "GAMESTATE_PORT": str(port)},
            capture_output=True,
            check=False,
        )
    assert ran.returncode == code
