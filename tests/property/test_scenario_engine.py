"""Random scenarios, played at random: what passes validation can be played, whatever is done.

A graph is first drawn so that it is likely to be valid, then judged by the validation itself: what
it lets through must never strand a player. The player checks after every turn that the stores, kept
by deltas alone, give the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gamestate.content.catalogue import load
from gamestate.content.graph import graph
from gamestate.content.scenarios.templates import Scenario
from gamestate.errors import RefusedError
from tests.support.effort import examples
from tests.unit.gamestate.modules.scenario.player import Player, Reply, shown
from tests.unit.gamestate.modules.scenario.tale import (
    CATALOGUE,
    choice,
    effect,
    place,
    problems_of,
)

VARIABLES = {"n": 0, "lit": False, "mood": "calm"}
CONDITIONS = (
    "n > 2",
    "lit",
    "not lit and n % 2 == 0",
    "mood == 'calm'",
    "items('torch') > 0",
    "visits('n0') > 1",
    "stats.strength > 10",
    "vitals.hp > 50",
    "derived.armor_class >= 10",
    "outcome == 'victory'",
    "location == 'sea'",
)
EFFECTS = (
    effect("set", variable="n", to="n * n - visits('n0')"),
    effect("add", variable="n", points=1),
    effect("set", variable="lit", to="not lit"),
    effect("set", variable="mood", to="'angry' if lit else 'calm'"),
    effect("move", location="sea"),
    effect("vitals", changes={"hp": -60}),
    effect("vitals", changes={"hp": 25, "mp": -1}),
    effect("stats", changes={"strength": 1, "coins": 3}),
    effect("stats", changes={"coins": -2}),
    effect("learn", skill="herbs", level=2),
    effect("grant", item="sword", quantity=3),
    effect("grant", item="torch"),
    effect("take", item="torch"),
)
REFUSING = ("grant", "take")
OUTCOMES = ("victory", "defeat", "fled", "ended")

conditions = st.sampled_from(CONDITIONS)
effects = st.lists(
    st.tuples(st.sampled_from(EFFECTS), st.none() | conditions).map(
        lambda drawn: drawn[0] if drawn[1] is None else {**drawn[0], "when": drawn[1]}
    ),
    max_size=3,
)
harmless = effects.map(lambda drawn: [one for one in drawn if one["effect"] not in REFUSING])


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """The nodes of a scenario: each leads on to the next, places to anywhere else too."""
    kinds = draw(st.lists(st.sampled_from(["place", "fork", "fight", "wait"]), min_size=1,
                          max_size=6))  # fmt: skip
    names = [f"n{number}" for number in range(len(kinds))]
    nodes: dict[str, Any] = {}
    for at, kind in enumerate(kinds):
        onward = names[at + 1] if at + 1 < len(names) else "end"
        anywhere = st.sampled_from([*names, "end"])
        ahead = st.sampled_from([*names[at + 1 :], "end"])
        nodes[names[at]] = draw(node(kind, onward, anywhere, ahead))
    return {**nodes, "end": {"text": "The end.", "end": "done"}}


@st.composite
def node(
    draw: st.DrawFn, kind: str, onward: str, anywhere: st.SearchStrategy[str],
    ahead: st.SearchStrategy[str],
) -> dict[str, Any]:  # fmt: skip
    """One node of a kind."""
    enter = {"enter": draw(harmless)}
    if kind == "fork":
        branches = draw(st.lists(st.tuples(conditions, ahead), max_size=2))
        goto = [{"when": when, "to": to} for when, to in branches]
        return {**enter, "goto": [*goto, {"to": onward}]}
    if kind == "fight":
        outcomes = {outcome: draw(ahead) for outcome in OUTCOMES}
        monsters = [{"monster": "rat", "count": 2}]
        return {"text": "Rats.", "fight": {"monsters": monsters, **outcomes, "victory": onward}}
    timer = {"timer": {"after_s": 30, "to": draw(ahead)}}
    if kind == "wait":
        return {"text": "You wait.", **enter, "timer": {"after_s": 30, "to": onward}}
    choices = [choice("on", onward)]
    for number in range(draw(st.integers(0, 3))):
        made = choice(f"c{number}", draw(anywhere), effects=draw(effects))
        hidden = {"hidden": True} if draw(st.booleans()) else {}
        when = draw(st.none() | conditions)
        choices.append(made | hidden | ({} if when is None else {"when": when}))
    enter = {"enter": draw(effects)}
    return place(*choices, **enter, **(timer if draw(st.booleans()) else {}))


@st.composite
def stories(draw: st.DrawFn) -> Scenario:
    """A scenario that passes the validation."""
    scenario, _ = problems_of(draw(facts()), variables=VARIABLES, stats=["coins"])
    assume(scenario is not None)
    assert scenario is not None
    return scenario


Step = tuple[str, int]
steps = st.tuples(
    st.sampled_from(["choose", "choose", "choose", "guess", "fight", "wait", "look", "restart",
                     "start", "abandon", "heal"]),
    st.integers(0, 11),
)  # fmt: skip


def take(player: Player, step: Step) -> Reply | str | None:
    """Do it; the reply, or the code of its refusal, which must have changed nothing."""
    kind, number = step
    before = player.state
    try:
        return _do(player, kind, number)
    except RefusedError as error:
        assert player.state == before
        return error.code


def _do(player: Player, kind: str, number: int) -> Reply | None:
    if kind == "choose":
        options = list(shown(player.does("view"))) or ["on"]
        return player.chooses(options[number % len(options)])
    if kind == "guess":
        return player.chooses(f"c{number % 4}")
    if kind == "fight" and player.core.state == "combat":
        player.fights(OUTCOMES[number % 4])
    elif kind == "wait":
        player.waits(10.0 * number)
    elif kind == "restart":
        player.restarts()
    elif kind == "heal":
        player.suffers(hp=100 * (number % 2))
    elif kind in ("start", "abandon"):
        return player.does(kind, **({"scenario": "tale"} if kind == "start" else {}))
    return player.does("view")


def is_chosen(player: Player, option: str) -> bool:
    """Whether it was not refused."""
    try:
        player.chooses(option)
    except RefusedError:
        return False
    return True


def begun(story: Scenario) -> Player:
    """At its beginning; with a torch, if it can't begin without."""
    player = Player(story, items=CATALOGUE)
    if isinstance(take(player, ("start", 0)), str):
        player.gets("torch", 20)
        assume(not isinstance(take(player, ("start", 0)), str))
    return player


