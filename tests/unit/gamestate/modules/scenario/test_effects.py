"""What choices and nodes do, in one turn with everything else or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.errors import RefusedError
from gamestate.modules.scenario.refusals import ChoiceUnavailableError
from gamestate.structure import MAX_INT
from tests.unit.gamestate.modules.scenario.player import Player, shown
from tests.unit.gamestate.modules.scenario.tale import CATALOGUE, END, choice, effect, place, tale

VARIABLES = {"coins": 3, "lit": False, "mood": "calm"}


def player_with(
    *effects: dict[str, Any], enter: tuple[dict[str, Any], ...] = (), **facts: Any
) -> Player:
    """At a node with the choice `act`, which has these effects and leads to a node with those."""
    nodes = {
        "hall": place(choice("act", "room", effects=list(effects)), choice("leave", "end")),
        "room": place(choice("back", "hall"), choice("leave", "end"), enter=list(enter)),
        "end": END,
    }
    player = Player(
        tale(nodes, **{"variables": VARIABLES, "stats": ["coins"], **facts}), items=CATALOGUE
    )
    player.starts()
    return player


def test_variables_are_set_and_added_to_by_expressions() -> None:
    player = player_with(
        effect("set", variable="coins", to="coins * 10 + stats.strength"),
        effect("add", variable="coins", points="-coins // 4"),
        effect("set", variable="lit", to=True),
        effect("set", variable="mood", to="'calm and rich' if lit else 'dark'"),
    )
    expected = {"coins": 30, "lit": True, "mood": "calm and rich"}
    assert player.chooses("act")["variables"] == expected


def test_numbers_stay_where_every_client_can_read_them() -> None:
    player = player_with(effect("set", variable="coins", to=f"{MAX_INT} * {MAX_INT}"))
    assert player.chooses("act")["variables"]["coins"] == MAX_INT
    player = player_with(effect("add", variable="coins", points=f"-{MAX_INT} - {MAX_INT}"))
    assert player.chooses("act")["variables"]["coins"] == -MAX_INT


def test_the_character_is_moved_hurt_taught_and_changed() -> None:
    player = player_with(
        effect("move", location="attic"),
        effect("vitals", changes={"hp": -30, "mp": -500}),
        effect("stats", changes={"strength": 2, "coins": 5}),
        effect("learn", skill="herbs", level=3),
    )
    player.chooses("act")
    core = player.core
    assert (core.location.current, core.location.prev) == ("attic", "town")
    assert (core.vitals["hp"]["cur"], core.vitals["mp"]["cur"]) == (70, 0)
    assert (core.stats["strength"], core.stats["coins"], core.stats["herbs"]) == (12, 5, 3)


def test_items_are_given_and_taken() -> None:
    player = player_with(effect("take", item="torch", quantity=2), effect("grant", item="sword"))
    player.gets("torch", 3)
    player.chooses("act")
    assert (player.has("torch"), player.has("sword")) == (1, 1)


def test_an_effect_with_a_condition_looks_at_what_those_before_it_did() -> None:
    player = player_with(
        effect("grant", item="torch", when="items('torch') == 0"),
        effect("grant", item="torch", when="items('torch') == 0"),
        effect("set", variable="lit", to="items('torch') == 1"),
    )
    assert player.chooses("act")["variables"]["lit"]
    assert player.has("torch") == 1


def test_a_bag_that_is_full_refuses_the_choice_and_nothing_is_half_done() -> None:
    player = player_with(
        effect("set", variable="coins", to=0),
        effect("vitals", changes={"hp": -50}),
        effect("grant", item="torch"),
        effect("grant", item="sword", quantity=5),
    )
    before = player.state
    with pytest.raises(RefusedError) as caught:
        player.chooses("act")
    assert (caught.value.code, caught.value.facts) == ("bag_full", {"needed": 5, "free": 4})
    assert player.state is before


def test_what_is_refused_on_entering_the_next_node_refuses_the_choice_too() -> None:
    player = player_with(
        effect("set", variable="lit", to=True), enter=(effect("take", item="sword"),)
    )
    before = player.state
    with pytest.raises(RefusedError) as caught:
        player.chooses("act")
    assert caught.value.code == "not_enough"
    assert player.state is before


def test_a_choice_that_takes_what_is_not_there_is_not_available() -> None:
    player = player_with(effect("take", item="torch", quantity=2))
    player.gets("torch", 1)
    act = player.does("view")["choices"][0]
    assert act["why"] == "You have only 1 Torch; it takes 2."
    assert not act["available"]
    with pytest.raises(ChoiceUnavailableError):
        player.chooses("act")
    player.gets("torch", 1)
    assert shown(player.does("view"))["act"]


def test_a_choice_that_costs_more_than_there_is_is_not_available() -> None:
    player = player_with(effect("stats", changes={"coins": -100}))
    assert player.does("view")["choices"][0]["why"] == "You have no coins; it takes 100."
    player.becomes(coins=100)
    player.chooses("act")
    assert player.core.stats["coins"] == 0


@pytest.mark.parametrize(
    ("has", "sentence"),
    [
        (0, "You have no good name; it takes 2."),
        (1, "You have only 1 good name; it takes 2."),
    ],
)
def test_what_is_lacking_is_called_what_the_story_calls_it(has: int, sentence: str) -> None:
    player = player_with(
        effect("stats", changes={"renown": -2}), stats=["renown"], names={"renown": "good name"}
    )
    player.becomes(renown=has)
    assert player.does("view")["choices"][0]["why"] == sentence


def test_who_lacks_the_only_one_is_not_told_how_many_it_takes() -> None:
    player = player_with(effect("take", item="torch"))
    assert player.does("view")["choices"][0]["why"] == "You have no Torch."


def test_what_a_choice_gives_before_it_takes_counts() -> None:
    player = player_with(
        effect("grant", item="torch", quantity=2),
        effect("take", item="torch"),
        effect("stats", changes={"coins": 5}),
        effect("stats", changes={"coins": -3}),
    )
    assert shown(player.does("view"))["act"]
    player.chooses("act")
    assert (player.has("torch"), player.core.stats["coins"]) == (1, 2)


def test_what_is_taken_on_a_condition_does_not_close_the_choice() -> None:
    player = player_with(effect("take", item="torch", when="lit"))
    assert shown(player.does("view"))["act"]
    player.chooses("act")


def test_on_entering_a_node_a_stat_stops_at_its_bounds() -> None:
    player = player_with(enter=(effect("stats", changes={"coins": -50, "wisdom": 999_999}),))
    player.becomes(coins=20)
    player.chooses("act")
    assert (player.core.stats["coins"], player.core.stats["wisdom"]) == (0, 1_000_000)


def test_a_stat_that_a_choice_raises_too_far_is_refused_by_the_core() -> None:
    player = player_with(effect("stats", changes={"wisdom": 999_999}))
    with pytest.raises(RefusedError) as caught:
        player.chooses("act")
    assert caught.value.code == "stat_out_of_range"


def test_a_turn_says_which_parts_it_touched_and_no_more() -> None:
    player = player_with()
    stored = dict(player.redis)
    player.chooses("act")
    changed = {part for part, value in player.redis.items() if stored[part] != value}
    assert changed == {"progress"}
