"""Starting, choosing, seeing, abandoning: what a player meets."""

from __future__ import annotations

import pytest

from gamestate.content.scenarios.gateway import UnknownScenarioError
from gamestate.errors import DeadError, InCombatError
from gamestate.modules.scenario.refusals import (
    ChoiceUnavailableError,
    InScenarioError,
    NoScenarioError,
    UnknownChoiceError,
)
from tests.unit.gamestate.modules.scenario.player import Player, shown
from tests.unit.gamestate.modules.scenario.tale import CATALOGUE, END, choice, effect, place, tale

DOOR = {
    "hall": place(choice("knock", "hall"), choice("leave", "end"), again="The same hall."),
    "end": END,
}


def test_a_scenario_begins_with_the_view_of_its_first_node() -> None:
    player = Player(tale(DOOR, variables={"coins": 3}))
    reply = player.starts()
    assert player.core.state == "scenario"
    assert reply == {
        "session_id": player.state.sessions["scenario"].session_id,
        "scenario": "tale",
        "name": "Tale",
        "version": player.session.version,
        "node": "hall",
        "text": "A place.",
        "choices": [
            {"id": "knock", "text": "knock!", "available": True},
            {"id": "leave", "text": "leave!", "available": True},
        ],
        "variables": {"coins": 3},
        "over": False,
        "ending": None,
        "fighting": False,
        "timer": None,
        "changed": False,
    }


def test_a_choice_leads_to_its_node() -> None:
    nodes = {
        "hall": place(choice("in", "room")),
        "room": place(choice("x", "end")),
        "end": END,
    }
    player = Player(tale(nodes))
    player.starts()
    assert player.chooses("in")["node"] == "room"


def test_looking_changes_nothing_and_says_the_same() -> None:
    player = Player(tale(DOOR))
    started = player.starts()
    before = player.state
    assert player.does("view") == started
    assert player.state == before


def test_a_node_that_is_met_again_may_say_something_else() -> None:
    player = Player(tale(DOOR))
    player.starts()
    assert player.chooses("knock")["text"] == "The same hall."


def test_an_end_ends_it_and_lets_the_character_go() -> None:
    player = Player(tale(DOOR))
    player.starts()
    reply = player.chooses("leave")
    assert (reply["over"], reply["ending"], reply["choices"]) == (True, "done", [])
    assert player.core.state == "exploration"


def test_one_that_is_over_is_neither_kept_nor_shown_but_can_be_seen_while_it_is_there() -> None:
    player = Player(tale(DOOR))
    player.starts()
    assert (player.module.keeps(player.session), player.module.shown(player.session)) == (True,) * 2
    ended = player.chooses("leave")
    assert not player.module.keeps(player.session)
    assert not player.module.shown(player.session)
    assert player.does("view") == ended


def test_after_one_is_over_another_can_begin() -> None:
    player = Player(tale(DOOR, variables={"n": 0}))
    player.starts()
    ended = player.chooses("knock", "leave")
    begun = player.starts()
    assert begun["text"] == "A place."
    assert begun["session_id"] != ended["session_id"]
    assert player.session.visits == {"hall": 1}


def test_only_one_can_be_played_at_a_time() -> None:
    player = Player(tale(DOOR))
    player.starts()
    with pytest.raises(InScenarioError) as caught:
        player.starts()
    assert caught.value.facts == {"scenario": "tale"}


def test_abandoning_leaves_it_where_it_is_without_an_ending() -> None:
    player = Player(tale(DOOR))
    player.starts()
    reply = player.does("abandon")
    assert (reply["over"], reply["ending"], reply["node"]) == (True, None, "hall")
    assert player.core.state == "exploration"


@pytest.mark.parametrize("action", ["choose", "view", "abandon"])
def test_who_is_in_no_scenario_can_only_begin_one(action: str) -> None:
    with pytest.raises(NoScenarioError):
        Player(tale(DOOR)).does(action, **({"choice": "knock"} if action == "choose" else {}))


@pytest.mark.parametrize("action", ["choose", "abandon"])
def test_what_is_over_can_not_be_played(action: str) -> None:
    player = Player(tale(DOOR))
    player.starts()
    player.chooses("leave")
    with pytest.raises(NoScenarioError):
        player.does(action, **({"choice": "knock"} if action == "choose" else {}))


def test_a_scenario_that_is_not_in_the_catalogue_is_unknown() -> None:
    with pytest.raises(UnknownScenarioError):
        Player(tale(DOOR)).starts("saga")


def test_the_dead_begin_nothing() -> None:
    player = Player(tale(DOOR))
    player.suffers(hp=0)
    with pytest.raises(DeadError):
        player.starts()


@pytest.mark.parametrize(
    ("action", "payload"),
    [("start", {"scenario": "tale"}), ("choose", {"choice": "knock"}), ("abandon", {})],
)
def test_nothing_is_played_in_a_fight_but_it_can_be_looked_at(
    action: str, payload: dict[str, str]
) -> None:
    player = Player(tale(DOOR))
    view = player.starts()
    player.goes("combat")
    with pytest.raises(InCombatError):
        player.does(action, **payload)
    assert player.does("view") == view


