"""The quest of the starter pack with real fights in it."""

from __future__ import annotations

import pytest

from gamestate.content.catalogue import Catalogue, load
from gamestate.content.monsters import MonsterGateway
from gamestate.contract.settings import ModuleSettings
from gamestate.modules.combat.orchestrator import CombatOrchestrator
from tests.unit.gamestate.modules.scenario.player import Player


@pytest.fixture(scope="module")
def starter() -> Catalogue:
    return load()


@pytest.fixture
def player(starter: Catalogue) -> Player:
    """Before the drowned, with the spear from the inn in hand."""
    fights = CombatOrchestrator(ModuleSettings(monsters=MonsterGateway(starter.monsters)))
    player = Player(*starter.scenarios.values(), items=starter, combat=fights)
    player.starts("drowned-bell")
    player.chooses("spear")
    (spear,) = player.state.sessions["inventory"].data.items
    player.sends("inventory.equip", item_id=spear)
    player.chooses("set-out", "door", "grope")
    return player


def fight(player: Player, action: str = "attack", most: int = 200) -> None:
    """Until it is over."""
    for _ in range(most):
        if player.core.state != "combat":
            return
        player.sends("combat.act", action=action)
    raise AssertionError("it does not end")


def test_a_fight_leads_on_in_the_turn_of_its_last_blow(player: Player) -> None:
    assert player.chooses("strike")["fighting"]
    fight(player)
    expected = {"victory": "stair", "defeat": "washed-up"}
    assert player.session.node == expected[player.session.outcome]
    assert player.core.state == "scenario"
    assert player.core.vitals["hp"]["cur"] > 0


def test_who_flees_stands_on_the_mud(player: Player) -> None:
    player.chooses("strike")
    fight(player, "flee")
    assert (player.session.node, player.core.state) == ("mud", "scenario")


def test_who_is_slain_is_washed_ashore_in_the_scenario(player: Player) -> None:
    player.suffers(hp=6)
    player.chooses("strike")
    fight(player, "defend")
    assert (player.session.node, player.core.state) == ("washed-up", "scenario")
    assert player.core.vitals["hp"]["cur"] == 10


def test_an_operator_gets_everybody_out(player: Player) -> None:
    player.chooses("strike")
    player.sends("combat.end")
    assert (player.session.node, player.session.outcome) == ("mud", "ended")


def test_one_fight_can_follow_another(player: Player) -> None:
    player.chooses("strike")
    fight(player, "flee")
    first = player.state.sessions["combat"].session_id
    player.chooses("again", "grope", "strike")
    assert player.state.sessions["combat"].session_id != first
    fight(player, "flee")
    assert player.session.node == "mud"
