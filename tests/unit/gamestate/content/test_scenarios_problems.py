"""Every mistake in a scenario is reported at load, with its file, its node and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gamestate.content.catalogue import read
from gamestate.content.templates import STATS
from gamestate.errors import ContentError

END = {"text": "The end.", "end": "done"}
ITEMS = {"torch": {"name": "Torch", "kind": "gear"}}
MONSTERS = {
    "rat": {
        "name": "Rat",
        "challenge_rating": 0,
        "creature_type": "beast",
        "size": "tiny",
        "hp": 1,
        "armor_class": 10,
        "stats": dict.fromkeys(STATS, 10),
        "proficiency_bonus": 2,
        "speed_ft": 20,
    }
}
VARIABLES = {"coins": 3, "lit": False, "mood": "calm"}
FIGHT: dict[str, Any] = {
    "monsters": [{"monster": "rat"}],
    "victory": "end",
    "defeat": "end",
    "fled": "end",
}


def choice(to: str = "end", **facts: Any) -> dict[str, Any]:
    return {"id": "go", "text": "Go.", "to": to, **facts}


def place(*choices: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"text": "A hall.", "choices": list(choices), **facts}


def leaving(*others: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A place that can always be left."""
    return place({"id": "leave", "text": "Leave.", "to": "end"}, *others, **facts)


@pytest.fixture
def problems_of(tmp_path: Path) -> Any:
    """Write a scenario of these nodes that begins at `hall`, load it, and return the problems."""

    def problems_of(nodes: dict[str, Any], **facts: Any) -> list[str]:
        (tmp_path / "items.json").write_text(json.dumps(ITEMS))
        (tmp_path / "monsters.json").write_text(json.dumps(MONSTERS))
        (tmp_path / "scenarios").mkdir()
        whole = {"name": "Tale", "start": "hall", "variables": VARIABLES, "nodes": nodes, **facts}
        (tmp_path / "scenarios" / "tale.json").write_text(json.dumps(whole))
        with pytest.raises(ContentError) as caught:
            read([tmp_path])
        found: list[str] = caught.value.facts["problems"]
        assert all(one.startswith("scenarios/tale.json: ") for one in found)
        return [one.removeprefix("scenarios/tale.json: ") for one in found]

    return problems_of


# ------------------------------------------------------------------ what is not there


def test_a_target_that_is_no_node(problems_of: Any) -> None:
    nodes = {"hall": place(choice("attic"), timer={"after_s": 5, "to": "cellar"}), "end": END}
    assert problems_of(nodes) == [
        "nodes.hall.choices[0].to: there is no node 'attic'",
        "nodes.hall.timer.to: there is no node 'cellar'",
    ]


def test_a_start_that_is_no_node(problems_of: Any) -> None:
    assert problems_of({"room": END}) == ["start: there is no node 'hall'"]


def test_a_branch_and_an_outcome_that_lead_nowhere(problems_of: Any) -> None:
    nodes = {
        "hall": {"goto": [{"when": "lit", "to": "x"}, {"to": "pit"}]},
        "pit": {"text": "Rats.", "fight": FIGHT | {"victory": "y", "ended": "z"}},
        "end": END,
    }
    assert problems_of(nodes) == [
        "nodes.hall.goto[0].to: there is no node 'x'",
        "nodes.pit.fight.victory: there is no node 'y'",
        "nodes.pit.fight.ended: there is no node 'z'",
    ]


def test_items_and_monsters_that_the_catalogue_does_not_have(problems_of: Any) -> None:
    effects = [{"effect": "take", "item": "torhc"}, {"effect": "grant", "item": "gold"}]
    nodes = {
        "hall": leaving(choice("pit", effects=effects), enter=[effects[1]]),
        "pit": {"text": "Rats.", "fight": FIGHT | {"monsters": [{"monster": "bat"}]}},
        "end": END,
    }
    assert problems_of(nodes) == [
        "nodes.pit.fight.monsters[0].monster: there is no monster 'bat'",
        "nodes.hall.enter[0].item: there is no item 'gold'",
        "nodes.hall.choices[1].effects[0].item: there is no item 'torhc'",
        "nodes.hall.choices[1].effects[1].item: there is no item 'gold'",
    ]


