"""The log: bounded in the live session, complete in Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from tests.unit.gamestate.modules.combat.world import Player


def fighter(**settings: Any) -> Player:
    """In a long fight."""
    player = Player(**settings)
    player.has_hp(1000, 1000)
    player.fights("golem")
    return player


def test_only_the_latest_entries_stay_in_the_session() -> None:
    player = fighter(log_kept=10)
    for _ in range(20):
        player.acts()
        player.is_saved()
    assert 10 <= len(player.session.log) <= 12
    parts = [part for part in player.stores.hot[_id(player)] if part.startswith("log:")]
    assert len(parts) == len(player.session.log)


def test_a_client_sees_no_more_than_that() -> None:
    player = fighter(log_kept=10)
    for _ in range(20):
        player.acts()
    newest = player.session.log_next - 10
    for asked in ({}, {"log_from": 1}):
        reply = player.does("view", **asked)
        assert numbers(reply) == list(range(newest, player.session.log_next))
        assert reply["log_from"] == newest


def test_an_answer_has_what_happened_since_the_character_last_acted() -> None:
    player = fighter()
    seen = player.session.log_next
    for _ in range(3):
        reply = player.acts()
        assert numbers(reply) == list(range(seen, player.session.log_next))
        assert reply["log_from"] == seen
        seen = player.session.log_next
        player.restarts()


def test_what_happened_while_the_character_did_nothing_comes_with_the_next_answer() -> None:
    player = fighter()
    seen = player.session.log_next
    player.now_s += 31
    player.wakes()
    player.does("view")
    reply = player.acts("pass")
    assert numbers(reply) == list(range(seen, player.session.log_next))
    assert [one["action"] for one in reply["log"] if one["actor"] == "hero"] == [
        "expire",
        "defend",
        "pass",
    ]


def test_a_fight_that_a_scenario_began_is_told_from_its_beginning() -> None:
    player = Player()
    player.does("scenario.ambush", monster="golem")
    reply = player.acts()
    assert (reply["log_from"], reply["log"][0]["action"]) == (1, "start")


def test_an_answer_is_bounded_and_shows_that_something_is_missing() -> None:
    player = fighter(log_shown=4)
    seen = player.session.log_next
    for _ in range(2):
        player.now_s += 31
        player.wakes()
    reply = player.acts()
    assert numbers(reply) == list(range(player.session.log_next - 4, player.session.log_next))
    assert reply["log_from"] > seen


def test_what_is_missing_can_be_asked_for_piece_by_piece() -> None:
    player = fighter(log_shown=4)
    for _ in range(10):
        player.acts()
    read: list[int] = []
    while (at := len(read) + 1) < player.session.log_next:
        reply = player.does("view", log_from=at)
        assert reply["log_from"] == at
        read += numbers(reply)
    assert read == list(range(1, player.session.log_next))


def test_there_is_nothing_after_the_end_of_the_log() -> None:
    player = fighter()
    reply = player.does("view", log_from=2**53 - 1)
    assert (reply["log"], reply["log_from"]) == ([], player.session.log_next)


def test_what_a_client_sees_does_not_depend_on_what_is_saved() -> None:
    saved, unsaved = fighter(log_kept=6), fighter(log_kept=6)
    for _ in range(10):
        assert saved.acts()["log"] == unsaved.acts()["log"]
        saved.is_saved()


def test_an_entry_that_postgres_lacks_is_not_let_go_of() -> None:
    player = fighter(log_kept=10)
    for _ in range(30):
        player.acts()
    assert player.session.log[0]["n"] == 1
    player.is_saved()
    player.acts()
    assert len(player.session.log) <= 12


def test_a_backup_is_asked_for_when_half_of_the_bound_is_not_saved() -> None:
    player = fighter(log_kept=20)
    player.is_saved()
    asked: list[bool] = []
    while not any(asked):
        player.acts()
        asked.append(player.turn.backup)
    unsaved = player.session.log_next - player.session.saved_to
    assert 10 <= unsaved <= 12


def test_postgres_has_every_entry_in_the_end() -> None:
    player = fighter(log_kept=5, max_rounds=40)
    seen = {one["n"]: one for one in player.session.log}
    while not player.session.over:
        seen |= {one["n"]: one for one in player.acts()["log"]}
        seen |= {one["n"]: one for one in player.session.log}
        if player.session.round % 7 == 0:
            player.is_saved()
    session_id = _id(player)
    player.is_saved()
    kept = {n: orjson.loads(entry) for n, entry in player.stores.log[session_id].items()}
    assert kept == seen
    assert sorted(kept) == list(range(1, len(kept) + 1))


def numbers(reply: Mapping[str, Any]) -> list[int]:
    return [one["n"] for one in reply["log"]]


def _id(player: Player) -> str:
    return player.state.sessions["combat"].session_id
