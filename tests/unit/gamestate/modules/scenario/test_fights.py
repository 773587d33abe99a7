"""A fight in a scenario: entered in one turn, left in another, never a way to get stuck."""

from __future__ import annotations

import pytest

from gamestate.contract.effects import StartFight
from gamestate.errors import InCombatError
from tests.unit.gamestate.modules.scenario.player import Player
from tests.unit.gamestate.modules.scenario.tale import END, choice, effect, place, tale

FIGHT = {
    "monsters": [{"monster": "rat", "count": 3}, {"monster": "wolf"}],
    "victory": "won",
    "defeat": "lost",
    "fled": "away",
}
NODES = {
    "hall": place(choice("fight", "cellar"), choice("leave", "end")),
    "cellar": {"text": "Rats.", "fight": FIGHT},
    "won": place(choice("on", "end", when="outcome == 'victory'"), choice("stay", "won")),
    "lost": place(choice("on", "end"), enter=[effect("vitals", changes={"hp": 1})]),
    "away": {"goto": "hall"},
    "end": END,
}


@pytest.fixture
def player() -> Player:
    """In the fight."""
    player = Player(tale(NODES))
    player.starts()
    return player


def test_entering_the_node_starts_the_fight(player: Player) -> None:
    reply = player.chooses("fight")
    assert player.arena.fights == [
        StartFight((("rat", 3), ("wolf", 1)), seed=None, came_from="scenario")
    ]
    assert player.core.state == "combat"
    assert (reply["text"], reply["fighting"], reply["choices"]) == ("Rats.", True, [])


@pytest.mark.parametrize(
    ("outcome", "node"),
    [
        ("victory", "won"),
        ("defeat", "lost"),
        ("fled", "hall"),
        ("ended", "hall"),
        ("unheard-of", "hall"),
    ],
)
def test_the_outcome_leads_on_in_the_turn_that_ends_the_fight(
    player: Player, outcome: str, node: str
) -> None:
    player.chooses("fight")
    player.fights(outcome)
    assert (player.session.node, player.session.fighting) == (node, False)
    assert player.session.outcome == outcome
    assert player.core.state == "scenario"


def test_conditions_read_the_outcome(player: Player) -> None:
    player.chooses("fight")
    player.fights("victory")
    assert player.chooses("on")["over"]


def test_a_fight_that_is_over_as_soon_as_it_began_is_answered_with_where_that_led(
    player: Player,
) -> None:
    player.arena.ends_at_once = "defeat"
    reply = player.chooses("fight")
    assert (reply["node"], reply["fighting"]) == ("lost", False)
    assert [one["id"] for one in reply["choices"]] == ["on"]


def test_who_has_no_hit_points_left_has_lost_before_it_began(player: Player) -> None:
    player.suffers(hp=0)
    reply = player.chooses("fight")
    assert player.arena.fights == []
    assert (reply["node"], reply["text"]) == ("lost", "Rats.\n\nA place.")
    assert player.session.outcome == "defeat"


def test_an_end_behind_a_fight_lets_the_character_go() -> None:
    nodes = {
        "cellar": {"text": "Rats.", "fight": FIGHT | dict.fromkeys(("victory", "fled"), "end")},
        "lost": END,
        "end": END,
    }
    player = Player(tale(nodes))
    player.starts()
    assert player.core.state == "combat"
    player.fights("victory")
    assert player.session.over
    assert player.core.state == "exploration"


def test_a_fight_that_the_scenario_did_not_start_does_not_move_it(player: Player) -> None:
    before = player.session
    player.sends("combat.start")
    player.fights("victory")
    assert player.session is before
    assert player.core.state == "scenario"


def test_a_fight_that_got_lost_counts_as_ended(player: Player) -> None:
    player.chooses("fight")
    player.goes("exploration")  # its session is nowhere: the server drops it
    reply = player.chooses("anything")
    assert (reply["node"], player.session.outcome) == ("hall", "ended")
    assert player.core.state == "scenario"


def test_a_fight_can_not_be_abandoned_by_way_of_the_scenario(player: Player) -> None:
    player.chooses("fight")
    with pytest.raises(InCombatError):
        player.does("abandon")


def test_a_fight_whose_scenario_is_over_leaves_the_character_free(player: Player) -> None:
    player.chooses("fight")
    player.goes("exploration")
    player.does("abandon")
    player.goes("combat")
    player.fights("victory")
    assert player.core.state == "exploration"