def test_an_item_with_a_mistake_of_its_own_is_not_called_unknown(tmp_path: Path) -> None:
    nodes = {
        "hall": leaving(choice(effects=[{"effect": "take", "item": "torch"}])),
        "end": END,
    }
    (tmp_path / "items.json").write_text(json.dumps({"torch": {"name": "Torch", "kind": "stick"}}))
    (tmp_path / "scenarios").mkdir()
    whole = {"name": "Tale", "start": "hall", "nodes": nodes}
    (tmp_path / "scenarios" / "tale.json").write_text(json.dumps(whole))
    with pytest.raises(ContentError) as caught:
        read([tmp_path])
    (problem,) = caught.value.facts["problems"]
    assert problem.startswith("items.json: torch: kind: ")


def test_too_many_monsters(problems_of: Any) -> None:
    monsters = [{"monster": "rat", "count": 15}, {"monster": "rat", "count": 6}]
    nodes = {"hall": {"text": "Rats.", "fight": FIGHT | {"monsters": monsters}}, "end": END}
    assert problems_of(nodes) == [
        "nodes.hall.fight.monsters: at most 20 monsters fight at once, not 21"
    ]


@pytest.mark.parametrize(
    ("effect", "problem"),
    [
        ({"effect": "set", "variable": "gold", "to": 1}, "variable: there is no variable 'gold'"),
        ({"effect": "add", "variable": "gold", "points": 1}, "variable: there is no variable 'go"),
        (
            {"effect": "set", "variable": "coins", "to": True},
            "to: 'True' is true or false and must be a whole number",
        ),
        (
            {"effect": "set", "variable": "lit", "to": "coins"},
            "to: 'coins' is a whole number and must be true or false",
        ),
        (
            {"effect": "set", "variable": "mood", "to": "angry"},
            "to: there is no variable 'angry' (coins, lit, mood)",
        ),
        (
            {"effect": "add", "variable": "lit", "points": 1},
            "variable: 'lit' is true or false and must be a whole number",
        ),
        (
            {"effect": "add", "variable": "coins", "points": "mood"},
            "points: 'mood' is a text and must be a whole number",
        ),
        (
            {"effect": "move", "location": "x", "when": "coins"},
            "when: 'coins' is a whole number and must be true or false",
        ),
        ({"effect": "stats", "changes": {"luck": 1}}, "changes: there is no stat 'luck'"),
    ],
)
def test_an_effect_on_what_is_not_there_or_of_another_kind(
    problems_of: Any, effect: dict[str, Any], problem: str
) -> None:
    nodes = {"hall": leaving(choice(effects=[effect])), "end": END}
    (found,) = problems_of(nodes)
    assert found.startswith(f"nodes.hall.choices[1].effects[0].{problem}")


# ------------------------------------------------------------------ expressions


