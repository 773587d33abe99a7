"""Fights from outside: what a client sees of them, what it may do in them, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.fighting import (
    MIGHTY,
    act,
    act_on,
    done,
    gets,
    hero,
    participant,
    refused,
    seen,
    start,
)
from tests.e2e.problem import problem
from tests.support.servers.server import ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def mighty(server: ServerProcess) -> int:
    """A character that slays with bare hands whatever it meets."""
    made = server.create("Brann", stats=MIGHTY)
    server.login(made)
    return made


# ------------------------------------------------------------------ what is seen


def test_a_fight_is_seen_as_in_the_contract(server: ServerProcess, char_id: int) -> None:
    view = start(server, char_id, "giant-rat", "wolf", count=2)
    assert (view["round"], view["turn"], view["over"], view["outcome"]) == (1, "hero", False, None)
    sides = sorted(one["side"] for one in view["participants"])
    assert sides == ["monsters"] * 4 + ["party"]
    assert hero(view)["name"] == "Mira"
    character = seen(server, char_id)
    assert character["state"] == "combat"
    assert character["sessions"]["combat"] == view["session_id"]
    assert character["vitals"]["hp"] == hero(view)["hp"]
    assert done(server, char_id, "combat.view") == view


@pytest.mark.parametrize("action", ["attack", "defend", "flee", "pass"])
def test_every_action_is_answered_with_what_it_brought(
    server: ServerProcess, char_id: int, action: str
) -> None:
    before = start(server, char_id, "wolf", seed=3)
    view = act(server, char_id, action)
    assert view["log_from"] == before["log_from"] + len(before["log"])
    own = [entry["action"] for entry in view["log"] if entry["actor"] == "hero"]
    assert own[0] == action


def test_a_long_log_is_shown_in_pieces(server: ServerProcess, char_id: int) -> None:
    done(server, char_id, "core.adjust_vitals", {"hp": 1000})
    start(server, char_id, "rat", count=20)
    while not (view := act(server, char_id, "defend"))["over"] and view["round"] < 4:
        assert len(view["log"]) <= 30
    first = done(server, char_id, "combat.view", {"log_from": 1})
    assert (first["log_from"], len(first["log"])) == (1, 30)
    second = done(server, char_id, "combat.view", {"log_from": 31})
    assert second["log"][0]["n"] == 31


def test_the_same_seed_rolls_the_same_whoever_fights(server: ServerProcess) -> None:
    logs = []
    for name in ("Ada", "Bo"):
        made = server.create(name)
        server.login(made)
        if name == "Bo":
            done(server, made, "core.move", {"location": "elsewhere"})
        view = start(server, made, "giant-rat", "wolf", seed=99)
        entries = view["log"]
        for action in ("attack", "defend", "attack", "pass", "attack"):
            if not view["over"]:
                view = act(server, made, action)
                entries = [*entries, *view["log"]]
        logs.append([without_names(entry) for entry in entries])
    assert logs[0] == logs[1]


def without_names(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    people = [{**one, "name": ""} for one in entry.get("participants", ())]
    return {**entry, "participants": people}


def test_a_message_that_is_sent_again_is_answered_with_the_same_fight(
    server: ServerProcess, char_id: int
) -> None:
    payload = {"monsters": [{"monster": "wolf", "count": 1}]}
    first = server.send(char_id, "combat.start", payload, "go").body
    assert server.send(char_id, "combat.start", payload, "go").body == {**first, "duplicate": True}
    hit = server.send(char_id, "combat.act", {"action": "attack"}, "hit").body
    again = server.send(char_id, "combat.act", {"action": "attack"}, "hit").body
    assert again == {**hit, "duplicate": True}


def test_a_fight_goes_on_after_a_logout(server: ServerProcess, char_id: int) -> None:
    view = start(server, char_id, "wolf")
    assert server.request("POST", f"/v1/characters/{char_id}/logout").status == 200
    problem(server.send(char_id, "combat.view"), 409, "not_logged_in")
    server.login(char_id)
    assert done(server, char_id, "combat.view") == view
    assert "expired" not in act(server, char_id, "attack")


# ------------------------------------------------------------------ how it ends


def test_a_victory_says_what_was_slain_and_what_it_was_worth(
    server: ServerProcess, mighty: int
) -> None:
    start(server, mighty, "rat", "wolf", count=2)
    view = act_on(server, mighty, "attack")
    assert (view["outcome"], view["xp"]) == ("victory", 120)
    assert view["slain"] == [{"monster": "rat", "count": 2}, {"monster": "wolf", "count": 2}]
    character = seen(server, mighty)
    assert (character["state"], character["sessions"]["combat"]) == ("exploration", None)
    assert character["vitals"]["hp"]["cur"] > 0


@pytest.fixture
def fallen(server: ServerProcess, char_id: int) -> int:
    """A character that lost a fight; a longsword, worn leather and potions are with it."""
    done(server, char_id, "inventory.equip", {"item_id": gets(server, char_id, "leather-armor")})
    done(server, char_id, "core.adjust_vitals", {"hp": -99})
    view = start(server, char_id, "ogre", count=5)
    if not view["over"]:
        view = act_on(server, char_id, "pass")
    assert (view["outcome"], view["xp"], hero(view)["hp"]["cur"]) == ("defeat", 0, 0)
    return char_id


def test_the_defeated_are_out_of_the_fight_without_hit_points(
    server: ServerProcess, fallen: int
) -> None:
    character = seen(server, fallen)
    assert (character["state"], character["vitals"]["hp"]["cur"]) == ("exploration", 0)
    assert character["sessions"]["combat"] is None


def test_the_dead_may_not_act_until_they_have_hit_points(
    server: ServerProcess, fallen: int
) -> None:
    sword, potion = gets(server, fallen, "longsword"), gets(server, fallen, "potion-of-healing")
    done(server, fallen, "inventory.assign_quick_slot", {"item_id": potion, "index": 0})
    forbidden = {
        "combat.start": {"monsters": [{"monster": "rat", "count": 1}]},
        "scenario.start": {"scenario": "water-clock"},
        "inventory.equip": {"item_id": sword},
        "inventory.unequip": {"slot": "chest"},
        "inventory.use": {"item_id": potion},
        "inventory.use_quick_slot": {"index": 0},
    }
    for type_, payload in forbidden.items():
        refused(server, fallen, type_, payload, "dead")
    done(server, fallen, "core.adjust_vitals", {"hp": 1})
    for type_ in ("inventory.equip", "inventory.unequip", "inventory.use", "scenario.start"):
        done(server, fallen, type_, forbidden[type_])


def test_the_dead_are_looked_at_given_things_and_carried_away(
    server: ServerProcess, fallen: int
) -> None:
    done(server, fallen, "inventory.view")
    gets(server, fallen, "torch")
    done(server, fallen, "core.move", {"location": "temple"})
    assert seen(server, fallen)["location"]["current"] == "temple"


def test_who_flees_is_out_of_the_fight_and_learns_nothing(
    server: ServerProcess, mighty: int
) -> None:
    start(server, mighty, "wolf")
    view = act_on(server, mighty, "flee")
    assert (view["outcome"], view["xp"], view["slain"]) == ("fled", 0, [])
    assert seen(server, mighty)["state"] == "exploration"


def test_the_next_fight_is_another(server: ServerProcess, mighty: int) -> None:
    first = start(server, mighty, "rat")["session_id"]
    act_on(server, mighty, "attack")
    second = start(server, mighty, "rat")
    assert second["session_id"] != first
    assert second["log_from"] == 1


# ------------------------------------------------------------------ things in a fight


def test_a_potion_from_the_backpack_or_a_quick_slot_costs_the_turn(
    server: ServerProcess, char_id: int
) -> None:
    potions = gets(server, char_id, "potion-of-healing", 2)
    done(server, char_id, "inventory.assign_quick_slot", {"item_id": potions, "index": 2})
    start(server, char_id, "rat", count=3)
    done(server, char_id, "core.adjust_vitals", {"hp": -60})
    slots = done(server, char_id, "inventory.view")["quick_slots"]
    view = act(server, char_id, "use_item", item_id=slots[2])
    used = next(entry for entry in view["log"] if entry["actor"] == "hero")
    assert (used["action"], used["template_id"], used["left"]) == (
        "use_item",
        "potion-of-healing",
        1,
    )
    assert used["effects"][0]["gained"] >= 4
    assert any(entry["actor"] != "hero" for entry in view["log"]), "the enemies have their turns"
    act(server, char_id, "use_item", item_id=potions)
    after = done(server, char_id, "inventory.view")
    assert (after["quick_slots"][2], after["backpack"]) == (None, [])
    refused(server, char_id, "combat.act", use(potions), "unknown_item")


def use(item_id: int) -> Mapping[str, Any]:
    return {"action": "use_item", "item_id": item_id}


def test_what_can_not_be_used_costs_nothing(server: ServerProcess, char_id: int) -> None:
    sword = gets(server, char_id, "longsword")
    before = start(server, char_id, "wolf")
    refused(server, char_id, "combat.act", use(sword), "not_usable")
    refused(server, char_id, "combat.act", use(2**53 - 1), "unknown_item")
    assert done(server, char_id, "combat.view") == before


def test_in_a_fight_hands_may_change_and_nothing_else(server: ServerProcess, char_id: int) -> None:
    armor = gets(server, char_id, "leather-armor")
    sword, potion = gets(server, char_id, "longsword"), gets(server, char_id, "potion-of-healing")
    torches = gets(server, char_id, "torch", 4)
    done(server, char_id, "inventory.assign_quick_slot", {"item_id": potion, "index": 0})
    before = start(server, char_id, "wolf")
    for type_, payload in {
        "inventory.equip": {"item_id": armor},
        "inventory.use": {"item_id": potion},
        "inventory.use_quick_slot": {"index": 0},
        "core.move": {"location": "away"},
        "scenario.start": {"scenario": "water-clock"},
        "combat.start": {"monsters": [{"monster": "rat", "count": 1}]},
    }.items():
        refused(server, char_id, type_, payload, "in_combat")
    done(server, char_id, "inventory.equip", {"item_id": sword})
    done(server, char_id, "inventory.unequip", {"slot": "main_hand"})
    done(server, char_id, "inventory.equip", {"item_id": sword})
    done(server, char_id, "inventory.open")
    done(server, char_id, "inventory.split", {"item_id": torches, "quantity": 1})
    done(server, char_id, "inventory.drop", {"item_id": torches})
    assert seen(server, char_id)["state"] == "combat"
    assert done(server, char_id, "combat.view") == before, "none of it was a turn"
    own = next(one for one in act(server, char_id, "attack")["log"] if one["actor"] == "hero")
    assert own["attack"] == "Longsword"


# ------------------------------------------------------------------ operators


def test_an_operator_ends_a_fight_without_a_winner(server: ServerProcess, char_id: int) -> None:
    hp = hero(start(server, char_id, "ogre"))["hp"]
    view = done(server, char_id, "combat.end")
    assert (view["over"], view["outcome"], view["xp"]) == (True, "ended", 0)
    character = seen(server, char_id)
    assert (character["state"], character["vitals"]["hp"]) == ("exploration", hp)


def test_where_there_is_no_fight_there_is_none_to_see_or_to_end(
    server: ServerProcess, mighty: int
) -> None:
    for _ in range(2):
        for type_ in ("combat.view", "combat.end", "combat.acknowledge"):
            refused(server, mighty, type_, {}, "no_fight")
        refused(server, mighty, "combat.act", {"action": "attack"}, "no_fight")
        start(server, mighty, "rat")
        act_on(server, mighty, "attack")


# ------------------------------------------------------------------ orders that can't be


def test_a_target_that_is_not_there_is_refused_with_those_that_are(
    server: ServerProcess, mighty: int
) -> None:
    start(server, mighty, "rat", "ogre")
    for target in ("m9", "hero", "rat", "Ogre"):
        found = refused(
            server, mighty, "combat.act", {"action": "attack", "target": target}, "no_target"
        )
        assert found["target"] == target
        assert [one["id"] for one in found["living"]] == ["m1", "m2"]
    while participant(done(server, mighty, "combat.view"), "m1")["hp"]["cur"]:
        act(server, mighty, "attack", target="m1")
    dead = refused(
        server, mighty, "combat.act", {"action": "attack", "target": "m1"}, "target_dead"
    )
    assert [one["id"] for one in dead["living"]] == ["m2"]


def test_a_monster_that_does_not_exist_is_a_mistake_in_the_request(
    server: ServerProcess, char_id: int
) -> None:
    met = [{"monster": "rat", "count": 1}, {"monster": "unicorn-of-doom", "count": 1}]
    found = refused(
        server, char_id, "combat.start", {"monsters": met}, "unknown_monster", status=400
    )
    assert found["monster"] == "unicorn-of-doom"


def test_a_horde_is_bounded(server: ServerProcess, char_id: int) -> None:
    met = [{"monster": "rat", "count": 21}]
    found = refused(server, char_id, "combat.start", {"monsters": met}, "too_many_monsters")
    assert (found["asked"], found["most"]) == (21, 20)
