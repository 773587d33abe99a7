"""Scenarios from outside: what a client sees of them, how they are played, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from tests.e2e.fighting import MIGHTY, NAMES, RAT, act_on, anything, done, refused, seen
from tests.e2e.problem import check_members
from tests.support.servers.server import ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

VIEW = {"session_id", "scenario", "name", "version", "node", "text", "choices", "variables"} | {
    "over",
    "ending",
    "fighting",
    "timer",
    "changed",
}
STARTER = ("drowned-bell", "tallow-and-twine", "water-clock")
BELL, SHOP = "drowned-bell", "tallow-and-twine"


def shown(server: ServerProcess, char_id: int, type_: str, **payload: Any) -> Any:
    """The view of the scenario after a message."""
    view = done(server, char_id, f"scenario.{type_}", payload)
    has_the_shape_of_the_contract(view)
    return view


def has_the_shape_of_the_contract(view: Mapping[str, Any]) -> None:
    assert set(view) - {"expired"} == VIEW
    assert view["text"]
    assert isinstance(view["variables"], dict)
    for one in view["choices"]:
        assert set(one) - {"why"} == {"id", "text", "available"}
        assert not (one["available"] and "why" in one)
    assert not (view["over"] and view["choices"])


def chooses(server: ServerProcess, char_id: int, *choices: str) -> Any:
    """One choice after the other; the last view."""
    views = [shown(server, char_id, "choose", choice=choice) for choice in choices]
    return views[-1]


def into_the_fight(server: ServerProcess, char_id: int) -> Any:
    """On the stair of the drowned church, with something coming up it."""
    shown(server, char_id, "start", scenario=BELL)
    view = chooses(server, char_id, "set-out", "door", "grope", "strike")
    assert view["fighting"]
    return view


# ------------------------------------------------------------------ what is seen


@pytest.mark.parametrize("scenario", STARTER)
def test_a_scenario_is_seen_as_in_the_contract(
    server: ServerProcess, char_id: int, scenario: str
) -> None:
    view = shown(server, char_id, "start", scenario=scenario)
    assert (view["scenario"], view["over"], view["ending"]) == (scenario, False, None)
    assert any(one["available"] for one in view["choices"])
    assert shown(server, char_id, "view") == view
    character = seen(server, char_id)
    assert character["state"] == "scenario"
    assert character["sessions"]["scenario"] == view["session_id"]


def test_a_scenario_is_played_to_one_of_its_ends(server: ServerProcess, char_id: int) -> None:
    shown(server, char_id, "start", scenario=BELL)
    view = chooses(server, char_id, "refuse")
    assert (view["over"], view["ending"], view["choices"]) == (True, "walked-away", [])
    character = seen(server, char_id)
    assert (character["state"], character["sessions"]["scenario"]) == ("exploration", None)


def test_what_is_chosen_changes_the_character_and_what_can_be_chosen(
    server: ServerProcess, char_id: int
) -> None:
    granted = {"template_id": "crowbar", "quantity": 1}
    done(server, char_id, "inventory.grant", granted)
    shown(server, char_id, "start", scenario=SHOP)
    chooses(server, char_id, "sell", "crowbar")
    assert seen(server, char_id)["stats"]["coins"] == 100
    assert done(server, char_id, "inventory.view")["backpack"] == []
    view = chooses(server, char_id, "back", "buy", "torch")
    assert view["variables"]["torches"] == 11
    assert seen(server, char_id)["stats"]["coins"] == 99


def test_a_choice_that_can_not_be_taken_says_why_in_a_sentence(
    server: ServerProcess, char_id: int
) -> None:
    shown(server, char_id, "start", scenario=SHOP)
    view = chooses(server, char_id, "buy")
    whys = {one["id"]: one["why"] for one in view["choices"] if not one["available"]}
    assert whys["rope"] == "You have no copper; it takes 100."
    assert whys["torch"] == "You have no copper."
    found = refused(server, char_id, "scenario.choose", {"choice": "rope"}, "choice_unavailable")
    assert (found["choice"], found["why"], found["detail"]) == ("rope", whys["rope"], whys["rope"])
    assert shown(server, char_id, "view") == view


def test_a_choice_that_is_not_there_is_refused_with_those_that_are(
    server: ServerProcess, char_id: int
) -> None:
    view = shown(server, char_id, "start", scenario=BELL)
    for choice in ("dance", "", "refuse "):
        found = refused(server, char_id, "scenario.choose", {"choice": choice}, "unknown_choice")
        assert found["choice"] == choice
        assert found["choices"] == [one["id"] for one in view["choices"] if one["available"]]


def test_a_choice_that_is_sent_again_is_taken_once(server: ServerProcess, char_id: int) -> None:
    shown(server, char_id, "start", scenario=BELL)
    first = server.send(char_id, "scenario.choose", {"choice": "set-out"}, "go").body
    again = server.send(char_id, "scenario.choose", {"choice": "set-out"}, "go").body
    assert again == {**first, "duplicate": True}


def test_a_scenario_is_left_for_good(server: ServerProcess, char_id: int) -> None:
    first = shown(server, char_id, "start", scenario=BELL)
    view = shown(server, char_id, "abandon")
    assert (view["over"], view["ending"], view["choices"]) == (True, None, [])
    assert seen(server, char_id)["state"] == "exploration"
    refused(server, char_id, "scenario.choose", {"choice": "refuse"}, "no_scenario")
    refused(server, char_id, "scenario.abandon", {}, "no_scenario")
    second = shown(server, char_id, "start", scenario=BELL)
    assert second["session_id"] != first["session_id"]


def test_a_scenario_goes_on_after_a_logout(server: ServerProcess, char_id: int) -> None:
    shown(server, char_id, "start", scenario=SHOP)
    view = chooses(server, char_id, "buy")
    assert server.request("POST", f"/v1/characters/{char_id}/logout").status == 200
    server.login(char_id)
    assert shown(server, char_id, "view") == view


# ------------------------------------------------------------------ fights


def test_a_fight_of_a_scenario_leads_back_into_it(server: ServerProcess) -> None:
    mighty = server.create("Brann", stats=MIGHTY)
    server.login(mighty)
    view = into_the_fight(server, mighty)
    assert (view["choices"], seen(server, mighty)["state"]) == ([], "combat")
    fight = act_on(server, mighty, "attack")
    assert fight["outcome"] == "victory"
    after = shown(server, mighty, "view")
    assert (after["fighting"], seen(server, mighty)["state"]) == (False, "scenario")
    assert after["node"] != view["node"]
    assert after["choices"]


def test_a_lost_fight_of_a_scenario_leads_on_too(server: ServerProcess, char_id: int) -> None:
    into_the_fight(server, char_id)
    done(server, char_id, "core.adjust_vitals", {"hp": -1000})
    assert done(server, char_id, "combat.act", {"action": "attack"})["outcome"] == "defeat"
    assert not shown(server, char_id, "view")["fighting"]
    assert seen(server, char_id)["state"] == "scenario"


def test_an_operator_gets_a_character_out_of_the_fight_of_a_scenario(
    server: ServerProcess, char_id: int
) -> None:
    into_the_fight(server, char_id)
    assert done(server, char_id, "combat.end")["outcome"] == "ended"
    view = shown(server, char_id, "view")
    assert (view["fighting"], seen(server, char_id)["state"]) == (False, "scenario")
    assert any(one["available"] for one in view["choices"])
    refused(server, char_id, "combat.end", {}, "no_fight")


def test_nothing_is_chosen_or_abandoned_in_a_fight(server: ServerProcess, char_id: int) -> None:
    view = into_the_fight(server, char_id)
    refused(server, char_id, "scenario.choose", {"choice": "strike"}, "in_combat")
    refused(server, char_id, "scenario.abandon", {}, "in_combat")
    refused(server, char_id, "scenario.start", {"scenario": SHOP}, "in_combat")
    assert shown(server, char_id, "view") == view


def test_a_fight_that_is_picked_in_a_scenario_goes_back_to_it(server: ServerProcess) -> None:
    mighty = server.create("Brann", stats=MIGHTY)
    server.login(mighty)
    view = shown(server, mighty, "start", scenario=SHOP)
    done(server, mighty, "combat.start", {"monsters": [RAT], "seed": 1})
    act_on(server, mighty, "attack")
    assert seen(server, mighty)["state"] == "scenario"
    assert shown(server, mighty, "view") == view


# ------------------------------------------------------------------ orders that can't be


def test_one_scenario_at_a_time(server: ServerProcess, char_id: int) -> None:
    shown(server, char_id, "start", scenario=BELL)
    for scenario in (BELL, SHOP):
        found = refused(server, char_id, "scenario.start", {"scenario": scenario}, "in_scenario")
        assert found["scenario"] == BELL


def test_where_there_is_no_scenario_there_is_nothing_to_do(
    server: ServerProcess, char_id: int
) -> None:
    for type_, payload in (("view", {}), ("choose", {"choice": "refuse"}), ("abandon", {})):
        refused(server, char_id, f"scenario.{type_}", payload, "no_scenario")


def test_a_scenario_that_does_not_exist_is_a_mistake_in_the_request(
    server: ServerProcess, char_id: int
) -> None:
    for scenario in ("nowhere", "", "../../etc/passwd", "Drowned-Bell", "x" * 10_000):
        found = refused(
            server,
            char_id,
            "scenario.start",
            {"scenario": scenario},
            "unknown_scenario",
            status=400,
        )
        assert found["scenario"] == scenario


MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("scenario.start", {}, "payload.scenario"),
    ("scenario.start", {"scenario": None}, "payload.scenario"),
    ("scenario.start", {"scenario": 5}, "payload.scenario"),
    ("scenario.start", {"scenario": [BELL]}, "payload.scenario"),
    ("scenario.start", {"scenario": BELL, "seed": 1}, "payload.seed"),
    ("scenario.choose", {}, "payload.choice"),
    ("scenario.choose", {"choice": 1}, "payload.choice"),
    ("scenario.choose", {"choice": {}}, "payload.choice"),
    ("scenario.choose", {"choice": "refuse", "to": "end"}, "payload.to"),
    ("scenario.view", {"node": "end"}, "payload.node"),
    ("scenario.abandon", {"yes": True}, "payload.yes"),
]


@pytest.mark.parametrize("playing", [False, True], ids=["in none", "in one"])
def test_a_malformed_payload_is_refused_by_the_path_to_what_is_wrong(
    server: ServerProcess, char_id: int, playing: bool
) -> None:
    if playing:
        shown(server, char_id, "start", scenario=BELL)
    for type_, payload, field in MALFORMED:
        found = refused(server, char_id, type_, payload, "invalid_payload", status=400)
        assert found["field"] == field, (type_, payload)


def test_what_is_for_the_server_alone_is_no_message(server: ServerProcess, char_id: int) -> None:
    refused(server, char_id, "scenario.wake", {}, "unknown_message_type", status=400)


SEED = 20_261_121
TYPES = ["start", "choose", "choose", "choose", "view", "abandon"]


def test_whatever_is_sent_is_answered_and_nothing_fails(
    server: ServerProcess, char_id: int
) -> None:
    random = Random(SEED)
    outcomes: list[int] = []
    choices = ["buy", "sell", "work", "back", "leave", "refuse", "set-out", "stair", "grope"]
    for _ in range(4):
        batch = []
        for _ in range(100):
            payload = {
                "scenario": random.choice([*STARTER, anything(random)]),
                "choice": random.choice([*choices, anything(random)]),
            }
            type_ = random.choice(TYPES)
            if random.random() < 0.8:
                kept = {"start": "scenario", "choose": "choice"}.get(type_)
                payload = {kept: payload[kept]} if kept else {}
            if random.random() < 0.1:
                payload[random.choice(NAMES)] = anything(random)
            batch.append({"char_id": char_id, "type": f"scenario.{type_}", "payload": payload})
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
