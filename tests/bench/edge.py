"""The HTTP edge: requests over 256 keep-alive connections, the load in a process of its own.

The baseline is a bare uvicorn that reads the body and replies a small JSON. The bare Granian echo
is the ceiling of the server's own edge. Ours is `gamestate serve` as operators run it, write-behind
included, on both stores.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson
from attrs import frozen

from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Case, Round, Sample, Store, Target
from tests.bench.game import Seed, seeded_stores
from tests.bench.population import CHARACTERS
from tests.support.players.load import Load, RoundRobin, RoundRobins, apply_load, request
from tests.support.servers.server import ServerProcess

CONNECTIONS: Final = 256
_READY_WITHIN_S: Final = 20.0
_STOP_WITHIN_S: Final = 10.0


@frozen
class Served:
    """A server that listens on a port of 127.0.0.1, and what to ask of it, in turn."""

    port: int
    requests: Sequence[bytes]


EdgeSubject = Callable[[Endpoints], AbstractAsyncContextManager[Served]]
"""Starts a server as a process of its own, with all its characters logged in."""


def changes(char_ids: Sequence[int]) -> list[bytes]:
    """One durable message per character and direction, as requests."""
    bodies = [orjson.dumps({"type": "core.adjust_vitals", "payload": {"hp": hp}}) for hp in (-1, 1)]
    return [
        request("POST", f"/v1/characters/{char_id}/messages", body)
        for body in bodies
        for char_id in char_ids
    ]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def python_server(port: int, *arguments: str) -> AsyncIterator[None]:
    """A `python -m …` process that listens on the port; SIGTERM at the end.

    Raises:
        TimeoutError: it did not listen in time.
    """
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments)
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            await _listening(port)
        yield
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def uvicorn_echo(_: Endpoints) -> AsyncIterator[Served]:
    """Bare uvicorn on uvloop, with httptools if it is installed."""
    port = free_port()
    options = ("--port", str(port), "--loop", "uvloop", "--no-access-log", "--log-level", "warning")
    async with python_server(port, "uvicorn", "tests.bench.echo_uvicorn:app", *options):
        yield Served(port, changes(range(CHARACTERS)))


@asynccontextmanager
async def granian_echo(_: Endpoints) -> AsyncIterator[Served]:
    """Bare Granian, embedded in a uvloop loop."""
    port = free_port()
    async with python_server(port, "tests.bench.echo_granian", str(port)):
        yield Served(port, changes(range(CHARACTERS)))


@asynccontextmanager
async def gamestate_serve(endpoints: Endpoints) -> AsyncIterator[Served]:
    """The whole server. Every character is asked for once, which brings it to life."""
    stores = await seeded_stores(endpoints, Seed("edge", redis_db=2))
    environment = {
        "GAMESTATE_REDIS_URL": stores.redis_url or "",
        "GAMESTATE_POSTGRES_DSN": stores.postgres_dsn or "",
        "GAMESTATE_LOG_LEVEL": "error",
    }
    with TemporaryDirectory(prefix="bench-") as directory:
        server = ServerProcess(Path(directory) / "data", environment)
        await asyncio.to_thread(server.start)
        try:
            requests = changes(range(1, CHARACTERS + 1))
            await apply_load(Load(server.port, CONNECTIONS, _Once(requests[:CHARACTERS])))
            yield Served(server.port, requests)
        finally:
            await asyncio.to_thread(server.stop)


@frozen
class _Once:
    """Players that ask everything once between them."""

    requests: Sequence[bytes]

    def __call__(self, connection: int) -> RoundRobin:
        player = RoundRobin(self.requests, connection, CONNECTIONS)
        mine = iter(self.requests[connection::CONNECTIONS])
        player.next = partial(next, mine, None)
        return player


def edge_case(
    name: str,
    subject: EdgeSubject,
    *,
    connections: int = CONNECTIONS,
    target: Target | None = None,
) -> Case:
    """A case under closed-loop load; value: requests per second."""
    return Case(name, partial(_open, subject, connections), target=target)


@asynccontextmanager
async def _open(
    subject: EdgeSubject, connections: int, endpoints: Endpoints
) -> AsyncIterator[Round]:
    async with subject(endpoints) as served:
        players = RoundRobins(served.requests, connections)

        async def measure(seconds: float) -> Sample:
            load = Load(served.port, connections, players, seconds=seconds, warmup_s=seconds / 4)
            report = await apply_load(load)
            details = {
                "p50 ms": report.p50_ms,
                "p99 ms": report.p99_ms,
                "not 2xx": report.not_2xx,
                "lost": report.lost,
                "generator busy": report.busy,
            }
            return Sample(report.requests_per_s, details)

        yield measure


async def _listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


_PARSER: Final = "httptools" if find_spec("httptools") else "h11, httptools is not installed"

EDGE: Final = Benchmark(
    name="edge",
    title="HTTP requests, 256 connections, 10,000 characters",
    unit="requests/s",
    needs=frozenset((Store.POSTGRES, Store.REDIS)),
    cases=(
        edge_case(f"bare uvicorn echo ({_PARSER})", uvicorn_echo),
        edge_case("bare Granian echo, embedded", granian_echo),
        edge_case("gamestate serve, durable changes", gamestate_serve, target=Target(0.8)),
    ),
)
