"""The same message twice, from outside: in one batch, across batches, across deaths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.e2e.problem import check_members, problem
from tests.support.servers.server import Answer, MakeServer, ServerProcess
from tests.support.servers.stores import redis_client

STEP: Any = {"type": "core.adjust_stats", "payload": {"wisdom": 1}}
NEVER_S = "86400"


def batch(server: ServerProcess, entries: Sequence[Mapping[str, Any]]) -> Any:
    answer = server.request("POST", "/v1/messages", list(entries))
    assert answer.status == 200, answer
    return answer.body


def wisdom(server: ServerProcess, char_id: int) -> int:
    stats: dict[str, int] = server.request("GET", f"/v1/characters/{char_id}").body["stats"]
    return stats["wisdom"]


def act(server: ServerProcess, char_id: int, message_id: str, **action: Any) -> Answer:
    body = {"char_id": char_id, "message_id": message_id, **action}
    return server.request("POST", "/v1/inventory/action", body)


# ------------------------------------------------------------------ batches


def test_an_id_twice_in_one_batch_is_applied_once_and_answered_twice(
    server: ServerProcess, char_id: int
) -> None:
    entry = {"char_id": char_id, **STEP, "message_id": "once"}
    first, again = batch(server, [entry, entry])
    assert again == {**first, "duplicate": True}
    assert (first["duplicate"], first["version"], wisdom(server, char_id)) == (False, 2, 11)


def test_an_id_with_another_body_in_one_batch_is_refused(
    server: ServerProcess, char_id: int
) -> None:
    entry = {"char_id": char_id, **STEP, "message_id": "once"}
    first, other = batch(server, [entry, {**entry, "payload": {"wisdom": 5}}])
    check_members(other["error"], 409)
    assert (first["version"], other["error"]["code"]) == (2, "message_id_reused")
    assert wisdom(server, char_id) == 11


def test_an_id_is_known_from_one_batch_to_the_next_and_to_a_single_message(
    server: ServerProcess, char_id: int
) -> None:
    (first,) = batch(server, [{"char_id": char_id, **STEP, "message_id": "once"}])
    (again,) = batch(server, [{"message_id": "once", **STEP, "char_id": char_id}])
    alone = server.send(char_id, STEP["type"], STEP["payload"], "once").body
    assert again == alone == {**first, "duplicate": True}


def test_an_id_of_two_characters_in_one_batch_is_two_ids(
    server: ServerProcess, char_id: int
) -> None:
    other = server.create("Tarn")
    server.login(other)
    answers = batch(
        server, [{"char_id": one, **STEP, "message_id": "x"} for one in (char_id, other)]
    )
    assert [one["duplicate"] for one in answers] == [False, False]


# ------------------------------------------------------------------ inventory actions


def test_an_action_sent_again_is_answered_as_before(server: ServerProcess, char_id: int) -> None:
    grant = {"action": "grant", "template_id": "torch", "quantity": 2}
    first = act(server, char_id, "loot", **grant).body
    assert act(server, char_id, "loot", **grant).body == {**first, "duplicate": True}
    problem(act(server, char_id, "loot", **{**grant, "quantity": 3}), 409, "message_id_reused")
    as_message = server.send(
        char_id, "inventory.grant", {"quantity": 2, "template_id": "torch"}, "loot"
    )
    assert as_message.body == {**first, "duplicate": True}


# ------------------------------------------------------------------ what is the same body


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"core.adjust_stats","payload":{"wisdom":1,"agility":2},"message_id":"once"}',
        b'{"message_id":"once",\n"payload":{"agility": 2, "wisdom":1},"type":"core.adjust_stats"}',
        rb'{"message_id":"on\u0063e","type":"core.adjust_stats","payload":{"agility":2,"wisdom":1}}',
    ],
)
def test_the_same_json_is_the_same_body_however_it_is_written(
    server: ServerProcess, char_id: int, raw: bytes
) -> None:
    path = f"/v1/characters/{char_id}/messages"
    server.send(char_id, "core.adjust_stats", {"wisdom": 1, "agility": 2}, "once")
    answer = server.request("POST", path, raw=raw)
    assert (answer.status, answer.body["duplicate"]) == (200, True)


# ------------------------------------------------------------------ deaths


def test_ids_survive_the_server_and_an_empty_redis(
    make_server: MakeServer, redis_url: str, postgres_dsn: str
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn, backup_interval_s=NEVER_S)
    server.start()
    char_id = server.create()
    server.login(char_id)
    kept = server.send(char_id, STEP["type"], STEP["payload"], "one").body

    server.kill()
    server.start()
    again = server.send(char_id, STEP["type"], STEP["payload"], "one").body
    assert again == {**kept, "duplicate": True}

    with redis_client(redis_url) as redis:
        redis.flushall()
    again = server.send(char_id, STEP["type"], STEP["payload"], "one").body
    assert again == {**kept, "duplicate": True}
    second = server.send(char_id, STEP["type"], STEP["payload"], "two").body
    assert (second["duplicate"], second["version"]) == (False, 3)
    with redis_client(redis_url) as redis:
        assert redis.llen(f"dedupe:{char_id}") == 2

    assert server.request("POST", f"/v1/characters/{char_id}/logout").status == 200
    with redis_client(redis_url) as redis:
        redis.flushall()
    assert server.login(char_id)["restored_from"] == "postgres"
    for message_id, first in (("one", kept), ("two", second)):
        again = server.send(char_id, STEP["type"], STEP["payload"], message_id).body
        assert again == {**first, "duplicate": True}
    assert wisdom(server, char_id) == 12


def test_ids_are_forgotten_when_they_are_old_enough(
    make_server: MakeServer, redis_url: str, postgres_dsn: str
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn, receipts_kept="2")
    server.start()
    char_id = server.create()
    server.login(char_id)
    for message_id in ("one", "two", "three"):
        server.send(char_id, STEP["type"], STEP["payload"], message_id)
    assert server.send(char_id, STEP["type"], STEP["payload"], "two").body["duplicate"]
    assert not server.send(char_id, STEP["type"], STEP["payload"], "one").body["duplicate"]
