"""A scenario that changes under those who play it: they go on or get a refusal; none is reset."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.content.scenarios.templates import Scenario
from gamestate.modules.scenario.refusals import ScenarioChangedError
from tests.unit.gamestate.modules.scenario.player import Player, shown
from tests.unit.gamestate.modules.scenario.tale import END, choice, effect, place, tale

FIGHT = {"monsters": [{"monster": "rat"}], "victory": "room", "defeat": "end", "fled": "end"}


def old() -> Scenario:
    nodes = {
        "hall": place(choice("on", "room"), choice("fight", "pit"), choice("wait", "bomb")),
        "room": place(choice("on", "end"), choice("back", "hall"), text="The old room."),
        "pit": {"text": "Rats.", "fight": FIGHT},
        "bomb": place(choice("back", "hall"), timer={"after_s": 30, "to": "end"}),
        "end": END,
    }
    return tale(nodes, variables={"coins": 3, "mood": "calm", "gone": True})


def new(migrations: dict[str, Any] | None = None, **nodes: Any) -> Scenario:
    nodes = {
        "hall": place(choice("on", "chamber"), choice("fight", "pit")),
        "chamber": place(
            choice("on", "end"),
            choice("sing", "end"),
            text="The new chamber.",
            enter=[effect("add", variable="coins", points=100)],
        ),
        "pit": {"text": "Rats.", "fight": FIGHT | {"victory": "chamber"}},
        "end": END,
        **nodes,
    }
    kinds = {"coins": 0, "mood": False, "fresh": 7}
    return tale(nodes, variables=kinds, migrations=migrations or {})


@pytest.fixture
def player() -> Player:
    """In the room of the old version."""
    player = Player(old())
    player.starts()
    player.chooses("on")
    return player


def test_without_a_migration_a_session_goes_on_with_the_version_it_began_with(
    player: Player,
) -> None:
    view = player.does("view")
    player.scenarios.replace({"tale": new()})
    assert player.does("view") == view
    assert player.chooses("back")["version"] == old().version


def test_a_session_goes_on_with_its_version_when_the_scenario_is_withdrawn(player: Player) -> None:
    player.scenarios.replace({})
    assert player.chooses("on")["over"]


def test_new_sessions_begin_with_the_new_version(player: Player) -> None:
    player.scenarios.replace({"tale": new()})
    player.does("abandon")
    assert player.starts()["version"] == new().version


def test_a_declared_migration_moves_the_session_and_enters_nothing(player: Player) -> None:
    story = new({old().version: {"room": "chamber"}})
    player.restarts(story)
    reply = player.does("view")
    assert (reply["node"], reply["text"]) == ("chamber", "The old room.")
    assert reply["version"] == story.version
    assert shown(reply) == {"on": True, "sing": True}
    assert reply["variables"] == {"coins": 3, "mood": False, "fresh": 7}
    assert player.chooses("sing")["over"]
    assert player.session.visits == {"hall": 1, "chamber": 1, "end": 1}


def test_a_migration_goes_before_the_old_version_even_where_that_is_still_known(
    player: Player,
) -> None:
    player.scenarios.replace({"tale": new({old().version: {"room": "chamber"}})})
    assert player.does("view")["node"] == "chamber"


def test_a_node_that_a_migration_does_not_name_keeps_its_name() -> None:
    player = Player(old())
    player.starts()
    player.restarts(new({old().version: {}}))
    assert player.chooses("on")["node"] == "chamber"


def test_after_a_restart_with_another_version_nothing_is_guessed(player: Player) -> None:
    before = player.session
    hall = place(choice("on", "room"), choice("fight", "pit"))
    room = place(choice("on", "chamber"), text="A room of the same name.")
    player.restarts(new(hall=hall, room=room))
    with pytest.raises(ScenarioChangedError) as caught:
        player.chooses("on")
    assert caught.value.facts == {"scenario": "tale", "version": old().version}
    assert player.session is before


def test_a_changed_scenario_can_be_seen_and_abandoned(player: Player) -> None:
    player.restarts(new())
    reply = player.does("view")
    assert (reply["node"], reply["text"], reply["choices"]) == ("room", "The old room.", [])
    assert (reply["changed"], reply["name"]) == (True, None)
    assert reply["variables"] == {"coins": 3, "mood": "calm", "gone": True}
    assert player.does("abandon")["over"]
    assert player.core.state == "exploration"


def test_a_migration_to_where_the_session_can_not_be_is_none(player: Player) -> None:
    player.restarts(new({old().version: {"room": "pit"}}))
    with pytest.raises(ScenarioChangedError):
        player.chooses("on")


def test_a_fight_goes_on_in_the_new_version() -> None:
    player = Player(old())
    player.starts()
    player.chooses("fight")
    player.restarts(new({old().version: {}}))
    player.fights("victory")
    assert (player.session.node, player.session.variables["coins"]) == ("chamber", 103)


def test_a_fight_whose_scenario_changed_can_end_all_the_same() -> None:
    player = Player(old())
    player.starts()
    player.chooses("fight")
    player.restarts(new())
    player.fights("victory")
    assert player.core.state == "scenario"
    reply = player.does("view")
    assert (reply["node"], reply["fighting"], reply["changed"]) == ("pit", False, True)
    player.does("abandon")
    assert player.core.state == "exploration"


def test_a_fight_that_ended_without_its_scenario_leads_on_when_that_is_back() -> None:
    player = Player(old())
    player.starts()
    player.chooses("fight")
    player.restarts(new())
    player.fights("victory")
    player.restarts(old())
    assert player.chooses("on")["node"] == "room"


def test_a_timer_whose_scenario_changed_does_nothing() -> None:
    player = Player(old())
    player.starts()
    player.chooses("wait")
    player.restarts(new())
    before = player.session
    player.waits(30)
    assert player.session is before


def test_a_timer_that_the_new_version_does_not_have_is_gone() -> None:
    player = Player(old())
    player.starts()
    player.chooses("wait")
    player.restarts(new({old().version: {"bomb": "hall"}}))
    player.waits(30)
    assert player.does("view")["timer"] is None
    assert player.chooses("on")["node"] == "chamber"


def test_a_timer_goes_on_to_where_the_new_version_says() -> None:
    player = Player(old())
    player.starts()
    player.chooses("wait")
    bomb = place(choice("back", "hall"), timer={"after_s": 9, "to": "chamber"})
    hall = place(choice("on", "chamber"), choice("fight", "pit"), choice("wait", "bomb"))
    player.restarts(new({old().version: {}}, hall=hall, bomb=bomb))
    player.waits(29.5)
    assert player.session.node == "bomb"
    player.waits(0.5)
    assert player.session.node == "chamber"