def test_bad_expressions_are_named_wherever_they_are(problems_of: Any) -> None:
    nodes = {
        "hall": leaving(
            choice(
                "fork",
                when="coin > 3",
                text="Go for {gold}.",
                why="{lit}",
                told="{mood + 1}",
            ),
            text="A {stats.luck} hall.",
            again="{items('gold')}",
        ),
        "fork": {"goto": [{"when": "coins", "to": "end"}, {"to": "end"}]},
        "end": END,
    }
    assert problems_of(nodes) == [
        f"nodes.hall.text: there is no 'stats.luck' ({', '.join(sorted(STATS))})",
        "nodes.hall.again: \"items('gold')\": there is no item 'gold'",
        "nodes.hall.choices[1].text: there is no variable 'gold' (coins, lit, mood)",
        "nodes.hall.choices[1].why: 'lit' is true or false, which is no text to show",
        "nodes.hall.choices[1].told: 'mood' is a text and must be a whole number",
        "nodes.hall.choices[1].when: there is no variable 'coin' (coins, lit, mood)",
        "nodes.fork.goto[0].when: 'coins' is a whole number and must be true or false",
    ]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("when", "coins >", "'coins >' is not an expression"),
        ("when", "x" * 301, "an expression has at most 300 characters, not 301"),
        ("when", [], "expected an expression, got a list"),
        ("text", "Go {coins.", "has a brace without its other: braces are for {expressions}"),
        ("text", "Go {}.", "'' is not an expression"),
        ("text", " \n ", "must not be empty"),
        ("text", 7, "expected a string, got a whole number"),
        ("text", "a\u0007b", "'a\\x07b' has unprintable characters"),
    ],
)
def test_what_can_not_be_read_is_named(
    problems_of: Any, field: str, value: Any, problem: str
) -> None:
    nodes = {"hall": place(choice() | {field: value}), "end": END}
    assert problems_of(nodes) == [f"nodes.hall.choices[0].{field}: {problem}"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("items", "variables.items: means something else in an expression"),
        ("not", "variables.not: means something else in an expression"),
        ("Coins", "variables.Coins: 'Coins' is not the name of a variable (a-z, 0-9 and _)"),
    ],
)
def test_a_variable_with_a_name_that_means_something_else(
    problems_of: Any, name: str, problem: str
) -> None:
    assert problems_of({"hall": END}, variables={name: 1}) == [problem]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "expected a boolean or a whole number or a string, got a list"),
        (None, "expected a boolean or a whole number or a string, got null"),
        (2**60, "1152921504606846976 is too large or has unprintable characters"),
        ("a\nb", "'a\\nb' is too large or has unprintable characters"),
    ],
)
def test_a_variable_that_can_not_be(problems_of: Any, value: Any, problem: str) -> None:
    assert problems_of({"hall": END}, variables={"x": value}) == [f"variables.x: {problem}"]


# ------------------------------------------------------------------ fields


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (place(choice()) | {"text": "x" * 4_001}, "text: must have at most 4000 characters"),
        (place(choice(text="x" * 301)), "choices[0].text: must have at most 300 characters"),
        (place(choice(why="x" * 301)), "choices[0].why: must have at most 300 characters"),
        (place(*[choice(id=f"c{n}") for n in range(51)]), "choices: must have at most 50 entries"),
        (place(choice(colour="red")), "choices[0].colour: unknown field"),
        (place({"id": "go", "to": "end"}), "choices[0].text: is missing"),
        (place(choice(id="Go There")), "choices[0].id: 'Go There' is not an id"),
        (
            place(choice(effects=[{"effect": "explode"}])),
            "choices[0].effects[0].effect: must be one",
        ),
        (
            place(choice(effects=[{"item": "torch"}])),
            "choices[0].effects[0].effect: must be one",
        ),
        (
            place(choice(effects=[{"effect": "vitals", "changes": {"luck": 1}}])),
            "choices[0].effects[0].changes.luck: 'luck' is not a vital (hp, mp)",
        ),
        (
            place(choice(effects=[{"effect": "grant", "item": "torch", "quantity": 0}])),
            "choices[0].effects[0].quantity: 0 is not between 1 and 10000",
        ),
        (place(choice(), timer={"after_s": 0, "to": "end"}), "timer.after_s: 0 is not between 1"),
        ({"text": "x", "fight": FIGHT | {"monsters": []}}, "fight.monsters: must not be empty"),
        ({"text": "x", "goto": 7}, "goto: expected a list, got a whole number"),
    ],
)
def test_a_wrong_field_is_named(problems_of: Any, node: dict[str, Any], problem: str) -> None:
    (found,) = problems_of({"hall": node, "end": END})
    assert found.startswith(f"nodes.hall.{problem}")


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"version": "3"}, "version: is computed from the content"),
        ({"scenario_id": "x"}, "scenario_id: is the name of the file and not repeated in it"),
        ({"name": ""}, "name: must have 1 to 100 characters, not 0"),
        ({"nodes": []}, "nodes: expected an object, got a list"),
    ],
)
def test_a_wrong_field_of_the_scenario_is_named(
    problems_of: Any, facts: dict[str, Any], problem: str
) -> None:
    assert problems_of(**{"nodes": {"hall": END}, **facts}) == [problem]


