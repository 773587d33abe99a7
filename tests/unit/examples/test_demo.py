"""The tour goes where the starter pack lets it go."""

import pytest

from examples.demo import FOES, KIT, QUEST, TO_THE_END, TO_THE_TORCH, DemoFailedError, check
from gamestate.content.catalogue import load


def test_the_quest_of_the_tour_comes_to_an_end() -> None:
    quest = load().scenarios[QUEST]
    node = quest.nodes[quest.start]
    for name in (*TO_THE_TORCH, *TO_THE_END):
        choice = node.choice(name)
        assert choice is not None, name
        node = quest.nodes[choice.to]
    assert node.end is not None


def test_the_tour_fights_and_wears_what_there_is() -> None:
    catalogue = load()
    assert {str(foe["monster"]) for foe in FOES} <= catalogue.monsters.keys()
    assert set(KIT) <= catalogue.items.keys()


def test_a_promise_that_does_not_hold_ends_the_tour() -> None:
    check("this holds", holds=True)
    with pytest.raises(DemoFailedError, match="nothing is lost"):
        check("nothing is lost", holds=False)
