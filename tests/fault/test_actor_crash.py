"""A module with a bug: what it takes down, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.modules.crashing import install
from tests.support.servers.metrics import metric
from tests.support.servers.server import ServerProcess

MOST_RESTARTS = 5


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the module that crashes; each test brings a character of its own."""
    directory = tmp_path_factory.mktemp("crashing")
    running = ServerProcess(
        directory / "server",
        {
            "PYTHONPATH": install(directory / "packages"),
            "GAMESTATE_MODULES": "inventory,crashing",
            "GAMESTATE_MAX_RESTARTS": str(MOST_RESTARTS),
        },
    )
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def char_id(server: ServerProcess) -> int:
    """A character that has counted to one."""
    made = server.create(location="old mill")
    server.login(made)
    assert count(server, made) == 1
    return made


def count(server: ServerProcess, char_id: int) -> int:
    answer = server.send(char_id, "crashing.count")
    assert answer.status == 200, answer
    counted: int = answer.body["reply"]["counted"]
    return counted


def crash(server: ServerProcess, char_id: int) -> Any:
    answer = server.send(char_id, "crashing.raise")
    assert answer.status == 500
    assert answer.body["code"] == "handler_crashed"
    return answer.body


def crash_for_good(server: ServerProcess, char_id: int) -> None:
    for _ in range(MOST_RESTARTS + 1):
        crash(server, char_id)


def view(server: ServerProcess, char_id: int) -> Any:
    answer = server.request("GET", f"/v1/characters/{char_id}")
    assert answer.status == 200, answer
    return answer.body


def test_a_turn_that_crashes_changes_nothing_anywhere(server: ServerProcess, char_id: int) -> None:
    before = view(server, char_id)
    crash(server, char_id)
    assert view(server, char_id) == before
    assert count(server, char_id) == 2


def test_the_sender_is_told_nothing_of_the_inside(server: ServerProcess, char_id: int) -> None:
    assert "as ordered" not in str(crash(server, char_id))
    assert "as ordered" in server.log


def test_messages_behind_the_one_that_crashes_wait_for_the_restart(
    server: ServerProcess, char_id: int
) -> None:
    kinds = ("count", "raise", "count")
    batch = [{"char_id": char_id, "type": f"crashing.{kind}", "payload": {}} for kind in kinds]
    first, crashed, last = server.request("POST", "/v1/messages", batch).body
    assert first["reply"] == {"counted": 2}
    assert crashed["error"]["code"] == "handler_crashed"
    assert last["reply"] == {"counted": 3}
    assert last["version"] == first["version"] + 1


def test_a_message_that_crashed_is_not_remembered_as_applied(
    server: ServerProcess, char_id: int
) -> None:
    for _ in range(2):
        assert server.send(char_id, "crashing.raise", message_id="the same").status == 500


def test_a_crash_takes_nobody_else_down(server: ServerProcess, char_id: int) -> None:
    other = server.create()
    epoch = server.login(other)["epoch"]
    crash_for_good(server, char_id)
    assert view(server, other)["epoch"] == epoch
    assert count(server, other) == 1


def test_one_crash_more_than_allowed_stops_the_actor_and_the_server_stays_ready(
    server: ServerProcess, char_id: int
) -> None:
    given_up = metric(server, "actors_given_up_total")
    crash_for_good(server, char_id)
    answer = server.send(char_id, "crashing.count")
    assert (answer.status, answer.body["code"]) == (503, "actor_stopped")
    assert int(answer.headers["retry-after"]) > 0
    assert metric(server, "actors_given_up_total") == given_up + 1
    assert server.request("GET", "/health/ready").status == 200


def test_crashes_are_counted(server: ServerProcess, char_id: int) -> None:
    names = ("actor_crashes_total", "actor_restarts_total")
    before = [metric(server, name) for name in names]
    letters = metric(server, "dead_letters_total", reason="crashed")
    crash_for_good(server, char_id)
    after = [metric(server, name) for name in names]
    assert [a - b for a, b in zip(after, before, strict=True)] == [MOST_RESTARTS + 1, MOST_RESTARTS]
    assert metric(server, "dead_letters_total", reason="crashed") == letters + MOST_RESTARTS + 1


def test_a_login_brings_a_stopped_actor_back_as_it_was(server: ServerProcess, char_id: int) -> None:
    before = view(server, char_id)
    crash_for_good(server, char_id)
    login = server.login(char_id)
    assert login["restored_from"] == "redis"
    assert login["epoch"] > before["epoch"]
    assert {**login["character"], "epoch": before["epoch"]} == before
    assert count(server, char_id) == 2


def test_after_a_login_the_crashes_are_counted_from_none(
    server: ServerProcess, char_id: int
) -> None:
    crash_for_good(server, char_id)
    server.login(char_id)
    crash(server, char_id)
    assert count(server, char_id) == 2