def test_two_choices_with_one_id(problems_of: Any) -> None:
    assert problems_of({"hall": place(choice(), choice()), "end": END}) == [
        "nodes.hall.choices: 2 of them have the id 'go'"
    ]


# ------------------------------------------------------------------ nodes


@pytest.mark.parametrize(
    ("node", "problems"),
    [
        ({"text": "A hall."}, [": nothing leads on from it, and it is no end"]),
        (place(choice(), end="done"), [": has choices and end; a node is one of these"]),
        (
            {"text": "x", "goto": "end", "fight": FIGHT},
            [": has goto and fight; a node is one of these"],
        ),
        (
            {"text": "x", "end": "x", "timer": {"after_s": 1, "to": "end"}},
            [".timer: can't be beside end"],
        ),
        ({"choices": [choice()]}, [".text: is missing"]),
        ({"fight": FIGHT}, [".text: is missing"]),
        ({"goto": [{"when": "lit", "to": "end"}]}, [".goto[0]: the last branch must have no cond"]),
        (
            {"goto": [{"to": "end"}, {"to": "end"}]},
            [".goto[0]: has no condition, so what comes after it is never reached"],
        ),
    ],
)
def test_a_node_that_is_none_of_what_a_node_can_be(
    problems_of: Any, node: dict[str, Any], problems: list[str]
) -> None:
    found = problems_of({"hall": node, "end": END})
    assert len(found) == len(problems)
    for one, problem in zip(found, problems, strict=True):
        assert one.startswith(f"nodes.hall{problem}")


# ------------------------------------------------------------------ the graph


def test_a_node_that_can_not_be_reached(problems_of: Any) -> None:
    nodes = {"hall": leaving(), "attic": leaving(), "end": END}
    assert problems_of(nodes) == ["nodes.attic: can't be reached from 'hall'"]


def test_a_loop_without_a_choice(problems_of: Any) -> None:
    nodes = {
        "hall": leaving(choice("a")),
        "a": {"goto": [{"when": "lit", "to": "end"}, {"to": "b"}]},
        "b": {"text": "Wait.", "timer": {"after_s": 5, "to": "a"}},
        "end": END,
    }
    assert problems_of(nodes) == ["nodes.a: a loop without a choice: a → b → a"]


def test_a_node_that_leads_to_itself(problems_of: Any) -> None:
    nodes = {
        "hall": leaving(choice("a")),
        "a": {"goto": [{"when": "lit", "to": "end"}, {"to": "a"}]},
        "end": END,
    }
    assert problems_of(nodes) == ["nodes.a: a loop without a choice: a → a"]


def test_too_many_forks_in_a_row(problems_of: Any) -> None:
    forks = {f"f{n}": {"text": "On.", "goto": f"f{n + 1}"} for n in range(12)}
    nodes = {"hall": leaving(choice("f0")), **forks, "f12": END, "end": END}
    assert problems_of(nodes) == ["nodes.f0: leads through 13 nodes at once, more than 12"]


def test_a_fight_that_leads_straight_into_another(problems_of: Any) -> None:
    nodes = {
        "hall": {"text": "Rats.", "fight": FIGHT | {"victory": "stair"}},
        "stair": {"goto": "attic"},
        "attic": {"text": "More rats.", "fight": FIGHT},
        "end": END,
    }
    assert problems_of(nodes) == [
        "nodes.hall.fight.victory: leads straight into another fight; put a choice between them"
    ]