def test_a_choice_that_is_not_there_is_refused_with_those_that_are() -> None:
    player = Player(tale(DOOR))
    player.starts()
    with pytest.raises(UnknownChoiceError) as caught:
        player.chooses("dance")
    assert caught.value.facts == {"choice": "dance", "choices": ["knock", "leave"]}


# ------------------------------------------------------------------ conditions


LOCKED = {
    "hall": place(
        choice("force", "end", when="stats.strength >= 12", why="Too heavy for {stats.strength}."),
        choice("pray", "end", when="false_hope"),
        choice("whisper", "end", when="visits('hall') > 1", hidden=True),
        choice("wait", "hall"),
    ),
    "end": END,
}


def test_a_choice_whose_condition_is_not_met_is_shown_with_the_reason() -> None:
    player = Player(tale(LOCKED, variables={"false_hope": False}))
    choices = player.starts()["choices"]
    assert choices == [
        {"id": "force", "text": "force!", "available": False, "why": "Too heavy for 10."},
        {"id": "pray", "text": "pray!", "available": False},
        {"id": "wait", "text": "wait!", "available": True},
    ]


def test_a_hidden_choice_appears_when_its_condition_is_met() -> None:
    player = Player(tale(LOCKED, variables={"false_hope": False}))
    player.starts()
    assert "whisper" in shown(player.chooses("wait"))


def test_what_is_not_available_is_refused_and_says_why() -> None:
    player = Player(tale(LOCKED, variables={"false_hope": False}))
    player.starts()
    with pytest.raises(ChoiceUnavailableError, match=r"Too heavy for 10\.") as caught:
        player.chooses("force")
    assert caught.value.facts == {"choice": "force", "why": "Too heavy for 10."}
    with pytest.raises(ChoiceUnavailableError, match="'pray' can't be chosen now"):
        player.chooses("pray")


def test_a_hidden_choice_can_not_be_guessed() -> None:
    player = Player(tale(LOCKED, variables={"false_hope": False}))
    player.starts()
    with pytest.raises(UnknownChoiceError):
        player.chooses("whisper")


def test_conditions_follow_the_character() -> None:
    player = Player(tale(LOCKED, variables={"false_hope": False}))
    player.starts()
    player.becomes(strength=12)
    assert shown(player.does("view"))["force"]


# ------------------------------------------------------------------ texts


def test_a_text_has_the_values_of_its_expressions() -> None:
    nodes = {
        "hall": {
            "text": "{coins} coins, {'rich' if coins > 2 else 'poor'}, {vitals.hp}/{vitals.hp_max},"
            " {derived.armor_class}, {location}.",
            "choices": [choice("x", "end")],
        },
        "end": END,
    }
    player = Player(tale(nodes, variables={"coins": 3}))
    assert player.starts()["text"] == "3 coins, rich, 100/100, 10, town."


def test_a_text_is_what_it_was_when_it_was_said() -> None:
    nodes = {"hall": {"text": "{vitals.hp}", "choices": [choice("x", "end")]}, "end": END}
    player = Player(tale(nodes))
    player.starts()
    player.suffers(hp=7)
    assert player.does("view")["text"] == "100"


def test_everything_said_on_the_way_is_in_the_text() -> None:
    nodes = {
        "hall": place(choice("go", "stair", told="You go.")),
        "stair": {"text": "A stair.", "goto": "attic"},
        "attic": place(choice("x", "end")),
        "end": END,
    }
    player = Player(tale(nodes))
    player.starts()
    assert player.chooses("go")["text"] == "You go.\n\nA stair.\n\nA place."


def test_a_fork_takes_the_first_branch_whose_condition_is_met() -> None:
    nodes = {
        "gate": {
            "goto": [
                {"when": "stats.wisdom > 15", "to": "wise"},
                {"when": "stats.wisdom > 9", "to": "fair"},
                {"to": "dull"},
            ]
        },
        "wise": END,
        "fair": END,
        "dull": END,
    }
    ends = []
    for wisdom in (16, 10, 9):
        player = Player(tale(nodes))
        player.becomes(wisdom=wisdom)
        ends.append(player.starts()["node"])
    assert ends == ["wise", "fair", "dull"]


def test_a_scenario_that_ends_where_it_begins_leaves_no_state_behind() -> None:
    player = Player(tale({"only": {"text": "No.", "end": "short"}}))
    assert player.starts()["over"]
    assert player.core.state == "exploration"


# ------------------------------------------------------------------ restoring


def test_a_new_process_goes_on_where_the_session_was_and_repeats_nothing() -> None:
    nodes = {
        "hall": place(choice("in", "room"), choice("out", "end")),
        "room": place(
            choice("x", "end"),
            enter=[effect("grant", item="torch"), effect("add", variable="n", points=1)],
        ),
        "end": END,
    }
    story = tale(nodes, variables={"n": 0})
    player = Player(story, items=CATALOGUE)
    player.starts()
    view = player.chooses("in")
    player.restarts(story)
    assert player.module.restore_session(player.redis, 1) == player.session
    assert player.does("view") == view
    assert player.chooses("x")["variables"] == {"n": 1}
    assert player.has("torch") == 1
