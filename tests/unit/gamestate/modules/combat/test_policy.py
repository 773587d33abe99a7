"""How monsters decide, and whose decision it is."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from attrs import evolve

from gamestate.content.dice import RandomStream
from gamestate.errors import ConfigurationError
from gamestate.modules.combat import extensions
from gamestate.modules.combat.actions import Action, Attack, Flee, Pass
from gamestate.modules.combat.dto import Fighter
from gamestate.modules.combat.policy import Instinct, Situation
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.stream import CountedStream
from tests.unit.gamestate.modules.combat import world
from tests.unit.gamestate.modules.combat.arena import LoadedDice, blow, foe
from tests.unit.gamestate.modules.combat.world import Player


def decides(me: Fighter, *dice: int, enemies: tuple[Fighter, ...] = ()) -> Action:
    """What instinct says; every die is cast."""
    loaded = LoadedDice(*dice)
    situation = Situation(1, me, enemies or (world.hero(),), ())
    action = Instinct().decide(situation, loaded)
    assert loaded.left == []
    return action


def test_a_healthy_monster_attacks() -> None:
    me = foe()
    assert decides(me) == Attack("hero", me.nature.blows[0])


def test_who_is_nearly_dead_flees_if_it_loses_heart() -> None:
    assert decides(foe(hp=14, max_hp=100), 9) == Flee()


def test_who_is_nearly_dead_and_brave_fights_on() -> None:
    assert isinstance(decides(foe(hp=14, max_hp=100), 10), Attack)


def test_the_wise_are_braver() -> None:
    assert isinstance(decides(foe(hp=14, max_hp=100, stats={"wisdom": 14}), 8), Attack)


def test_wounds_alone_frighten_nobody() -> None:
    assert isinstance(decides(foe(hp=15, max_hp=100)), Attack)


@pytest.mark.parametrize("creature_type", ["undead", "construct", "ooze", "plant"])
def test_some_know_no_fear(creature_type: str) -> None:
    assert isinstance(decides(foe(hp=1, max_hp=100, creature_type=creature_type)), Attack)


def test_the_weakest_enemy_is_attacked() -> None:
    hero = world.hero()
    weak = evolve(hero, id="squire", hp=3)
    action = decides(foe(), enemies=(hero, weak))
    assert isinstance(action, Attack)
    assert action.target == "squire"


def test_what_hurts_most_is_used_most() -> None:
    me = foe(blows=(blow("1d4"), blow("3d10")))
    stream, used = CountedStream(1), Counter[str]()
    for _ in range(400):
        action = Instinct().decide(Situation(1, me, (world.hero(),), ()), stream)
        assert isinstance(action, Attack)
        assert action.blow is not None
        used[str(action.blow.damage[0].dice)] += 1
    assert used["3d10"] > 5 * used["1d4"] > 0


# ------------------------------------------------------------------ a game's own


class Pacifist:
    """A policy of another package."""

    def decide(self, situation: Situation, random: RandomStream) -> Action:
        """Nothing."""
        return Pass()


def generous() -> Rules:
    """Rules of another package."""
    return Rules(xp=((0, 1_000_000),))


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = __name__
    listed = {
        extensions.POLICIES: [EntryPoint("pacifist", f"{here}:Pacifist", extensions.POLICIES)],
        extensions.RULES: [EntryPoint("generous", f"{here}:generous", extensions.RULES)],
    }
    monkeypatch.setattr(extensions, "entry_points", lambda group: listed[group])


@pytest.mark.usefixtures("_installed")
def test_a_game_registers_its_own_policy_and_rules() -> None:
    player = Player(policy="pacifist", rules="generous")
    player.fights("rat", "wolf", seed=4)
    assert player.hp == 100
    reply = player.fights_on()
    assert (player.hp, reply["xp"]) == (100, 2_000_000)


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    ("setting", "known"), [("policy", "instinct, pacifist"), ("rules", "generous, srd")]
)
def test_a_name_that_nobody_registered_is_refused_with_those_there_are(
    setting: str, known: str
) -> None:
    chosen: dict[str, Any] = {setting: "chess"}
    with pytest.raises(ConfigurationError, match=f"'chess'; there are: {known}"):
        Player(**chosen)
