"""`wait=postgres` from outside: what the answer says is what Postgres has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from tests.e2e.problem import check_members, problem
from tests.support.servers.metrics import metric
from tests.support.servers.server import Answer, MakeServer, ServerProcess
from tests.support.servers.stores import ask_postgres

NEVER_S = "86400"
STEP: Any = {"type": "core.adjust_stats", "payload": {"wisdom": 1}}


@pytest.fixture
def server(make_server: MakeServer, redis_url: str, postgres_dsn: str) -> ServerProcess:
    """Nothing goes to Postgres unless somebody waits for it, for a second at most."""
    made = make_server(
        redis_url=redis_url,
        postgres_dsn=postgres_dsn,
        backup_interval_s=NEVER_S,
        ask_timeout_s="1",
    )
    made.start()
    return made


@contextmanager
def locked(dsn: str) -> Iterator[None]:
    """Another session holds the table of characters: writers wait."""
    loop = asyncio.new_event_loop()
    holder = loop.run_until_complete(asyncpg.connect(dsn))
    try:
        loop.run_until_complete(holder.execute("BEGIN; LOCK TABLE characters IN EXCLUSIVE MODE"))
        yield
    finally:
        loop.run_until_complete(holder.close())
        loop.close()


def version(dsn: str, char_id: int) -> int:
    found: int = ask_postgres(dsn, f"SELECT version FROM characters WHERE char_id = {char_id}")
    return found


def playing(server: ServerProcess, how_many: int) -> list[int]:
    made = [server.create() for _ in range(how_many)]
    for char_id in made:
        server.login(char_id)
    return made


def step(server: ServerProcess, char_id: int, message_id: str | None, query: str) -> Answer:
    body = STEP if message_id is None else {**STEP, "message_id": message_id}
    return server.request("POST", f"/v1/characters/{char_id}/messages{query}", body)


def test_an_answer_that_waited_tells_what_postgres_has(
    server: ServerProcess, postgres_dsn: str
) -> None:
    (char_id,) = playing(server, 1)
    assert step(server, char_id, None, "").body["durability"] == "redis"
    assert version(postgres_dsn, char_id) == 1

    first = step(server, char_id, "once", "?wait=postgres").body
    assert (first["version"], first["durability"], first["duplicate"]) == (3, "postgres", False)
    assert version(postgres_dsn, char_id) == 3

    again = step(server, char_id, "once", "?wait=postgres").body
    assert again == {**first, "duplicate": True}

    grant = {"action": "grant", "template_id": "torch", "quantity": 1, "wait": "postgres"}
    acted = server.request("POST", "/inventory/action", {"char_id": char_id, **grant}).body
    assert (acted["version"], acted["durability"]) == (4, "postgres")
    assert ask_postgres(postgres_dsn, "SELECT count(*) FROM inventory_items") == 1


def test_hundreds_who_wait_at_once_share_a_few_transactions(
    server: ServerProcess, postgres_dsn: str
) -> None:
    heroes = playing(server, 400)
    saves = metric(server, "backup_seconds_count")
    entries = [{"char_id": char_id, **STEP, "wait": "postgres"} for char_id in heroes]
    answers = server.request("POST", "/v1/messages", entries, timeout_s=30).body
    assert {one["durability"] for one in answers} == {"postgres"}
    assert ask_postgres(postgres_dsn, "SELECT count(*) FROM characters WHERE version = 2") == 400
    assert metric(server, "backup_seconds_count") - saves <= 20

    def alone(char_id: int) -> Any:
        return step(server, char_id, None, "?wait=postgres").body["durability"]

    saves = metric(server, "backup_seconds_count")
    with ThreadPoolExecutor(100) as clients:
        assert set(clients.map(alone, heroes)) == {"postgres"}
    assert metric(server, "backup_seconds_count") - saves < 200


def test_what_postgres_does_not_take_in_time_is_applied_and_can_be_waited_for_again(
    server: ServerProcess, postgres_dsn: str
) -> None:
    (char_id,) = playing(server, 1)
    with locked(postgres_dsn):
        late = step(server, char_id, "once", "?wait=postgres")
        said = problem(late, 503, "not_yet_in_postgres")
        assert int(late.headers["retry-after"]) == said["retry_after_s"] >= 1
        assert (said["version"], said["message_id"]) == (2, "once")
        (entry,) = server.request(
            "POST",
            "/v1/messages?wait=postgres",
            [{"char_id": char_id, **STEP, "message_id": "once"}],
        ).body
        check_members(entry["error"], 503)
        assert entry["error"]["code"] == "not_yet_in_postgres"
        unchanged = step(server, char_id, "once", "").body
        assert (unchanged["duplicate"], unchanged["durability"]) == (True, "redis")
        assert version(postgres_dsn, char_id) == 1
    again = step(server, char_id, "once", "?wait=postgres").body
    assert (again["duplicate"], again["version"], again["durability"]) == (True, 2, "postgres")
    assert version(postgres_dsn, char_id) == 2


def test_there_is_nothing_else_to_wait_for(server: ServerProcess) -> None:
    (char_id,) = playing(server, 1)
    problem(step(server, char_id, None, "?wait=disk"), 400, "invalid_payload")
    assert server.request("GET", f"/v1/characters/{char_id}").body["version"] == 1
