"""What a server has to play with, by name."""

from typing import Any

import orjson
import pytest

from gamestate.content.catalogue import load
from gamestate.content.index import index_of
from gamestate.play.almanac import Almanac
from gamestate.play.verbs import NotUnderstoodError

INDEX = orjson.loads(index_of(load(), None).body)
ALMANAC = Almanac(lambda: INDEX)


def test_monsters_come_from_the_weakest_to_the_strongest() -> None:
    challenges = [one["challenge_rating"] for one in ALMANAC.monsters]
    assert challenges == sorted(challenges)
    assert [one["monster"] for one in ALMANAC.monsters_like("giant RAT")] == ["giant-rat"]


def test_names_become_ids() -> None:
    assert ALMANAC.monster("giant rats") == "giant-rat"
    assert ALMANAC.item("potion of healing") == "potion-of-healing"
    assert ALMANAC.scenario("bell") == "drowned-bell"


def test_what_it_does_not_know_goes_to_the_server_as_an_id() -> None:
    assert ALMANAC.monster("Purple Gnome") == "purple-gnome"


def test_a_name_of_several_asks_which() -> None:
    with pytest.raises(NotUnderstoodError, match="Which monster"):
        ALMANAC.monster("ancient")


def test_it_knows_what_the_server_has_and_sees_when_that_changes() -> None:
    has: dict[str, Any] = {"monsters": [], "items": [], "scenarios": []}
    almanac = Almanac(lambda: has)
    assert almanac.scenario("gate") == "gate"
    has["scenarios"] = [{"scenario": "the-iron-gate", "name": "The Iron Gate", "about": None}]
    has = dict(has)
    almanac.renew()
    assert almanac.scenario("gate") == "the-iron-gate"
