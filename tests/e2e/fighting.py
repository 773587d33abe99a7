"""What the tests of fights from outside do and expect, and JSON that may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from tests.e2e.problem import problem
from tests.support.servers.server import ServerProcess

VIEW = {"session_id", "round", "turn", "participants", "log", "log_from", "deadline_s"} | {
    "over",
    "outcome",
}
SPOILS = {"xp", "slain"}
ENTRY = {"n", "round", "actor", "action", "result"}
OUTCOMES = ("victory", "defeat", "fled", "ended")
MIGHTY = {"strength": 200, "agility": 200, "endurance": 200}
MOST_TURNS = 60
RAT = {"monster": "rat", "count": 1}
NAMES = "monsters monster count seed action target item_id log_from extra".split()
WORDS = ["rat", "wolf", "attack", "defend", "use_item", "flee", "pass", "m1", "hero", "", "\u2603"]
NUMBERS = [0, 1, 2, -1, 7, 20, 21, 1000, 2**53 - 1, 2**53, -(2**63), 10**30, 0.5, 1e300]


def start(
    server: ServerProcess, char_id: int, *monsters: str, count: int = 1, seed: int = 7
) -> Any:
    """A fight has begun; the view of it."""
    met = [{"monster": one, "count": count} for one in monsters]
    return done(server, char_id, "combat.start", {"monsters": met, "seed": seed})


def act(server: ServerProcess, char_id: int, action: str, **payload: Any) -> Any:
    """The character has had its turn; the view of the fight."""
    return done(server, char_id, "combat.act", {"action": action, **payload})


def act_on(server: ServerProcess, char_id: int, action: str) -> Any:
    """The same action until the fight is over; the last view."""
    for _ in range(MOST_TURNS):
        view = act(server, char_id, action)
        if view["over"]:
            return view
    raise AssertionError(f"the fight is not over: {view}")


def done(server: ServerProcess, char_id: int, type_: str, payload: Any = None) -> Any:
    answer = server.send(char_id, type_, payload)
    assert answer.status == 200, answer
    reply = answer.body["reply"]
    if type_.startswith("combat."):
        has_the_shape_of_the_contract(reply)
    return reply


def has_the_shape_of_the_contract(view: Mapping[str, Any]) -> None:
    assert set(view) - {"expired"} == VIEW | (SPOILS if view["over"] else set())
    assert view["outcome"] in ((None,) if not view["over"] else OUTCOMES)
    assert view["turn"] in {one["id"] for one in view["participants"]}
    for one in view["participants"]:
        assert {"id", "name", "side", "hp", "conditions"} <= set(one)
        assert one["side"] in ("party", "monsters")
        assert 0 <= one["hp"]["cur"] <= one["hp"]["max"]
        assert set(one["hp"]) == {"cur", "max"}
    assert all(set(entry) >= ENTRY for entry in view["log"])
    numbers = [entry["n"] for entry in view["log"]]
    assert numbers == list(range(view["log_from"], view["log_from"] + len(numbers)))


def seen(server: ServerProcess, char_id: int) -> Any:
    return server.request("GET", f"/v1/characters/{char_id}").body


def refused(
    server: ServerProcess, char_id: int, type_: str, payload: Any, code: str, status: int = 409
) -> Mapping[str, Any]:
    """The problem; nothing has changed, though the sessions it is about may have been loaded."""
    before = seen(server, char_id)
    found = problem(server.send(char_id, type_, payload), status, code)
    assert {**seen(server, char_id), "sessions": before["sessions"]} == before
    return found


def participant(view: Mapping[str, Any], who: str) -> Mapping[str, Any]:
    return next(one for one in view["participants"] if one["id"] == who)


def hero(view: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(one for one in view["participants"] if one["side"] == "party")


def gets(server: ServerProcess, char_id: int, template_id: str, quantity: int = 1) -> int:
    """The id of the stack."""
    payload = {"template_id": template_id, "quantity": quantity}
    item_id: int = done(server, char_id, "inventory.grant", payload)["items"][-1]["item_id"]
    return item_id


def anything(random: Random, depth: int = 0) -> Any:
    """A JSON value that may or may not be what a field wants."""
    kind = random.randrange(7 if depth < 3 else 4)
    match kind:
        case 0:
            return random.choice(WORDS)
        case 1 | 2:
            return random.choice(NUMBERS)
        case 3:
            return random.choice([None, True, False])
        case 4:
            return [anything(random, depth + 1) for _ in range(random.randrange(4))]
        case 5:
            return [{"monster": random.choice(WORDS), "count": random.choice(NUMBERS)}]
    return {random.choice(NAMES): anything(random, depth + 1) for _ in range(random.randrange(4))}
