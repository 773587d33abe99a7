"""Characters from outside: created, logged in, looked at, logged out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.e2e.problem import problem
from tests.support.servers.metrics import metric
from tests.support.servers.server import Answer, MakeServer, ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

STATS = ("strength", "agility", "endurance", "intelligence", "wisdom", "charisma")
ROUNDS = 30
AT_ONCE = 8


def log_in(server: ServerProcess, char_id: int) -> Answer:
    return server.request("POST", f"/v1/characters/{char_id}/login")


def log_out(server: ServerProcess, char_id: int) -> Answer:
    return server.request("POST", f"/v1/characters/{char_id}/logout")


def look(server: ServerProcess, char_id: int, **headers: str) -> Answer:
    return server.request("GET", f"/v1/characters/{char_id}", headers=headers)


# ------------------------------------------------------------------ creation


def test_a_new_character_has_what_the_contract_says(server: ServerProcess) -> None:
    before = time.time()
    answer = server.request("POST", "/v1/characters", {"name": "Mira"})
    assert (answer.status, answer.headers["content-type"]) == (201, "application/json")
    made = answer.body
    assert isinstance(made["char_id"], int)
    assert answer.headers["location"] == f"/v1/characters/{made['char_id']}"
    assert abs(made["bio"].pop("created_at") - before) < 60
    vitals = made.pop("vitals")
    assert {"hp", "mp"} <= set(vitals)
    assert all(0 < pool["cur"] == pool["max"] for pool in vitals.values())
    assert made == {
        "char_id": made["char_id"],
        "version": 1,
        "epoch": 0,
        "state": "exploration",
        "location": {"current": "start", "prev": None},
        "bio": {"name": "Mira", "gender": None},
        "stats": dict.fromkeys(STATS, 10),
        "sessions": {"combat": None, "inventory": None, "scenario": None},
    }


def test_everything_that_may_be_given_at_creation_is_kept(server: ServerProcess) -> None:
    char_id = server.create(
        " Zoë Ó Briain 👩‍🚀 ", gender="f", stats={"strength": 16, "luck": 3}, location="old mill"
    )
    seen = look(server, char_id).body
    assert (seen["bio"]["name"], seen["bio"]["gender"]) == ("Zoë Ó Briain 👩‍🚀", "f")
    assert seen["stats"] == {**dict.fromkeys(STATS, 10), "strength": 16, "luck": 3}
    assert seen["location"] == {"current": "old mill", "prev": None}


@pytest.mark.parametrize(
    "name",
    ["x", "名" * 64, "مِيرا", "\u043c\u0438\u0301\u0440\u0430", "a'; DROP TABLE characters; --"],
)
def test_a_name_comes_back_as_it_was_given(server: ServerProcess, name: str) -> None:
    char_id = server.create(name)
    server.login(char_id)
    assert look(server, char_id).body["bio"]["name"] == name


# ------------------------------------------------------------------ login and logout


def test_the_first_login_restores_from_postgres_under_the_first_epoch(
    server: ServerProcess,
) -> None:
    char_id = server.create()
    login = server.login(char_id)
    assert login.pop("character") == look(server, char_id).body
    assert login == {
        "char_id": char_id,
        "restored_from": "postgres",
        "epoch": 1,
        "version": 1,
    }


def test_a_second_login_finds_the_character_in_memory(server: ServerProcess, char_id: int) -> None:
    server.send(char_id, "core.move", {"location": "mill"})
    login = server.login(char_id)
    assert (login["restored_from"], login["epoch"], login["version"]) == ("memory", 1, 2)
    assert login["character"]["location"] == {"current": "mill", "prev": "start"}


def test_a_login_after_a_logout_finds_the_character_in_redis_under_a_new_epoch(
    server: ServerProcess, char_id: int
) -> None:
    server.send(char_id, "core.move", {"location": "mill"})
    assert log_out(server, char_id).status == 200
    login = server.login(char_id)
    assert (login["restored_from"], login["epoch"], login["version"]) == ("redis", 2, 2)
    assert login["character"]["location"]["current"] == "mill"


def test_logging_out_twice_is_fine(server: ServerProcess, char_id: int) -> None:
    server.send(char_id, "core.adjust_vitals", {"hp": -5})
    first, second = log_out(server, char_id), log_out(server, char_id)
    assert first.status == second.status == 200
    assert first.body == second.body
    assert first.body == {"char_id": char_id, "version": 2, "durability": "postgres"}


def test_a_character_that_was_never_logged_in_can_be_logged_out(server: ServerProcess) -> None:
    char_id = server.create()
    answer = log_out(server, char_id)
    assert (answer.status, answer.body["version"]) == (200, 1)


def test_login_and_logout_need_no_body_and_mind_none(server: ServerProcess, char_id: int) -> None:
    for action in ("login", "logout"):
        path = f"/v1/characters/{char_id}/{action}"
        assert server.request("POST", path).status == 200
        assert server.request("POST", path, {}).status == 200


def test_a_logout_for_an_epoch_ends_that_session_and_no_other(
    server: ServerProcess, char_id: int
) -> None:
    path = f"/v1/characters/{char_id}/logout"
    current = server.login(char_id)["epoch"]
    refused = problem(server.request("POST", path, {"epoch": current - 1}), 409, "superseded")
    assert (refused["epoch"], refused["current"]) == (current - 1, current)
    assert server.send(char_id, "core.view").status == 200
    assert server.request("POST", path, {"epoch": current}).status == 200
    assert server.send(char_id, "core.view").status == 409


def test_a_restart_logs_nobody_out(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    playing, resting = server.create("Mira"), server.create("Tarn")
    for char_id in (playing, resting):
        server.login(char_id)
    server.send(playing, "core.move", {"location": "mill"})
    assert log_out(server, resting).status == 200

    assert server.stop() == 0
    server.start()
    assert server.send(playing, "core.view").body["reply"]["location"]["current"] == "mill"
    assert server.send(resting, "core.view").status == 409

    server.kill()
    server.start()
    assert server.send(playing, "core.move", {"location": "inn"}).body["version"] == 3
    login = server.login(playing)
    assert (login["restored_from"], login["epoch"]) == ("memory", 3)


# ------------------------------------------------------------------ the view


def test_a_character_looks_the_same_logged_in_and_logged_out(
    server: ServerProcess, char_id: int
) -> None:
    server.send(char_id, "core.adjust_stats", {"wisdom": 2})
    playing = look(server, char_id).body
    assert log_out(server, char_id).status == 200
    assert look(server, char_id).body == playing


def test_the_version_is_the_etag_and_spares_sending_what_did_not_change(
    server: ServerProcess, char_id: int
) -> None:
    first = look(server, char_id)
    assert first.headers["etag"] == f'"{first.body["version"]}"'
    again = look(server, char_id, **{"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, "", first.headers["etag"])

    server.send(char_id, "core.move", {"location": "mill"})
    changed = look(server, char_id, **{"If-None-Match": first.headers["etag"]})
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert changed.body["location"]["current"] == "mill"


def test_head_answers_without_a_body(server: ServerProcess, char_id: int) -> None:
    answer = server.request("HEAD", f"/v1/characters/{char_id}")
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, "", '"1"')


# ------------------------------------------------------------------ at the same moment


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Make all these calls at the same moment, each from a client of its own."""
    ready = Barrier(len(calls))

    def call_when_all_are_ready(call: Callable[[], Answer]) -> Answer:
        ready.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as clients:
        return list(clients.map(call_when_all_are_ready, calls))


