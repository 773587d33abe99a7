"""The API from outside, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from actors.errors import ActorCrashedError, AskTimeoutError, MailboxFullError
from gamestate.errors import ContentError, NotLoggedInError, NotYetInPostgresError, RefusedError
from persistence.errors import HotStoreUnavailableError
from tests.unit.gamestate.api.running import Edge

SEND = "/v1/characters/42/messages"
EQUIP = {"type": "inventory.equip", "payload": {"item_id": 7}, "message_id": "m-1"}


class NotEnoughGoldError(RefusedError):
    code = "not_enough_gold"


# ------------------------------------------------------------------ what works


def test_a_message_is_handed_over_and_its_receipt_returned(edge: Edge) -> None:
    answer = edge.ask("POST", SEND, EQUIP, {"Content-Type": "application/json; charset=utf-8"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == {
        "message_id": "m-1",
        "version": 1,
        "durability": "redis",
        "duplicate": False,
        "reply": {"did": "inventory.equip", "payload": {"item_id": 7}},
    }
    assert edge.game.handled == [(42, "inventory.equip", {"item_id": 7}, "m-1")]


def test_payload_and_message_id_may_be_left_out(edge: Edge) -> None:
    assert edge.ask("POST", SEND, {"type": "core.move"}).status == 200
    assert edge.game.handled == [(42, "core.move", {}, None)]


def test_creating_a_character_answers_201_with_its_location(edge: Edge) -> None:
    body = {"name": "  Ada ", "gender": "f", "stats": {"strength": 12, "luck": 3}}
    answer = edge.ask("POST", "/v1/characters", body)
    assert (answer.status, answer.json) == (201, {"char_id": 1})
    assert answer.headers["location"] == "/v1/characters/1"
    assert edge.game.created[0].name == "Ada"


def test_login_and_logout_need_no_body(edge: Edge) -> None:
    assert edge.ask("POST", "/v1/characters/5/login").json == {
        "char_id": 5,
        "restored_from": "memory",
        "epoch": 1,
        "version": 1,
        "character": {"char_id": 5, "epoch": 1, "version": 1},
    }
    assert edge.ask("POST", "/v1/characters/5/logout", b"{}").json["durability"] == "postgres"


@pytest.mark.parametrize(
    ("body", "epoch"),
    [(b'{"epoch":7}', 7), (b'{"epoch":null}', None), (b'{"why":"bored"}', None), (b"null", None)],
)
def test_a_logout_may_say_which_epoch_it_is_for(edge: Edge, body: bytes, epoch: int | None) -> None:
    answer = edge.ask("POST", "/v1/characters/5/logout", body)
    assert answer.json == {"char_id": 5, "version": 7, "durability": "postgres"}
    assert edge.game.epochs == [epoch]


def test_a_message_may_say_which_epoch_it_is_for(edge: Edge) -> None:
    move = {"type": "core.move", "payload": {}}
    assert edge.ask("POST", SEND, {**move, "epoch": 7}).status == 200
    assert edge.ask("POST", SEND, move).status == 200
    batch = [{**move, "char_id": 5, "epoch": 8}, {**move, "char_id": 5}]
    assert edge.ask("POST", "/v1/messages", batch).status == 200
    assert edge.game.epochs == [7, None, 8, None]


@pytest.mark.parametrize("epoch", [b'"7"', b"true", b"7.0", b"-1", b"[7]", b"9007199254740992"])
def test_a_logout_for_what_is_no_epoch_is_refused(edge: Edge, epoch: bytes) -> None:
    answer = edge.ask("POST", "/v1/characters/5/logout", b'{"epoch":%b}' % epoch)
    assert (answer.code, answer.json["field"]) == ("invalid_payload", "epoch")


def test_the_content_is_read_again_on_demand(edge: Edge) -> None:
    answer = edge.ask("POST", "/v1/content/reload")
    assert (answer.status, answer.json) == (200, {"items": 3, "monsters": 2, "scenarios": 1})


def test_content_that_can_not_be_used_is_a_422_with_every_problem(edge: Edge) -> None:
    edge.game.fails = ContentError("two problems", problems=["items.toml: x", "items.toml: y"])
    answer = edge.ask("POST", "/v1/content/reload")
    assert (answer.status, answer.json["code"]) == (422, "content")
    assert answer.json["problems"] == ["items.toml: x", "items.toml: y"]


def test_the_version_of_a_character_is_its_etag(edge: Edge) -> None:
    answer = edge.ask("GET", "/v1/characters/5")
    assert (answer.status, answer.headers["etag"]) == (200, '"7"')


@pytest.mark.parametrize("tag", ['"7"', 'W/"7"', '"1", "7"', "*"])
def test_a_character_that_did_not_change_is_not_sent_again(edge: Edge, tag: str) -> None:
    answer = edge.ask("GET", "/v1/characters/5", headers={"If-None-Match": tag})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"7"')


def test_a_character_that_changed_is_sent_again(edge: Edge) -> None:
    assert edge.ask("GET", "/v1/characters/5", headers={"If-None-Match": '"6"'}).status == 200


def test_the_version_of_the_content_is_its_etag(edge: Edge) -> None:
    answer = edge.ask("GET", "/v1/content")
    assert (answer.status, answer.headers["etag"]) == (200, '"v1"')
    assert answer.headers["content-type"] == "application/json"
    again = edge.ask("GET", "/v1/content", headers={"If-None-Match": '"v1"'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", '"v1"')
    assert edge.ask("GET", "/v1/content", headers={"If-None-Match": '"v0"'}).status == 200


def test_head_answers_as_get_without_a_body(edge: Edge) -> None:
    answer = edge.ask("HEAD", "/v1/characters/5")
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"", '"7"')


@pytest.mark.parametrize("path", ["/v1/inventory/action", "/inventory/action"])
def test_an_inventory_action_is_the_message_of_its_name(edge: Edge, path: str) -> None:
    body = {"char_id": 42, "action": "equip", "item_id": 7, "message_id": "a"}
    assert edge.ask("POST", path, body).status == 200
    assert edge.game.handled == [(42, "inventory.equip", {"item_id": 7}, "a")]


ACTION = "/v1/inventory/action"
MOVE = {"type": "core.move"}
BATCH = [{"char_id": 42, **MOVE}, {"char_id": 43, **MOVE}]
EAT = {"char_id": 42, "action": "equip", "item_id": 7}
WAIT = {"wait": "postgres"}


@pytest.mark.parametrize(
    ("path", "body", "waits"),
    [
        (SEND, MOVE, [None]),
        (SEND, {**MOVE, "wait": None}, [None]),
        (f"{SEND}?wait=postgres", MOVE, ["postgres"]),
        (f"{SEND}?wait=postgres", {**MOVE, **WAIT}, ["postgres"]),
        (f"{SEND}?trace=5", {**MOVE, **WAIT}, ["postgres"]),
        ("/v1/messages", [{**BATCH[0], **WAIT}, BATCH[1]], ["postgres", None]),
        ("/v1/messages?wait=postgres", BATCH, ["postgres", "postgres"]),
        (ACTION, EAT, [None]),
        (f"{ACTION}?wait=postgres", EAT, ["postgres"]),
        ("/inventory/action", {**EAT, **WAIT}, ["postgres"]),
    ],
)
def test_an_answer_can_be_asked_to_wait_for_postgres(
    edge: Edge, path: str, body: Any, waits: list[str | None]
) -> None:
    assert edge.ask("POST", path, body).status == 200
    assert edge.game.waits == waits
    assert all("wait" not in payload for _, _, payload, _ in edge.game.handled)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{SEND}?wait=disk", MOVE),
        (f"{SEND}?wait=", MOVE),
        (f"{SEND}?wait=postgres&wait=postgres", MOVE),
        (SEND, {**MOVE, "wait": "disk"}),
        (SEND, {**MOVE, "wait": True}),
        ("/v1/messages?wait=disk", BATCH),
        (f"{ACTION}?wait=disk", EAT),
        (ACTION, {**EAT, "wait": 5}),
    ],
)
def test_there_is_nothing_else_to_wait_for(edge: Edge, path: str, body: Any) -> None:
    answer = edge.ask("POST", path, body)
    assert (answer.status, answer.json["field"]) == (400, "wait")
    assert not edge.game.handled


def test_a_wrong_wait_in_a_batch_is_that_messages_problem(edge: Edge) -> None:
    answers = edge.ask("POST", "/v1/messages", [BATCH[0], {**BATCH[1], "wait": "disk"}]).json
    assert [answer.get("error", {}).get("field") for answer in answers] == [None, "[1].wait"]


def test_what_is_not_yet_in_postgres_is_a_503_with_a_time_to_come_back(edge: Edge) -> None:
    edge.game.fails = NotYetInPostgresError(7, "m-1")
    answer = edge.ask("POST", f"{SEND}?wait=postgres", MOVE)
    assert (answer.status, answer.code) == (503, "not_yet_in_postgres")
    assert int(answer.headers["retry-after"]) >= 1
    assert (answer.json["version"], answer.json["message_id"]) == (7, "m-1")
    (entry,) = edge.ask("POST", "/v1/messages", BATCH[:1]).json
    assert entry["error"]["retry_after_s"] >= 1


def test_an_unknown_action_is_answered_with_the_known_ones(edge: Edge) -> None:
    answer = edge.ask("POST", "/inventory/action", {"char_id": 42, "action": "eat"})
    assert (answer.status, answer.code) == (400, "unknown_message_type")
    assert answer.json["known"] == ["equip", "view"]


def test_the_inventory_is_the_reply_of_a_view_with_the_query_as_payload(edge: Edge) -> None:
    answer = edge.ask("GET", "/v1/characters/42/inventory?sort=name&q=a%20b%C3%A9+c")
    assert answer.json == {"did": "inventory.view", "payload": {"sort": "name", "q": "a bé c"}}


@pytest.mark.parametrize(
    ("query", "field"), [("size=1", "size"), ("q=a&q=b", "q"), ("q=%FF", "query"), ("q=%00", "q")]
)
def test_a_wrong_query_is_refused_with_its_name(edge: Edge, query: str, field: Any) -> None:
    answer = edge.ask("GET", f"/v1/characters/42/inventory?{query}")
    assert (answer.status, answer.json["field"]) == (400, field)


def test_a_batch_is_answered_in_order_and_one_bad_entry_spoils_no_other(edge: Edge) -> None:
    entries = [
        {"char_id": 1, "type": "core.move", "message_id": "a"},
        {"char_id": "1", "type": "core.move"},
        {"char_id": 1, "type": "nope"},
        {"char_id": 2, "type": "core.move", "message_id": "b"},
        "what",
    ]
    answers = edge.ask("POST", "/v1/messages", entries).json
    assert [one.get("message_id") for one in answers] == ["a", None, None, "b", None]
    assert [one["error"]["status"] for one in answers if "error" in one] == [400, 400, 400]
    assert answers[1]["error"]["field"] == "[1].char_id"


def test_messages_of_one_character_in_a_batch_keep_their_order(edge: Edge) -> None:
    entries = [{"char_id": 1, "type": "core.move", "message_id": str(n)} for n in range(500)]
    assert edge.ask("POST", "/v1/messages", entries).status == 200
    assert [handled[3] for handled in edge.game.handled] == [str(n) for n in range(500)]


def test_a_refusal_in_a_batch_is_the_problem_it_would_be_alone(edge: Edge) -> None:
    edge.game.fails = NotEnoughGoldError("too little", price=Decimal("3.5"))
    answers = edge.ask("POST", "/v1/messages", [{"char_id": 1, "type": "core.move"}]).json
    assert (answers[0]["error"]["code"], answers[0]["error"]["price"]) == ("not_enough_gold", "3.5")


def test_an_empty_batch_is_answered_with_an_empty_list(edge: Edge) -> None:
    assert edge.ask("POST", "/v1/messages", []).json == []


def test_a_batch_over_the_limit_is_refused_whole(edge: Edge) -> None:
    answer = edge.ask("POST", "/v1/messages", [{"char_id": 1, "type": "core.move"}] * 1001)
    assert (answer.status, answer.code, edge.game.handled) == (413, "batch_too_large", [])


# ------------------------------------------------------------------ fix the request


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_not_a_json_object_is_malformed(edge: Edge, body: Any) -> None:
    answer = edge.ask("POST", SEND, body)
    assert (answer.status, answer.code, answer.json["field"]) == (400, "malformed", "body")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": 5}, "type"),
        ({"message_id": ""}, "message_id"),
        ({"extra": 1}, "extra"),
        ({"payload": {"deep": [{"name": "a\0b"}]}}, "payload.deep[0].name"),
    ],
)
def test_a_message_with_a_wrong_field_is_refused_with_its_path(
    edge: Edge, change: Any, field: Any
) -> None:
    answer = edge.ask("POST", SEND, {**EQUIP, **change})
    assert (answer.status, answer.code, answer.json["field"]) == (400, "invalid_payload", field)
    assert edge.game.handled == []


def test_an_escaped_backslash_before_u0000_is_no_nul(edge: Edge) -> None:
    body = b'{"type": "core.move", "payload": {"q": "\\\\u0000"}}'
    assert edge.ask("POST", SEND, body).status == 200


def test_an_unknown_type_is_answered_with_the_known_ones(edge: Edge) -> None:
    answer = edge.ask("POST", SEND, {"type": "core.fly", "payload": {}})
    assert (answer.status, answer.code) == (400, "unknown_message_type")
    assert answer.json["known"] == ["core.move", "inventory.equip", "inventory.view"]


@pytest.mark.parametrize(
    "char_id",
    ["x", "-1", "0", "+1", "01", "1.0", "%201", "1%20", "%D9%A1", str(2**53), "9" * 400, "%00"],
)
def test_a_character_id_that_is_none_is_refused(edge: Edge, char_id: str) -> None:
    answer = edge.ask("GET", f"/v1/characters/{char_id}")
    assert (answer.status, answer.json["field"], answer.code) == (400, "char_id", "invalid_payload")


def test_the_largest_character_id_is_taken(edge: Edge) -> None:
    assert edge.ask("POST", f"/v1/characters/{2**53 - 1}/login").json["char_id"] == 2**53 - 1


@pytest.mark.parametrize(
    ("body", "field"), [({}, "name"), ({"name": "a", "stats": {"strength": "5"}}, "stats.strength")]
)
def test_a_character_that_cannot_be_is_not_created(edge: Edge, body: Any, field: Any) -> None:
    answer = edge.ask("POST", "/v1/characters", body)
    assert (answer.status, answer.json["field"], edge.game.created) == (400, field, [])


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64, 10**400])
def test_numbers_beyond_what_json_readers_agree_on_are_refused(edge: Edge, number: int) -> None:
    body = b'{"name": "a", "stats": {"strength": %d}}' % number
    answer = edge.ask("POST", "/v1/characters", body)
    assert answer.status == 400
    assert edge.game.created == []


def test_a_body_is_json_whatever_its_label_says(edge: Edge) -> None:
    answer = edge.ask("POST", SEND, EQUIP, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200


def test_a_page_of_another_site_is_refused(edge: Edge) -> None:
    answer = edge.ask("POST", SEND, EQUIP, {"Origin": "https://evil.example"})
    assert (answer.status, answer.code) == (403, "cross_origin")
    assert edge.ask("POST", SEND, EQUIP, {"Origin": "null"}).status == 403


def test_a_page_of_our_own_is_not(edge: Edge) -> None:
    host = f"127.0.0.1:{edge.server.port}"
    own = {"Origin": f"http://{host}", "Host": host}
    assert edge.ask("POST", SEND, EQUIP, own).status == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/characters/", "/v1/characters/5/", "/v1/characters/5/x", "//", "/docs/"],
)
def test_a_path_that_is_not_there_is_404(edge: Edge, path: str) -> None:
    assert edge.ask("GET", path).status == (400 if path == "/v1/characters/" else 404)


def test_an_unknown_path_and_an_unknown_character_have_codes_of_their_own(edge: Edge) -> None:
    assert edge.ask("GET", "/nope").code == "no_such_path"
    answer = edge.ask("GET", "/v1/characters/101")
    assert (answer.status, answer.code, answer.json["char_id"]) == (404, "unknown_character", 101)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "GET", "FOO"])
def test_a_wrong_method_is_405_and_says_which_are_right(edge: Edge, method: str) -> None:
    answer = edge.ask(method, SEND)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "OPTIONS, POST"


def test_options_says_what_there_is(edge: Edge) -> None:
    answer = edge.ask("OPTIONS", "/v1/characters/5")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


# ------------------------------------------------------------------ what the game answers


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (NotLoggedInError(42), 409, "not_logged_in", None),
        (NotEnoughGoldError("too little", gold=3), 409, "not_enough_gold", None),
        (MailboxFullError(42, 1000, 2.5), 429, "mailbox_full", "3"),
        (AskTimeoutError(42, 5), 504, "outcome_unknown", None),
        (HotStoreUnavailableError("redis://secret@10.0.0.1"), 503, "store_unavailable", "2"),
        (ActorCrashedError(42), 500, "handler_crashed", None),
        (ZeroDivisionError("secret"), 500, "internal", None),
    ],
)
def test_errors_of_the_game_become_problems(
    edge: Edge, error: Any, status: int, code: str, retry_after: Any
) -> None:
    edge.game.fails = error
    answer = edge.ask("POST", SEND, EQUIP)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers.get("retry-after") == retry_after
    assert b"secret" not in answer.body


def test_the_facts_of_a_refusal_are_members_of_its_problem(edge: Edge) -> None:
    edge.game.fails = NotEnoughGoldError("too little", gold=3, status="poor")
    problem = edge.ask("POST", SEND, EQUIP).json
    assert (problem["gold"], problem["status"], problem["detail"]) == (3, 409, "too little")


def test_an_error_that_nobody_expected_is_logged_with_its_traceback(edge: Edge) -> None:
    edge.game.fails = ZeroDivisionError("what happened")
    edge.ask("POST", SEND, EQUIP)
    assert "what happened" in edge.log.getvalue()
    assert "running.py" in edge.log.getvalue()


def test_errors_that_are_answers_are_not_logged(edge: Edge) -> None:
    edge.game.fails = NotLoggedInError(42)
    edge.ask("POST", SEND, EQUIP)
    assert edge.log.getvalue() == ""


# ------------------------------------------------------------------ the server itself


def test_live_and_ready_are_told_apart(edge: Edge) -> None:
    edge.game.absent = ["redis", "postgres"]
    assert edge.ask("GET", "/health/live").status == 200
    answer = edge.ask("GET", "/health/ready")
    assert (answer.status, answer.code) == (503, "not_ready")
    assert answer.json["missing"] == ["redis", "postgres"]
    edge.game.absent = []
    assert edge.ask("GET", "/health/ready").status == 200


def test_metrics_are_prometheus_text(edge: Edge) -> None:
    answer = edge.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.body == b"gamestate_actors 1.0\n"


def test_the_docs_page_is_served_with_its_files_and_no_others(edge: Edge) -> None:
    assert edge.ask("GET", "/docs").headers["content-type"].startswith("text/html")
    assert b"swagger" in edge.ask("GET", "/docs/swagger-ui-bundle.js").body.lower()
    for name in ("index.html", "..%2F__init__.py", "swagger-ui.css.map"):
        assert edge.ask("GET", f"/docs/{name}").status == 404
