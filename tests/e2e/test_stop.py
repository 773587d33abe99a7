"""Stopping under load: a clean stop loses nothing and exits 0, a second signal exits at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from threading import Semaphore
from typing import Any

import asyncpg
from attrs import define, field

from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.waiting import wait_until

PLAYERS = 8
ENOUGH = 200
AT_ONCE_S = 5.0


@define
class Player:
    """A client that makes its character wiser by one until the server stops answering."""

    server: ServerProcess
    char_id: int
    acknowledged: Semaphore
    version: int = 1
    statuses: set[int] = field(factory=set)

    def play(self) -> None:
        """Play; `version` is the last one acknowledged."""
        while True:
            try:
                answer = self.server.send(self.char_id, "core.adjust_stats", {"wisdom": 1})
            except (OSError, HTTPException):
                return
            self.statuses.add(answer.status)
            if answer.status != 200:
                return
            assert answer.body["version"] == self.version + 1
            self.version += 1
            self.acknowledged.release()


def players(server: ServerProcess) -> list[Player]:
    acknowledged = Semaphore(0)
    made = [Player(server, server.create(f"P{n}"), acknowledged) for n in range(PLAYERS)]
    for player in made:
        server.login(player.char_id)
    return made


def wait_for_enough(playing: list[Player]) -> None:
    """Return when the server has acknowledged ENOUGH changes."""
    for _ in range(ENOUGH):
        assert playing[0].acknowledged.acquire(timeout=30)


def wisdom(server: ServerProcess, char_id: int) -> tuple[int, Any]:
    reply = server.send(char_id, "core.view").body["reply"]
    return reply["version"], reply["stats"]["wisdom"]


def stored_versions(dsn: str) -> dict[int, int]:
    async def fetch() -> dict[int, int]:
        connection = await asyncpg.connect(dsn)
        try:
            rows = await connection.fetch("SELECT char_id, version FROM characters")
            return {row["char_id"]: row["version"] for row in rows}
        finally:
            await connection.close()

    return asyncio.run(fetch())


@contextmanager
def locked_row(dsn: str, char_id: int) -> Iterator[None]:
    """Keep everybody else from writing the character's row."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(dsn))
        runner.run(connection.execute("BEGIN"))
        runner.run(
            connection.execute("SELECT 1 FROM characters WHERE char_id = $1 FOR UPDATE", char_id)
        )
        yield
        runner.run(connection.close())


def test_a_clean_stop_under_load_exits_0_and_everything_acknowledged_is_in_postgres(
    redis_url: str, postgres_dsn: str, make_server: MakeServer
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn)
    server.start()
    playing = players(server)
    with ThreadPoolExecutor(PLAYERS) as clients:
        games = [clients.submit(player.play) for player in playing]
        wait_for_enough(playing)
        assert server.stop() == 0, server.log[-4000:]
        for game in games:
            game.result()
    assert set().union(*(player.statuses for player in playing)) <= {200, 503}
    assert "Traceback" not in server.log

    stored = stored_versions(postgres_dsn)
    for player in playing:  # one more may have been applied without its answer getting through
        assert stored[player.char_id] - player.version in (0, 1)

    server.start()
    for player in playing:
        version = stored[player.char_id]
        assert wisdom(server, player.char_id) == (version, 10 + version - 1)


def test_a_clean_stop_of_embedded_stores_loses_nothing_either(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    char_id = server.create()
    server.login(char_id)
    server.send(char_id, "inventory.open")
    server.send(char_id, "inventory.grant", {"template_id": "torch", "quantity": 30})
    before = server.request("GET", f"/v1/characters/{char_id}/inventory").body
    assert server.stop() == 0
    assert list(server.data_dir.rglob("*.pid")) == [], "a store was left running"
    server.start()
    assert server.request("GET", f"/v1/characters/{char_id}/inventory").body == before
    assert server.request("GET", f"/v1/characters/{char_id}").body["state"] == "inventory"


def test_an_interrupt_from_the_keyboard_drains_too(
    redis_url: str, postgres_dsn: str, make_server: MakeServer
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn)
    server.start()
    char_id = server.create()
    server.login(char_id)
    server.send(char_id, "core.move", {"location": "mill"})
    server.signal(signal.SIGINT)
    assert server.wait() == 0
    assert stored_versions(postgres_dsn) == {char_id: 2}


def test_a_second_interrupt_exits_at_once_and_loses_nothing(
    redis_url: str, postgres_dsn: str, make_server: MakeServer
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn)
    server.start()
    char_id = server.create()
    server.login(char_id)
    server.send(char_id, "core.move", {"location": "mill"})
    with locked_row(postgres_dsn, char_id):
        server.signal(signal.SIGINT)
        wait_until(lambda: "draining" in server.log)
        server.signal(signal.SIGINT)
        assert server.wait(AT_ONCE_S) == -signal.SIGINT
    assert "Traceback" not in server.log
    assert stored_versions(postgres_dsn) == {char_id: 1}

    server.start()
    reply = server.send(char_id, "core.view").body["reply"]
    assert (reply["version"], reply["location"]["current"]) == (2, "mill")