def check(player: Player) -> None:
    """It is over, or something can be done; what is bounded is within its bounds."""
    session, view = player.session, player.does("view")
    assert (
        session.over
        or any(shown(view).values())
        or (session.fighting and player.core.state == "combat")
        or session.deadline_s is not None
    )
    assert player.core.state == ("combat" if session.fighting else
                                 "exploration" if session.over else "scenario")  # fmt: skip
    for vital in player.core.vitals.values():
        assert 0 <= vital["cur"] <= vital["max"]
    assert min(player.core.stats.values()) >= 0


@examples(120)
@given(stories(), st.lists(steps, max_size=25))
def test_nobody_is_ever_stranded_and_nothing_crashes(story: Scenario, walk: list[Step]) -> None:
    player = begun(story)
    check(player)
    for step in walk:
        take(player, step)
        check(player)


@examples(40)
@given(stories(), st.lists(steps, max_size=15))
def test_the_same_walk_leads_to_the_same_place(story: Scenario, walk: list[Step]) -> None:
    seen = []
    for _ in range(2):
        player = begun(story)
        replies = [_without_id(take(player, step)) for step in walk]
        seen.append((replies, player.session, player.core))
    assert seen[0] == seen[1]


def _without_id(reply: Reply | str | None) -> Any:
    return {**reply, "session_id": ""} if isinstance(reply, dict) else reply


@examples(60)
@given(stories(), st.lists(st.integers(0, 11), max_size=8))
def test_wherever_one_can_choose_something_can_be_chosen_that_is_not_refused(
    story: Scenario, walk: list[int]
) -> None:
    player = begun(story)
    for number in walk:
        if player.session.fighting:
            player.fights(OUTCOMES[number % 4])
        elif options := [one for one, available in shown(player.does("view")).items() if available]:
            start = number % len(options)
            order = [*options[start:], *options[:start]]
            timed = player.session.deadline_s is not None
            assert any(is_chosen(player, one) for one in order) or timed
        elif not player.session.over:
            player.waits(30)


wild = st.dictionaries(
    st.sampled_from(["n0", "n1", "n2", "end"]),
    st.fixed_dictionaries(
        {},
        optional={
            "text": st.just("A place.") | st.just("{n} {lit}"),
            "choices": st.lists(
                st.builds(
                    choice,
                    st.sampled_from(["a", "b"]),
                    st.sampled_from(["n0", "n1", "n2", "end"]),
                    effects=effects,
                    when=conditions,
                ),
                max_size=2,
            ),
            "goto": st.sampled_from(["n0", "n1", "end"]),
            "timer": st.just({"after_s": 3, "to": "n2"}),
            "enter": effects,
            "end": st.just("done"),
        },
    ),
    min_size=1,
)


@examples(200)
@given(wild)
@example({"n0": {"text": "A place.", "end": "done"}})
def test_any_graph_is_either_told_what_is_wrong_or_can_be_played(nodes: dict[str, Any]) -> None:
    story, found = problems_of(nodes, variables=VARIABLES, stats=["coins"])
    assert (story is None) == bool(found)
    if story is not None:
        assert graph(story).startswith("flowchart")
        player = begun(story)
        check(player)


starter_walks = st.lists(st.tuples(st.sampled_from(["choose", "fight", "wait", "heal"]),
                                   st.integers(0, 11)), max_size=30)  # fmt: skip


@pytest.fixture(scope="module")
def newcomer() -> Callable[[], Player]:
    """Makes characters with torches, who know the starter pack."""
    starter = load()

    def newcomer() -> Player:
        player = Player(*starter.scenarios.values(), items=starter)
        player.gets("torch", 5)
        return player

    return newcomer


@examples(60)
@given(st.sampled_from(["drowned-bell", "tallow-and-twine", "water-clock"]), starter_walks)
def test_the_starter_pack_strands_nobody(
    newcomer: Callable[[], Player], scenario_id: str, walk: list[Step]
) -> None:
    player = newcomer()
    player.starts(scenario_id)
    for step in walk:
        take(player, step)
        check(player)
