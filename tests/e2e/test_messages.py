"""Messages from outside: receipts, retries, batches, and refusals that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.problem import check_members, problem
from tests.support.servers.server import ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")


def version(server: ServerProcess, char_id: int) -> int:
    seen: int = server.request("GET", f"/v1/characters/{char_id}").body["version"]
    return seen


# ------------------------------------------------------------------ one message


def test_a_change_is_answered_with_a_receipt(server: ServerProcess, char_id: int) -> None:
    answer = server.send(char_id, "core.move", {"location": "mill"}, "step-1")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == {
        "message_id": "step-1",
        "version": 2,
        "durability": "redis",
        "duplicate": False,
        "reply": {"location": {"current": "mill", "prev": "start"}},
    }


def test_a_message_without_an_id_gets_one_of_its_own(server: ServerProcess, char_id: int) -> None:
    ids = [server.send(char_id, "core.view").body["message_id"] for _ in range(5)]
    assert all(isinstance(one, str) and one for one in ids)
    assert len(set(ids)) == 5


def test_payload_may_be_left_out(server: ServerProcess, char_id: int) -> None:
    path = f"/v1/characters/{char_id}/messages"
    assert server.request("POST", path, {"type": "core.view"}).status == 200


def test_each_change_is_one_version_and_a_look_is_none(server: ServerProcess, char_id: int) -> None:
    seen = [
        server.send(char_id, type_, payload).body["version"]
        for type_, payload in (
            ("core.view", {}),
            ("core.move", {"location": "mill"}),
            ("core.view", {}),
            ("core.adjust_vitals", {"hp": -1}),
            ("core.adjust_stats", {"wisdom": 1}),
            ("inventory.view", {}),
            ("inventory.grant", {"template_id": "torch", "quantity": 1}),
        )
    ]
    assert seen == [1, 2, 2, 3, 4, 4, 5]


def test_vitals_stay_between_nothing_and_their_maximum(server: ServerProcess, char_id: int) -> None:
    def hp_after(change: int) -> Any:
        return server.send(char_id, "core.adjust_vitals", {"hp": change}).body["reply"]["vitals"][
            "hp"
        ]

    full = hp_after(0)["max"]
    assert hp_after(-30) == {"cur": full - 30, "max": full}
    assert hp_after(-(2**53 - 1)) == {"cur": 0, "max": full}
    assert hp_after(2**53 - 1) == {"cur": full, "max": full}


def test_a_refusal_by_a_rule_changes_nothing(server: ServerProcess, char_id: int) -> None:
    too_many = {"strength": -11, "wisdom": 1}
    problem(server.send(char_id, "core.adjust_stats", too_many), 409, "stat_out_of_range")
    seen = server.send(char_id, "core.view").body
    assert (seen["version"], seen["reply"]["stats"]["wisdom"]) == (1, 10)


# ------------------------------------------------------------------ retries


def test_a_message_sent_again_is_answered_as_before_and_not_applied_again(
    server: ServerProcess, char_id: int
) -> None:
    first = server.send(char_id, "core.adjust_stats", {"wisdom": 1, "agility": 2}, "once").body
    server.send(char_id, "core.move", {"location": "mill"})
    again = server.send(char_id, "core.adjust_stats", {"agility": 2, "wisdom": 1}, "once").body
    assert again == {**first, "duplicate": True}
    assert server.send(char_id, "core.view").body["reply"]["stats"]["wisdom"] == 11


def test_a_message_sent_again_after_a_logout_is_still_known(
    server: ServerProcess, char_id: int
) -> None:
    first = server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once").body
    server.request("POST", f"/v1/characters/{char_id}/logout")
    server.login(char_id)
    again = server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once").body
    assert (again["duplicate"], again["reply"]) == (True, first["reply"])


def test_many_copies_of_a_message_at_once_are_applied_once(
    server: ServerProcess, char_id: int
) -> None:
    def send(_: int) -> Any:
        return server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once").body

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(send, range(24)))
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * 23
    assert {answer["version"] for answer in answers} == {2}
    assert [answer["reply"] for answer in answers] == [answers[0]["reply"]] * 24


@pytest.mark.parametrize(
    ("type_", "payload"),
    [
        ("core.adjust_stats", {"wisdom": 2}),
        ("core.adjust_stats", {"agility": 1}),
        ("core.adjust_vitals", {"hp": 1}),
    ],
)
def test_an_id_used_for_another_message_is_refused(
    server: ServerProcess, char_id: int, type_: str, payload: Mapping[str, Any]
) -> None:
    server.send(char_id, "core.adjust_stats", {"wisdom": 1}, "once")
    refused = problem(server.send(char_id, type_, payload, "once"), 409, "message_id_reused")
    assert refused["message_id"] == "once"
    assert version(server, char_id) == 2


def test_an_id_is_one_characters_own(server: ServerProcess, char_id: int) -> None:
    other = server.create("Tarn")
    server.login(other)
    for one in (char_id, other):
        assert (
            server.send(one, "core.move", {"location": "mill"}, "same").body["duplicate"] is False
        )


def test_the_id_of_a_refused_message_can_be_used_again(server: ServerProcess, char_id: int) -> None:
    assert server.send(char_id, "core.adjust_stats", {"wisdom": -11}, "try").status == 409
    server.send(char_id, "core.adjust_stats", {"wisdom": 5})
    again = server.send(char_id, "core.adjust_stats", {"wisdom": -11}, "try").body
    assert (again["duplicate"], again["reply"]["stats"]["wisdom"]) == (False, 4)


# ------------------------------------------------------------------ batches


def test_a_batch_is_answered_in_its_order(server: ServerProcess) -> None:
    playing = [server.create(), server.create(), server.create()]
    for char_id in playing:
        server.login(char_id)
    batch = [
        {
            "char_id": playing[number % 3],
            "type": "core.move",
            "payload": {"location": f"room {number}"},
            "message_id": str(number),
        }
        for number in range(300)
    ]
    answer = server.request("POST", "/v1/messages", batch)
    assert answer.status == 200
    assert [one["message_id"] for one in answer.body] == [str(number) for number in range(300)]
    assert [one["version"] for one in answer.body] == [2 + number // 3 for number in range(300)]
    rooms = [one["reply"]["location"]["current"] for one in answer.body]
    assert rooms == [f"room {number}" for number in range(300)]


def test_each_entry_of_a_batch_has_its_own_answer_or_problem(
    server: ServerProcess, char_id: int
) -> None:
    move = {"char_id": char_id, "type": "core.move", "payload": {"location": "mill"}}
    logged_out = server.create()
    batch = [
        move,
        {**move, "char_id": 999_999_999},
        {**move, "char_id": logged_out},
        {**move, "type": "core.fly"},
        {**move, "payload": {"location": 5}},
        {"char_id": char_id, "type": "core.adjust_stats", "payload": {"wisdom": -11}},
        "what?",
        {**move, "extra": 1},
        {**move, "message_id": "last"},
    ]
    answers = server.request("POST", "/v1/messages", batch).body
    codes = [one.get("error", {}).get("code") for one in answers]
    assert codes == [
        None,
        "unknown_character",
        "not_logged_in",
        "unknown_message_type",
        "invalid_payload",
        "stat_out_of_range",
        "invalid_payload",
        "invalid_payload",
        None,
    ]
    statuses = [one["error"]["status"] for one in answers if "error" in one]
    assert statuses == [404, 409, 400, 400, 409, 400, 400]
    for one in answers[1:-1]:
        assert list(one) == ["error"]
        check_members(one["error"], one["error"]["status"])
    assert (answers[-1]["message_id"], answers[-1]["version"]) == ("last", 3)


def test_copies_of_a_message_in_one_batch_are_applied_once(
    server: ServerProcess, char_id: int
) -> None:
    one = {"char_id": char_id, "type": "core.adjust_stats", "payload": {"wisdom": 1}}
    answers = server.request("POST", "/v1/messages", [{**one, "message_id": "once"}] * 3).body
    assert [answer["duplicate"] for answer in answers] == [False, True, True]
    assert version(server, char_id) == 2


def test_an_empty_batch_is_answered_with_an_empty_list(server: ServerProcess) -> None:
    answer = server.request("POST", "/v1/messages", [])
    assert (answer.status, answer.body) == (200, [])
