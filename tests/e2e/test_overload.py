"""What a server that cannot serve says: 429 or 503 with Retry-After, 504 when nobody can know."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from persistence.embedded.servers import EmbeddedServers
from tests.e2e.problem import problem
from tests.e2e.wire import answer_on, connection, head
from tests.support.servers.server import Answer, MakeServer, ServerProcess
from tests.support.servers.stores import MakeServers
from tests.support.servers.waiting import wait_until


@pytest.fixture
def own_stores(embedded: MakeServers, tmp_path: Path) -> EmbeddedServers:
    """Stores that a test may pause and stop."""
    return embedded(tmp_path / "stores")


def started(make_server: MakeServer, stores: EmbeddedServers, **settings: str) -> ServerProcess:
    """A server on these stores."""
    given = stores.start()
    assert given.redis_url is not None
    assert given.postgres_dsn is not None
    server = make_server(redis_url=given.redis_url, postgres_dsn=given.postgres_dsn, **settings)
    server.start()
    return server


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """The process stands still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def retry_after(answer: Answer) -> int:
    return int(answer.headers["retry-after"])


def test_a_character_with_too_much_to_do_refuses_more_and_says_when_to_come_back(
    own_stores: EmbeddedServers, make_server: MakeServer
) -> None:
    server = started(make_server, own_stores, mailbox_capacity="2")
    char_id, other = server.create(), server.create()
    server.login(char_id)
    server.login(other)
    with ThreadPoolExecutor(6) as clients:
        with paused(own_stores.pids["valkey"]):
            sent = [
                clients.submit(server.send, char_id, "core.adjust_stats", {"wisdom": 1})
                for _ in range(6)
            ]
            wait_until(lambda: sum(one.done() for one in sent) >= 4)
        answers = [one.result() for one in sent]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    for answer in refused:
        problem(answer, 429, "mailbox_full")
        assert retry_after(answer) >= 1
    applied = [answer for answer in answers if answer.status == 200]
    assert len(applied) + len(refused) == len(answers)
    wait_until(lambda: server.send(char_id, "core.view").status == 200)
    stats = server.send(char_id, "core.view").body["reply"]["stats"]
    assert stats["wisdom"] == 10 + len(applied) >= 12
    assert server.send(other, "core.move", {"location": "mill"}).status == 200


def test_an_unknown_outcome_says_so_and_the_same_message_can_be_sent_again(
    own_stores: EmbeddedServers, make_server: MakeServer
) -> None:
    server = started(make_server, own_stores, ask_timeout_s="0.3")
    char_id = server.create()
    server.login(char_id)
    with paused(own_stores.pids["valkey"]):
        answer = server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once")
        problem(answer, 504, "outcome_unknown")

    def applied() -> bool:
        return server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once").status == 200

    wait_until(applied)
    again = server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once").body
    assert (again["duplicate"], again["reply"]["stats"]["wisdom"]) == (True, 11)
    assert server.send(char_id, "core.view").body["reply"]["stats"]["wisdom"] == 11


def test_a_server_that_answers_as_much_as_it_can_refuses_more_and_stays_observable(
    redis_url: str, postgres_dsn: str, make_server: MakeServer
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn, max_in_flight="1")
    server.start()
    body = b'{"name": "Mira"}'
    with connection(server) as slow:
        slow.sendall(head("POST", "/v1/characters", f"Content-Length: {len(body)}") + body[:5])
        wait_until(lambda: server.request("GET", "/v1/characters/1").status == 429)
        refused = server.request("GET", "/v1/characters/1")
        problem(refused, 429, "too_many_requests")
        assert retry_after(refused) >= 1
        assert server.request("GET", "/health/ready").status == 200
        slow.sendall(body[5:])
        assert answer_on(slow).status == 201
    assert server.request("GET", "/v1/characters/1").status == 200


def test_without_its_stores_a_server_says_so_and_recovers_by_itself(
    own_stores: EmbeddedServers, make_server: MakeServer
) -> None:
    server = started(make_server, own_stores)
    char_id, resting = server.create(), server.create()
    server.login(char_id)
    moved = server.send(char_id, "core.move", {"location": "mill"})
    assert moved.status == 200
    own_stores.stop(10.0)

    for answer in (
        server.send(char_id, "core.move", {"location": "inn"}, "to-the-inn"),
        server.request("POST", f"/v1/characters/{resting}/login"),
        server.request("POST", "/v1/characters", {"name": "Tarn"}),
    ):
        problem(answer, 503, "store_unavailable")
        assert retry_after(answer) >= 1
    not_ready = problem(server.request("GET", "/health/ready"), 503, "not_ready")
    assert set(not_ready["missing"]) == {"redis", "postgres"}
    assert server.request("GET", "/health/live").status == 200

    own_stores.start()
    server.wait_ready()
    assert server.send(char_id, "core.move", {"location": "inn"}, "to-the-inn").status == 200
    seen = server.send(char_id, "core.view").body["reply"]
    assert (seen["version"], seen["location"]) == (3, {"current": "inn", "prev": "mill"})
    server.login(resting)
