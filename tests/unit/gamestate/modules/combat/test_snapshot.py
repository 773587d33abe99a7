"""What Postgres holds of a fight: the document, the whole log, and the fights before."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from attrs import evolve

from gamestate.contract.module import Snapshot
from persistence.records import DocumentSection, StoredDocument
from tests.unit.gamestate.modules.combat.world import Player


def section(player: Player, *touched: str) -> DocumentSection:
    """A backup of these parts, of all if none is named."""
    session = player.state.sessions["combat"]
    made = player.combat.backup_session(session.session_id, session.data, touched or None)
    assert isinstance(made, DocumentSection)
    return made


def test_a_fight_that_goes_on_is_live(player: Player) -> None:
    player.fights("rat")
    assert section(player).live


def test_a_fight_that_is_over_is_history(player: Player) -> None:
    player.fights("rat")
    player.fights_on()
    made = section(player)
    assert (made.live, orjson.loads(made.data)["parts"]["fight"]["outcome"]) == (False, "victory")


def test_a_session_that_is_gone_ends_what_was_live(player: Player) -> None:
    assert player.combat.backup_session("", None, None) == DocumentSection(None)


def test_a_document_gives_the_fight_back(player: Player) -> None:
    player.fights("snake", "golem")
    player.acts()
    document = StoredDocument("s", section(player).data)
    assert player.combat.load_session(Snapshot(1, document=document)) == player.session


def test_there_is_no_fight_where_none_is_stored(player: Player) -> None:
    assert player.combat.load_session(Snapshot(1)) is None


def test_the_log_is_appended_entry_by_entry(player: Player) -> None:
    player.fights("golem")
    everything = section(player)
    assert [n for n, _ in everything.appended] == list(range(1, player.session.log_next))
    player.acts()
    (entry,) = section(player, "fight", "log:2").appended
    assert (entry[0], orjson.loads(entry[1])) == (2, player.session.log[1])


def test_the_document_of_the_next_fight_comes_with_that_of_the_last(player: Player) -> None:
    first = player.fights("rat")["session_id"]
    player.fights_on()
    log = list(player.session.log)
    player.fights("golem")
    (earlier,) = section(player).earlier
    assert (earlier.session_id, earlier.live) == (first, False)
    assert [orjson.loads(entry) for _, entry in earlier.appended] == log


def test_fights_that_postgres_has_are_not_carried_on(player: Player) -> None:
    player.fights("rat")
    player.fights_on()
    player.fights("golem")
    player.is_saved()
    player.acts()
    assert player.session.past == ()
    assert not any(part.startswith("past:") for part in player.stores.hot[_id(player)])


def test_a_last_fight_that_postgres_has_is_not_carried_at_all(player: Player) -> None:
    player.fights("rat")
    player.fights_on()
    saved = evolve(player.state.sessions["combat"], dirty=False)
    player.state = evolve(player.state, sessions={**player.state.sessions, "combat": saved})
    player.fights("golem")
    assert player.session.past == ()


def test_the_fights_of_an_evening_without_postgres_are_all_kept(player: Player) -> None:
    ids = []
    for seed in range(3):
        player.has_hp(100)
        ids.append(player.fights("rat", seed=seed)["session_id"])
        player.fights_on()
        player.restarts()
    assert [one.session_id for one in player.session.past] == ids[:2]
    player.is_saved()
    assert {key: live for key, (_, live) in player.stores.cold.items()} == dict.fromkeys(ids, False)
    assert set(player.stores.log) == set(ids)


@pytest.mark.parametrize(
    "data",
    [
        b"null",
        b"{}",
        b'{"schema":1,"parts":[]}',
        b'{"schema":1,"parts":{}}',
        b'{"schema":2,"parts":{}}',
        b'{"schema":1,"parts":{},"more":1}',
        b"{",
    ],
)
def test_what_is_no_fight_is_refused(player: Player, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        player.combat.load_session(Snapshot(1, document=StoredDocument("s", data)))


def _id(player: Player) -> Any:
    return player.state.sessions["combat"].session_id