def activations(server: ServerProcess) -> float:
    return metric(server, "activations_total")


def logins_at_once(server: ServerProcess, char_id: int) -> list[Mapping[str, Any]]:
    answers = at_once([lambda: log_in(server, char_id)] * AT_ONCE)
    assert [answer.status for answer in answers] == [200] * AT_ONCE
    return [answer.body for answer in answers]


def test_clients_that_log_a_character_in_at_the_same_moment_share_one_activation(
    server: ServerProcess,
) -> None:
    before = activations(server)
    for number in range(ROUNDS):
        char_id = server.create()
        logins = logins_at_once(server, char_id)
        assert {login["epoch"] for login in logins} == {1}
        assert {login["version"] for login in logins} == {1}
        assert server.send(char_id, "core.view").body["reply"]["epoch"] == 1
        assert activations(server) == before + number + 1


def test_they_also_do_when_the_character_comes_from_redis(
    server: ServerProcess, char_id: int
) -> None:
    before = activations(server)
    for number in range(1, ROUNDS + 1):
        assert log_out(server, char_id).status == 200
        logins = logins_at_once(server, char_id)
        assert {login["epoch"] for login in logins} == {number + 1}
        assert activations(server) == before + number


def test_logins_and_logouts_at_the_same_moment_leave_a_character_that_can_be_played(
    server: ServerProcess, char_id: int
) -> None:
    for number in range(ROUNDS):
        calls = [lambda: log_in(server, char_id), lambda: log_out(server, char_id)] * 3
        answers = at_once(calls)
        assert {answer.status for answer in answers} <= {200, 409, 503}, answers
        server.login(char_id)
        moved = server.send(char_id, "core.move", {"location": f"room {number}"})
        assert (moved.status, moved.body["version"]) == (200, number + 2)
