"""Requests that are wrong: a problem that says what to fix, and nothing done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.e2e.problem import check_members, problem
from tests.e2e.wire import answer_on, chunk, connection, exchange, head
from tests.support.servers.server import Answer, ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

MAX_BODY = 1 << 20
NO_JSON = b'{"name": "Mira"'
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


@pytest.fixture(params=["create", "message", "batch", "action", "action outside of v1"])
def path_with_body(request: pytest.FixtureRequest, char_id: int) -> str:
    """Each path that takes a body."""
    return {
        "create": "/v1/characters",
        "message": f"/v1/characters/{char_id}/messages",
        "batch": "/v1/messages",
        "action": "/v1/inventory/action",
        "action outside of v1": "/inventory/action",
    }[request.param]


@pytest.fixture(autouse=True)
def _nothing_is_done(server: ServerProcess, char_id: int) -> Iterator[None]:
    before = view(server, char_id)
    yield
    assert view(server, char_id) == before


def view(server: ServerProcess, char_id: int) -> Mapping[str, Any]:
    """Without the sessions: a refused message may have loaded the one it asked for."""
    answer = server.request("GET", f"/v1/characters/{char_id}")
    assert answer.status == 200
    return {name: value for name, value in answer.body.items() if name != "sessions"}


def post(server: ServerProcess, path: str, raw: bytes) -> Answer:
    return server.request("POST", path, raw=raw)


def text_of(fields: Mapping[str, Any]) -> bytes:
    """JSON with every character escaped that can be."""
    return json.dumps(fields).encode()


# ------------------------------------------------------------------ the body


@pytest.mark.parametrize("raw", [NO_JSON, DEEP], ids=["cut short", "deep"])
def test_a_body_that_is_not_the_json_expected_is_refused(
    server: ServerProcess, path_with_body: str, raw: bytes
) -> None:
    assert problem(post(server, path_with_body, raw), 400, "malformed")["field"] == "body"


def test_a_message_that_is_no_object_is_refused(server: ServerProcess, char_id: int) -> None:
    refused = problem(post(server, f"/v1/characters/{char_id}/messages", b"[]"), 400, "malformed")
    assert "expected an object" in refused["detail"]


def test_a_batch_that_is_no_list_is_refused(server: ServerProcess) -> None:
    answer = server.request("POST", "/v1/messages", {"char_id": 1, "type": "core.view"})
    assert "expected a list" in problem(answer, 400, "malformed")["detail"]


def test_nul_anywhere_in_a_message_is_refused_by_its_path(
    server: ServerProcess, char_id: int
) -> None:
    answer = server.send(char_id, "core.view", {"a": [1, {"b": "\0"}]})
    assert problem(answer, 400, "invalid_payload")["field"] == "payload.a[1].b"


def test_nesting_that_json_readers_still_take_is_refused_like_any_wrong_type(
    server: ServerProcess, char_id: int
) -> None:
    payload = '{"location":' * 1_015 + "1" + "}" * 1_015
    raw = f'{{"type": "core.move", "payload": {payload}, "message_id": "deep"}}'.encode()
    problem(post(server, f"/v1/characters/{char_id}/messages", raw), 400, "invalid_payload")


def test_a_body_that_announces_to_be_too_large_is_refused_before_it_is_sent(
    server: ServerProcess, path_with_body: str
) -> None:
    for length in (MAX_BODY + 1, 10**12):
        answer = exchange(server, head("POST", path_with_body, f"Content-Length: {length}"))
        assert problem(answer, 413, "body_too_large")["max_bytes"] == MAX_BODY


def test_a_chunked_body_is_refused_as_soon_as_it_is_too_large(
    server: ServerProcess, path_with_body: str
) -> None:
    chunked = head("POST", path_with_body, "Transfer-Encoding: chunked")
    with connection(server) as connected:
        connected.sendall(chunked)
        for _ in range(MAX_BODY // 65_536):
            connected.sendall(chunk(b" " * 65_536))
        connected.sendall(chunk(b"{"))  # one too many; the end never comes
        assert problem(answer_on(connected), 413, "body_too_large")["max_bytes"] == MAX_BODY


def test_the_largest_body_allowed_is_read(server: ServerProcess) -> None:
    raw = b'{"name": "%b"}' % (b"x" * (MAX_BODY - len(b'{"name": ""}')))
    assert problem(post(server, "/v1/characters", raw), 400, "invalid_payload")["field"] == "name"


def test_a_batch_of_too_many_messages_is_refused_whole(server: ServerProcess, char_id: int) -> None:
    move = {"char_id": char_id, "type": "core.move", "payload": {"location": "x"}}
    answer = server.request("POST", "/v1/messages", [move] * 1_001)
    assert problem(answer, 413, "batch_too_large")["max_messages"] == 1_000


# ------------------------------------------------------------------ not HTTP


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        head("POST", "/v1/characters", "Content-Length: -1"),
        head("POST", "/v1/characters", "Content-Length: one"),
        head("POST", "/v1/characters", f"Content-Length: {10**30}"),
        head("POST", "/v1/characters", "Transfer-Encoding: chunked") + b"zz\r\n",
    ],
    ids=["no request line", "negative length", "no length", "length beyond 64 bits", "no chunk"],
)
def test_what_is_no_http_is_answered_400(server: ServerProcess, request_bytes: bytes) -> None:
    assert exchange(server, request_bytes).status == 400


# ------------------------------------------------------------------ fields


def test_a_new_character_is_refused_by_the_name_of_the_wrong_field(server: ServerProcess) -> None:
    answer = server.request("POST", "/v1/characters", {"name": "Mira", "stats": {"strength": "1"}})
    assert problem(answer, 400, "invalid_payload")["field"] == "stats.strength"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"type": 5}, "type"),
        ({"type": "core.view", "message_id": ""}, "message_id"),
        ({"type": "core.view", "payload": {"a": 1}}, "payload.a"),
        ({"type": "core.move", "payload": {"location": "a\nb"}}, "payload.location"),
        ({"type": "core.adjust_vitals", "payload": {}}, "payload"),
        ({"type": "core.adjust_vitals", "payload": {"hp": 2**53}}, "payload.hp"),
        ({"type": "core.adjust_stats", "payload": {"luck": 1}}, "payload.luck"),
        ({"type": "inventory.equip", "payload": {"item_id": "1"}}, "payload.item_id"),
    ],
)
def test_a_message_is_refused_by_the_path_of_the_wrong_field(
    server: ServerProcess, char_id: int, fields: Any, where: str
) -> None:
    answer = server.request("POST", f"/v1/characters/{char_id}/messages", fields)
    assert problem(answer, 400, "invalid_payload")["field"] == where


@pytest.mark.parametrize("type_", ["core.fly", "core", "Core.view"])
def test_an_unknown_message_type_is_answered_with_those_there_are(
    server: ServerProcess, char_id: int, type_: str
) -> None:
    known = problem(server.send(char_id, type_), 400, "unknown_message_type")["known"]
    assert known == sorted(known)
    assert {"core.view", "core.move", "inventory.open", "inventory.equip"} <= set(known)


def test_an_unknown_action_is_answered_with_those_there_are(
    server: ServerProcess, char_id: int
) -> None:
    answer = server.request("POST", "/inventory/action", {"char_id": char_id, "action": "eat"})
    known = problem(answer, 400, "unknown_message_type")["known"]
    assert {"open", "grant", "equip", "unequip", "drop", "close"} <= set(known)


def test_an_action_is_refused_by_the_path_as_its_message_is(
    server: ServerProcess, char_id: int
) -> None:
    action = {"char_id": char_id, "action": "equip", "item_id": 1, "colour": "red"}
    for path in ("/v1/inventory/action", "/inventory/action"):
        answer = server.request("POST", path, action)
        assert problem(answer, 400, "invalid_payload")["field"] == "payload.colour"


def test_an_unknown_item_template_is_refused(server: ServerProcess, char_id: int) -> None:
    answer = server.send(char_id, "inventory.grant", {"template_id": "no-such", "quantity": 1})
    assert problem(answer, 400, "unknown_template")["template_id"] == "no-such"


# ------------------------------------------------------------------ which character


def test_a_character_id_in_a_body_that_is_none_is_refused(server: ServerProcess) -> None:
    answer = server.request("POST", "/v1/inventory/action", {"char_id": "42", "action": "open"})
    assert problem(answer, 400, "invalid_payload")["field"] == "char_id"
    [entry] = server.request("POST", "/v1/messages", [{"char_id": 0, "type": "core.view"}]).body
    check_members(entry["error"], 400)
    assert entry["error"]["field"] == "[0].char_id"


@pytest.mark.parametrize("written", ["0", "-1", "one", "%201", "%FF", "9007199254740992"])
def test_a_character_id_in_a_path_that_is_none_is_refused(
    server: ServerProcess, written: str
) -> None:
    one = f"/v1/characters/{written}"
    for method, path in (
        ("GET", one),
        ("GET", f"{one}/inventory"),
        ("POST", f"{one}/login"),
        ("POST", f"{one}/logout"),
        ("POST", f"{one}/messages"),
    ):
        answer = server.request(method, path, {"type": "core.view"} if method == "POST" else None)
        assert problem(answer, 400, "invalid_payload")["field"] == "char_id"


@pytest.mark.parametrize("char_id_unknown", [999_999_999, 2**53 - 1])
def test_an_unknown_character_is_answered_404(server: ServerProcess, char_id_unknown: int) -> None:
    one = f"/v1/characters/{char_id_unknown}"
    action = {"char_id": char_id_unknown, "action": "open"}
    for answer in (
        server.request("GET", one),
        server.request("GET", f"{one}/inventory"),
        server.request("POST", f"{one}/login"),
        server.request("POST", f"{one}/logout"),
        server.send(char_id_unknown, "core.view"),
        server.request("POST", "/inventory/action", action),
    ):
        assert problem(answer, 404, "unknown_character")["char_id"] == char_id_unknown


def test_a_character_that_is_not_logged_in_takes_no_message(server: ServerProcess) -> None:
    logged_out = server.create()
    action = {"char_id": logged_out, "action": "open"}
    for answer in (
        server.send(logged_out, "core.move", {"location": "x"}),
        server.request("GET", f"/v1/characters/{logged_out}/inventory"),
        server.request("POST", "/v1/inventory/action", action),
    ):
        assert problem(answer, 409, "not_logged_in")["char_id"] == logged_out
    assert view(server, logged_out)["version"] == 1


def test_what_is_wrong_with_a_message_is_said_before_whether_the_character_is_logged_in(
    server: ServerProcess,
) -> None:
    problem(server.send(server.create(), "core.move", {"location": 5}), 400, "invalid_payload")


# ------------------------------------------------------------------ which path


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/character", "/v2/characters", "/v1/characters/1/", "/v1//characters",
             "/v1/characters/1/fly", "/docs/../gamestate.toml", "/docs/nothing.js", "/HEALTH/live"]
)  # fmt: skip
def test_an_unknown_path_is_answered_404(server: ServerProcess, path: str) -> None:
    problem(server.request("GET", path), 404, "no_such_path")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/characters", {"POST"}),
        ("PUT", "/v1/characters/1", {"GET", "HEAD"}),
        ("DELETE", "/v1/characters/1", {"GET", "HEAD"}),
        ("PATCH", "/v1/characters/1", {"GET", "HEAD"}),
        ("GET", "/v1/characters/1/login", {"POST"}),
        ("GET", "/v1/characters/1/logout", {"POST"}),
        ("GET", "/v1/characters/1/messages", {"POST"}),
        ("POST", "/v1/characters/1/inventory", {"GET", "HEAD"}),
        ("GET", "/v1/messages", {"POST"}),
        ("GET", "/inventory/action", {"POST"}),
        ("POST", "/metrics", {"GET", "HEAD"}),
        ("POST", "/health/ready", {"GET", "HEAD"}),
        ("BREW", "/openapi.json", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_a_path_does_not_take_is_answered_405_with_those_it_takes(
    server: ServerProcess, method: str, path: str, allowed: set[str]
) -> None:
    answer = server.request(method, path)
    assert set(problem(answer, 405, "method_not_allowed")["allowed"]) == {*allowed, "OPTIONS"}
    assert set(answer.headers["allow"].split(", ")) == {*allowed, "OPTIONS"}


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("colour=red", "colour"),
        ("sort=name&sort=type", "sort"),
        ("sort=colour", "payload.sort"),
        ("sort=", "payload.sort"),
        ("order=up", "payload.order"),
        ("q=%00", "q"),
    ],
)
def test_a_wrong_query_of_an_inventory_is_refused_by_its_name(
    server: ServerProcess, char_id: int, query: str, where: str
) -> None:
    answer = server.request("GET", f"/v1/characters/{char_id}/inventory?{query}")
    assert problem(answer, 400, "invalid_payload")["field"] == where


@pytest.mark.parametrize("query", ["q=%FF", "q=%ED%A0%80", "%FF=1"])
def test_a_query_that_is_not_utf8_is_refused(
    server: ServerProcess, char_id: int, query: str
) -> None:
    answer = server.request("GET", f"/v1/characters/{char_id}/inventory?{query}")
    assert problem(answer, 400, "malformed")["field"] == "query"
