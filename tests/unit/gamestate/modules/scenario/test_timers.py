"""Timers: in the session, so that nothing that restarts can stop them."""

from __future__ import annotations

import pytest

from tests.unit.gamestate.modules.scenario.player import Player
from tests.unit.gamestate.modules.scenario.tale import END, choice, effect, place, tale

NODES = {
    "hall": place(choice("wait", "bomb"), choice("leave", "end")),
    "bomb": place(choice("cut", "safe"), timer={"after_s": 30, "to": "bang"}),
    "bang": place(
        choice("on", "end"),
        enter=[
            effect("vitals", changes={"hp": -40}),
            effect("add", variable="bangs", points=1),
        ],
    ),
    "safe": place(choice("on", "end")),
    "end": END,
}


@pytest.fixture
def player() -> Player:
    """Beside the bomb, at 1,000 s."""
    player = Player(tale(NODES, variables={"bangs": 0}))
    player.starts()
    player.chooses("wait")
    return player


def test_the_view_says_how_much_time_is_left(player: Player) -> None:
    player.now_s += 12.5
    assert player.does("view")["timer"] == {"remaining_s": 17.5}


def test_the_session_says_when_it_wants_to_be_woken(player: Player) -> None:
    assert player.module.wakes_at(player.session) == 1_030.0
    player.chooses("cut")
    assert player.module.wakes_at(player.session) is None


def test_when_the_time_is_up_the_scenario_goes_on_by_itself(player: Player) -> None:
    player.waits(30)
    assert (player.session.node, player.core.vitals["hp"]["cur"]) == ("bang", 60)
    assert player.module.wakes_at(player.session) is None


def test_being_woken_too_early_or_twice_does_nothing(player: Player) -> None:
    before = player.session
    player.wakes()
    assert player.session is before
    player.waits(30)
    player.wakes()
    assert player.does("view")["variables"] == {"bangs": 1}


def test_a_choice_that_comes_too_late_is_not_taken(player: Player) -> None:
    player.now_s += 30
    reply = player.chooses("cut")
    assert (reply["node"], reply["expired"]) == ("bang", True)


def test_a_choice_in_time_stops_the_timer(player: Player) -> None:
    player.now_s += 29.9
    assert player.chooses("cut")["node"] == "safe"
    player.now_s += 60
    player.wakes()
    assert player.session.node == "safe"


def test_a_timer_runs_on_through_a_restart(player: Player) -> None:
    player.restarts()
    assert player.module.wakes_at(player.module.restore_session(player.redis, 1)) == 1_030.0


def test_in_a_fight_the_timer_waits(player: Player) -> None:
    player.goes("combat")
    player.waits(60)
    assert player.session.node == "bomb"
    player.goes("scenario")
    assert player.chooses("cut")["node"] == "bang"


def test_a_node_may_have_nothing_but_a_timer() -> None:
    nodes = {
        "night": {"text": "You wait.", "timer": {"after_s": 5, "to": "day"}},
        "day": place(choice("on", "end")),
        "end": END,
    }
    player = Player(tale(nodes))
    assert player.starts()["choices"] == []
    player.waits(5)
    assert player.session.node == "day"


def test_what_is_over_wants_no_waking(player: Player) -> None:
    player.does("abandon")
    assert player.module.wakes_at(player.session) is None
