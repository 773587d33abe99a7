"""What a server has to play with, by name."""

from typing import Any

import orjson
import pytest

from gamestate.content.catalogue import load
from gamestate.content.index import index_of
from gamestate.play.content import Content
from gamestate.play.verbs import NotUnderstoodError

INDEX = orjson.loads(index_of(load(), None).body)
CONTENT = Content(lambda: INDEX)


def test_monsters_come_from_the_weakest_to_the_strongest() -> None:
    challenges = [one["challenge_rating"] for one in CONTENT.monsters]
    assert challenges == sorted(challenges)
    assert [one["monster"] for one in CONTENT.monsters_like("giant RAT")] == ["giant-rat"]


def test_names_become_ids() -> None:
    assert CONTENT.monster("giant rats") == "giant-rat"
    assert CONTENT.item("potion of healing") == "potion-of-healing"
    assert CONTENT.scenario("bell") == "drowned-bell"


def test_what_it_does_not_know_goes_to_the_server_as_an_id() -> None:
    assert CONTENT.monster("Purple Gnome") == "purple-gnome"


def test_a_name_of_several_asks_which() -> None:
    with pytest.raises(NotUnderstoodError, match="Which monster"):
        CONTENT.monster("ancient")


def test_it_knows_what_the_server_has_and_sees_when_that_changes() -> None:
    has: dict[str, Any] = {"monsters": [], "items": [], "scenarios": []}
    content = Content(lambda: has)
    assert content.scenario("gate") == "gate"
    has["scenarios"] = [{"scenario": "the-iron-gate", "name": "The Iron Gate", "about": None}]
    has = dict(has)
    content.renew()
    assert content.scenario("gate") == "the-iron-gate"
