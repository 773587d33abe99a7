"""Messages to combat that are wrong: a problem that says what to fix, and nothing done."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.e2e.fighting import (
    NAMES,
    RAT,
    WORDS,
    anything,
    has_the_shape_of_the_contract,
    refused,
    start,
)
from tests.e2e.problem import check_members
from tests.support.servers.server import ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("combat.start", {}, "payload.monsters"),
    ("combat.start", {"monsters": []}, "payload.monsters"),
    ("combat.start", {"monsters": {}}, "payload.monsters"),
    ("combat.start", {"monsters": "rat"}, "payload.monsters"),
    ("combat.start", {"monsters": None}, "payload.monsters"),
    ("combat.start", {"monsters": ["rat"]}, "payload.monsters[0]"),
    ("combat.start", {"monsters": [RAT] * 101}, "payload.monsters"),
    ("combat.start", {"monsters": [{"monster": "rat"}]}, "payload.monsters[0].count"),
    ("combat.start", {"monsters": [{"count": 1}]}, "payload.monsters[0].monster"),
    ("combat.start", {"monsters": [RAT, {**RAT, "count": 0}]}, "payload.monsters[1].count"),
    ("combat.start", {"monsters": [{**RAT, "count": 1.0}]}, "payload.monsters[0].count"),
    ("combat.start", {"monsters": [{**RAT, "count": True}]}, "payload.monsters[0].count"),
    ("combat.start", {"monsters": [{**RAT, "count": 2**53}]}, "payload.monsters[0].count"),
    ("combat.start", {"monsters": [{**RAT, "count": -1}]}, "payload.monsters[0].count"),
    ("combat.start", {"monsters": [{**RAT, "monster": ""}]}, "payload.monsters[0].monster"),
    ("combat.start", {"monsters": [{**RAT, "monster": 5}]}, "payload.monsters[0].monster"),
    ("combat.start", {"monsters": [{**RAT, "monster": "x" * 65}]}, "payload.monsters[0].monster"),
    ("combat.start", {"monsters": [{**RAT, "hp": 1}]}, "payload.monsters[0].hp"),
    ("combat.start", {"monsters": [RAT], "seed": "7"}, "payload.seed"),
    ("combat.start", {"monsters": [RAT], "seed": 1.5}, "payload.seed"),
    ("combat.start", {"monsters": [RAT], "seed": 2**53}, "payload.seed"),
    ("combat.start", {"monsters": [RAT], "level": 1}, "payload.level"),
    ("combat.act", {}, "payload.action"),
    ("combat.act", {"action": "dance"}, "payload.action"),
    ("combat.act", {"action": None}, "payload.action"),
    ("combat.act", {"action": ["attack"]}, "payload.action"),
    ("combat.act", {"action": "attack", "target": 1}, "payload.target"),
    ("combat.act", {"action": "use_item"}, "payload.item_id"),
    ("combat.act", {"action": "use_item", "item_id": "1"}, "payload.item_id"),
    ("combat.act", {"action": "use_item", "item_id": 1.0}, "payload.item_id"),
    ("combat.act", {"action": "attack", "with": "sword"}, "payload.with"),
    ("combat.view", {"log_from": 0}, "payload.log_from"),
    ("combat.view", {"log_from": "1"}, "payload.log_from"),
    ("combat.view", {"at": 1}, "payload.at"),
    ("combat.end", {"outcome": "victory"}, "payload.outcome"),
    ("combat.acknowledge", {"x": 1}, "payload.x"),
]


@pytest.mark.parametrize("fighting", [False, True], ids=["at peace", "in a fight"])
def test_a_malformed_payload_is_refused_by_the_path_to_what_is_wrong(
    server: ServerProcess, char_id: int, fighting: bool
) -> None:
    if fighting:
        start(server, char_id, "wolf")
    for type_, payload, field in MALFORMED:
        found = refused(server, char_id, type_, payload, "invalid_payload", status=400)
        assert found["field"] == field, (type_, payload)


@pytest.mark.parametrize("type_", ["combat.wake", "combat.leave", "combat", "combat.win"])
def test_what_is_for_the_server_alone_is_no_message(
    server: ServerProcess, char_id: int, type_: str
) -> None:
    refused(server, char_id, type_, {}, "unknown_message_type", status=400)


SEED = 20_261_121
TYPES = ["start", "act", "act", "act", "view", "end", "acknowledge"]


def test_whatever_is_sent_is_answered_and_nothing_fails(
    server: ServerProcess, char_id: int
) -> None:
    random = Random(SEED)
    outcomes: list[int] = []
    for _ in range(6):
        batch = []
        for _ in range(100):
            named = {random.choice(NAMES): anything(random) for _ in range(random.randrange(4))}
            if random.random() < 0.3:
                named = {"action": random.choice(WORDS), **named}
            if random.random() < 0.2:
                named = {"monsters": [RAT]}
            type_ = f"combat.{random.choice(TYPES)}"
            batch.append({"char_id": char_id, "type": type_, "payload": named})
        answer = server.request("POST", "/v1/messages", batch)
        assert answer.status == 200, answer
        for asked, one in zip(batch, answer.body, strict=True):
            status = one["error"]["status"] if "error" in one else 200
            assert status in (200, 400, 409), (asked, one)
            if "error" in one:
                check_members(one["error"], status)
            else:
                has_the_shape_of_the_contract(one["reply"])
            outcomes.append(status)
    assert {200, 400, 409} <= set(outcomes)
