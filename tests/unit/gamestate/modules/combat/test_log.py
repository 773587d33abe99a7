"""The log: bounded in the live session, complete in Postgres."""

from __future__ import annotations

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
        reply = player.acts()
    assert [one["n"] for one in reply["log"]] == list(
        range(player.session.log_next - 10, player.session.log_next)
    )


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


def _id(player: Player) -> str:
    return player.state.sessions["combat"].session_id
