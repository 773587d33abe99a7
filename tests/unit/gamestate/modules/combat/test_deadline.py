"""The deadline of a turn: characters that do nothing, for a while or for good."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.gamestate.modules.combat.world import START_S, Player


def expires(player: Player) -> None:
    """The character does nothing until the server wakes the fight."""
    at_s = player.combat.wakes_at(player.session)
    assert at_s is not None
    player.now_s = at_s
    player.wakes()


def test_a_fight_wakes_when_the_turn_expires(player: Player) -> None:
    player.fights("golem")
    assert player.combat.wakes_at(player.session) == START_S + 30


def test_every_turn_has_a_deadline_of_its_own(player: Player) -> None:
    player.fights("golem")
    player.now_s += 12.5
    player.acts()
    assert player.session.deadline_s == START_S + 42.5


def test_looking_does_not_put_the_deadline_off(player: Player) -> None:
    player.fights("golem")
    player.now_s += 10
    assert player.does("view")["deadline_s"] == START_S + 30


def test_a_turn_that_expires_is_spent_defending(player: Player) -> None:
    player.fights("golem")
    before = len(player.session.log)
    expires(player)
    shown = [(one["actor"], one["action"], one["result"]) for one in player.session.log[before:]]
    assert shown[:2] == [("hero", "expire", "lingers"), ("hero", "defend", "defending")]
    assert shown[2][0] == "m1"
    assert player.session.deadline_s == START_S + 60


def test_waking_too_early_does_nothing_but_set_the_timer_again(player: Player) -> None:
    player.fights("golem")
    before = player.session
    player.now_s += 29.999
    player.wakes()
    assert player.session is before
    assert player.turn.touched == {"combat": ("fight",)}


def test_waking_without_a_fight_does_nothing(player: Player) -> None:
    player.wakes()
    player.fights("rat")
    player.fights_on()
    assert player.combat.wakes_at(player.session) is None
    player.wakes()
    assert player.turn.touched == {}


@pytest.mark.parametrize(
    ("outcome", "hp_left"), [("fled", True), ("ended", True), ("defeat", False)]
)
def test_an_absent_characters_fight_is_resolved(outcome: str, hp_left: bool) -> None:
    player = Player(offline_turns=3, offline_outcome=outcome)
    player.fights("golem")
    expires(player)
    expires(player)
    assert not player.session.over
    expires(player)
    assert player.session.outcome == outcome
    assert (player.hp > 0) is hp_left
    assert player.state.core.state == "exploration"
    assert player.turn.backup


def test_a_scenario_is_told_how_an_absent_characters_fight_was_resolved() -> None:
    player = Player(offline_turns=1)
    player.does("scenario.ambush", monster="golem")
    expires(player)
    assert (player.tale, player.state.core.state) == (("fled",), "scenario")


def test_an_absent_character_may_go_on_defending_to_the_end() -> None:
    player = Player(offline_turns=1, offline_outcome="defend", max_rounds=20)
    player.fights("golem")
    while not player.session.over:
        expires(player)
    assert (player.session.outcome, player.session.round) == ("ended", 20)


def test_who_acts_again_is_not_absent() -> None:
    player = Player(offline_turns=2)
    player.fights("golem")
    for _ in range(3):
        expires(player)
        player.acts("pass")
    assert not player.session.over


def test_a_refused_action_does_not_count_as_one() -> None:
    player = Player(offline_turns=2)
    player.fights("golem")
    expires(player)
    with pytest.raises(Exception, match="nobody"):
        player.acts("attack", target="nobody")
    expires(player)
    assert player.session.outcome == "fled"


def test_who_is_killed_from_outside_is_defeated_when_the_turn_expires(player: Player) -> None:
    player.fights("golem")
    player.has_hp(0)
    expires(player)
    assert player.session.outcome == "defeat"


def test_a_game_without_deadlines_waits_for_ever() -> None:
    settings: dict[str, Any] = {"turn_deadline_s": 0}
    player = Player(**settings)
    player.fights("golem")
    assert player.combat.wakes_at(player.session) is None
    player.now_s += 1e6
    player.wakes()
    assert player.turn.touched == {}


def test_the_deadline_survives_a_restart(player: Player) -> None:
    player.fights("golem")
    player.restarts()
    assert player.combat.wakes_at(player.session) == START_S + 30