@pytest.mark.parametrize("kind", ["grant", "take"])
def test_items_given_or_taken_where_nobody_could_be_refused(problems_of: Any, kind: str) -> None:
    loot = {"enter": [{"effect": kind, "item": "torch"}]}
    nodes = {
        "hall": {"text": "Rats.", "fight": FIGHT | {"victory": "won"}},
        "won": {"goto": "loot"},
        "loot": leaving(**loot),
        "end": END,
    }
    (problem,) = problems_of(nodes)
    assert problem == (
        "nodes.loot.enter: gives or takes items, which may be refused, but is entered without a "
        "choice from 'hall'; put it on a choice"
    )


def test_items_given_when_a_timer_runs_out(problems_of: Any) -> None:
    nodes = {
        "hall": leaving(timer={"after_s": 5, "to": "late"}),
        "late": leaving(enter=[{"effect": "grant", "item": "torch"}]),
        "end": END,
    }
    (problem,) = problems_of(nodes)
    assert problem == (
        "nodes.late.enter: gives or takes items, which may be refused, but is entered without a "
        "choice from 'hall'; put it on a choice"
    )


@pytest.mark.parametrize(
    "only",
    [
        choice(when="lit"),
        choice(effects=[{"effect": "take", "item": "torch"}]),
        choice(effects=[{"effect": "grant", "item": "torch"}]),
        choice(effects=[{"effect": "stats", "changes": {"wisdom": -1}}]),
        choice("gift"),
    ],
)
def test_a_node_at_which_it_can_happen_that_nothing_can_be_chosen(
    problems_of: Any, only: dict[str, Any]
) -> None:
    nodes = {
        "hall": leaving(choice("room"), {**choice("gift"), "id": "gift"}),
        "room": place(only),
        "gift": {"enter": [{"effect": "grant", "item": "torch"}], "goto": "end"},
        "end": END,
    }
    assert problems_of(nodes) == [
        "nodes.room.choices: all have a condition or may be refused; one must always be open"
    ]


def test_a_place_without_an_end(problems_of: Any) -> None:
    nodes = {"hall": leaving(choice("maze")), "maze": place(choice("maze")), "end": END}
    assert problems_of(nodes) == ["nodes.maze: no end can be reached from it"]


def test_a_migration_to_where_nobody_can_be(problems_of: Any) -> None:
    migrations = {"abc": {"x": "nowhere"}}
    assert problems_of({"hall": END}, migrations=migrations) == [
        "migrations.abc.x: there is no node 'nowhere'"
    ]


def test_a_migration_to_an_end(problems_of: Any) -> None:
    migrations = {"abc": {"x": "end", "y": "hall"}}
    assert problems_of({"hall": leaving(), "end": END}, migrations=migrations) == [
        "migrations.abc.x: 'end' is no place to go on from"
    ]


def test_all_problems_of_all_scenarios_are_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    whole = {"name": "Tale", "start": "hall", "nodes": {"hall": {"text": "A hall."}}}
    (folder / "one.json").write_text(json.dumps(whole))
    (folder / "two.toml").write_text('name = "Two"\nstart = "a"\n[nodes.a]\ntext = "x"\nend = "A"')
    (folder / "three.toml").write_text("name = ")
    (folder / "four.json").write_text("[]")
    (folder / "Five.toml").write_text('name = "5"\nstart = "a"\nnodes.a = {text = "x", end = "a"}')
    (folder / "one.toml").write_text("")
    (folder / "notes.txt").write_text("not read")
    with pytest.raises(ContentError) as caught:
        read([tmp_path])
    found = sorted(caught.value.facts["problems"])
    expected = (
        "scenarios/Five.toml: scenario_id: 'Five' is not an id (a-z, ",
        "scenarios/four.json: must be a table of entries by id",
        "scenarios/one.json: nodes.hall: nothing leads on from it, ",
        "scenarios/one.toml: one is in scenarios/one.json too",
        "scenarios/three.toml: Invalid value ",
        "scenarios/two.toml: nodes.a.end: 'A' is not an id (a-z, ",
    )
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected))


def test_a_name_for_what_is_no_stat_is_told(problems_of: Any) -> None:
    problems = problems_of({"hall": leaving(), "end": END}, names={"luck": "fortune"})
    assert problems == ["names.luck: there is no stat 'luck'"]
