"""Fights whose character is away: how they end, and that the end is seen."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.modules.combat.refusals import NoFightError
from tests.unit.gamestate.modules.combat.test_deadline import expires
from tests.unit.gamestate.modules.combat.world import Player

TURN_S = 30.0


def away(**settings: Any) -> Player:
    """A character whose fight ended while it did nothing."""
    player = Player(offline_turns=1, **settings)
    player.fights("golem")
    expires(player)
    assert player.session.over
    return player


# ------------------------------------------------------------------ the end that nobody saw


@pytest.mark.parametrize("outcome", ["fled", "defeat", "ended"])
def test_a_fight_that_ended_unseen_shows_how(outcome: str) -> None:
    player = away(offline_outcome=outcome)
    reply = player.does("view")
    assert (reply["over"], reply["outcome"]) == (True, outcome)
    assert [one["action"] for one in reply["log"]][-2:] == ["expire", "end"]
    assert player.does("view") == reply


def test_who_was_killed_while_away_sees_by_whom() -> None:
    player = Player(offline_outcome="defend")
    player.fights("ogre", count=5)
    player.has_hp(1)
    while not player.session.over:
        expires(player)
    reply = player.does("view")
    assert reply["outcome"] == "defeat"
    assert any(one.get("hp", {}).get("cur") == 0 for one in reply["log"] if one.get("target"))


def test_it_shows_that_after_a_backup_and_wherever_it_is_restored_from() -> None:
    player = away()
    shown = player.does("view")
    player.is_saved()
    assert player.does("view") == shown
    player.restarts()
    assert player.does("view") == shown
    player.loses_redis()
    assert player.does("view") == shown


def test_it_shows_that_also_if_it_had_left_the_memory() -> None:
    player = away()
    shown = player.does("view")
    player.is_saved()
    player.forgets_the_fight()
    assert player.does("view") == shown


def test_it_is_no_fight_any_more_for_all_that() -> None:
    player = away()
    assert not player.combat.shown(player.session)
    for command, payload in (("act", {"action": "attack"}), ("end", {})):
        with pytest.raises(NoFightError):
            player.does(command, **payload)


def test_it_is_shown_until_it_is_acknowledged() -> None:
    player = away()
    shown = player.does("view")
    player.is_saved()
    assert player.does("acknowledge") == shown
    for command in ("view", "acknowledge"):
        with pytest.raises(NoFightError):
            player.does(command)
    session_id = player.state.sessions["combat"].session_id
    player.is_saved()
    assert "combat" not in player.state.sessions
    assert player.stores.cold[session_id][1] is False
    with pytest.raises(NoFightError):
        player.does("view")


@pytest.mark.parametrize("saved", [False, True])
def test_it_is_shown_until_the_next_fight_begins(saved: bool) -> None:
    player = away()
    first = player.state.sessions["combat"].session_id
    if saved:
        player.is_saved()
    second = player.fights("rat")
    assert player.does("view") == second
    player.is_saved()
    assert [live for _, live in player.stores.cold.values()] == [False, True]
    assert min(player.stores.log[first]) == 1


def test_a_fight_that_the_character_ended_itself_needs_no_acknowledging(player: Player) -> None:
    player.fights("rat")
    with pytest.raises(NoFightError):
        player.does("acknowledge")
    player.fights_on()
    with pytest.raises(NoFightError):
        player.does("acknowledge")


# ------------------------------------------------------------------ logged out


def logged_out(turns_s: float, **settings: Any) -> Player:
    """A character that logged out of a fight, and for how many turns' time."""
    player = Player(**settings)
    player.fights("golem")
    player.leaves()
    player.restarts()
    player.now_s += turns_s * TURN_S
    return player


def test_who_logs_out_for_a_moment_misses_nothing() -> None:
    player = logged_out(0.9)
    player.wakes()
    assert player.acts()["log"][-1]["round"] == player.session.round
    assert player.session.expired == 0
    assert not player.session.left


def test_who_is_logged_out_defends_in_every_turn_it_misses() -> None:
    player = logged_out(2.5, offline_turns=5)
    player.wakes()
    missed = [one["turns"] for one in player.session.log if one["action"] == "expire"]
    assert missed == [1, 2]
    assert not player.session.over


@pytest.mark.parametrize("outcome", ["fled", "defeat", "ended"])
def test_who_is_logged_out_for_too_long_finds_the_fight_resolved(outcome: str) -> None:
    player = logged_out(1_000, offline_outcome=outcome)
    player.wakes()
    assert player.does("view")["outcome"] == outcome
    reported = [one["result"] for one in player.session.log if one["action"] == "expire"]
    assert reported == ["lingers", "lingers", "absent"]


def test_who_defends_for_ever_does_so_to_the_end_of_the_fight() -> None:
    player = logged_out(1e6, offline_outcome="defend", max_rounds=12)
    player.wakes()
    assert (player.session.outcome, player.session.round) == ("ended", 12)


def test_who_acts_before_the_server_wakes_the_fight_is_told_what_was_missed() -> None:
    player = logged_out(1_000)
    reply = player.acts("attack")
    assert (reply["expired"], reply["outcome"]) == (True, "fled")
    assert all(one["action"] != "attack" for one in reply["log"] if one["actor"] == "hero")
    with pytest.raises(NoFightError):
        player.does("view")


def test_who_is_back_may_act_in_time_again() -> None:
    player = logged_out(1.5)
    player.acts("attack")
    reply = player.acts("attack")
    assert "expired" not in reply
    assert any(one["action"] == "attack" for one in reply["log"] if one["actor"] == "hero")


def test_who_was_back_is_not_punished_when_the_server_is_down() -> None:
    player = logged_out(0.5)
    player.acts("pass")
    player.now_s += 1_000 * TURN_S
    player.wakes()
    assert (player.session.expired, player.session.over) == (1, False)


def test_logging_out_without_a_fight_changes_nothing(player: Player) -> None:
    player.fights("rat")
    player.fights_on()
    before = player.state
    player.leaves()
    assert player.state is before
