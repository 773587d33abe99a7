"""What the starter pack knows by name."""

import pytest

from gamestate.play.almanac import Almanac
from gamestate.play.verbs import NotUnderstoodError

ALMANAC = Almanac()


def test_monsters_come_from_the_weakest_to_the_strongest() -> None:
    challenges = [one.challenge for one in ALMANAC.monsters]
    assert challenges == sorted(challenges)
    assert [one.id for one in ALMANAC.monsters_like("giant RAT")] == ["giant-rat"]


def test_names_become_ids() -> None:
    assert ALMANAC.monster("giant rats") == "giant-rat"
    assert ALMANAC.item("potion of healing") == "potion-of-healing"
    assert ALMANAC.scenario("bell") == "drowned-bell"


def test_what_it_does_not_know_goes_to_the_server_as_an_id() -> None:
    assert ALMANAC.monster("Purple Gnome") == "purple-gnome"


def test_a_name_of_several_asks_which() -> None:
    with pytest.raises(NotUnderstoodError, match="Which monster"):
        ALMANAC.monster("ancient")
