"""Scenarios as they are read: texts, versions, folders, and the gateway to them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest

from gamestate.content.catalogue import Catalogue, load, read
from gamestate.content.scenarios.effects import AddToVariable, Grant
from gamestate.content.scenarios.gateway import ScenarioGateway, UnknownScenarioError
from gamestate.content.scenarios.prose import Prose
from gamestate.content.scenarios.reading import read_scenario
from gamestate.content.scenarios.scope import World
from gamestate.content.scenarios.templates import Branch, Scenario

TALE = """
name = "Tale"
start = "hall"

[variables]
coins = 3

[nodes.hall]
text = '''
A hall, long
and low.

   It has {coins} doors.
'''
enter = [{ effect = "grant", item = "torch", quantity = 2, when = "coins == 3" }]

[[nodes.hall.choices]]
id = "on"
text = "Go on."
effects = [{ effect = "add", variable = "coins", points = -1 }]
to = "stair"

[[nodes.hall.choices]]
id = "leave"
text = "Leave."
to = "end"

[nodes.stair]
goto = "end"

[nodes.end]
text = "The end."
end = "done"
"""
TORCH = '{"torch": {"name": "Torch", "kind": "gear"}}'


def write(folder: Path, text: str = TALE, name: str = "tale.toml") -> Path:
    """A content folder with one scenario."""
    (folder / "scenarios").mkdir(parents=True, exist_ok=True)
    (folder / "items.json").write_text(TORCH)
    (folder / "scenarios" / name).write_text(text)
    return folder


@pytest.fixture
def tale(tmp_path: Path) -> Scenario:
    return read([write(tmp_path)]).scenarios["tale"]


def test_a_scenario_is_called_like_its_file(tale: Scenario) -> None:
    assert (tale.scenario_id, tale.name, tale.start) == ("tale", "Tale", "hall")


def test_the_lines_of_a_paragraph_are_joined(tale: Scenario) -> None:
    text = tale.nodes["hall"].text
    assert text is not None
    assert text.text == "A hall, long and low.\n\nIt has {coins} doors."
    assert [str(one) for one in text.expressions] == ["coins"]


def test_effects_are_read_by_their_field_effect(tale: Scenario) -> None:
    hall = tale.nodes["hall"]
    (grant,), (add,) = hall.enter, hall.choices[0].effects
    assert isinstance(grant, Grant)
    assert (grant.item, grant.quantity, str(grant.when)) == ("torch", 2, "coins == 3")
    assert isinstance(add, AddToVariable)
    assert (add.variable, str(add.points), add.when) == ("coins", "-1", None)


def test_a_fork_with_one_branch_may_be_written_as_its_target(tale: Scenario) -> None:
    assert tale.nodes["stair"].goto == (Branch(to="end"),)


def test_a_scenario_may_be_json(tmp_path: Path) -> None:
    whole = {"name": "Saga", "start": "a", "nodes": {"a": {"text": "A.", "end": "done"}}}
    folder = write(tmp_path, json.dumps(whole), "saga.json")
    assert read([folder]).scenarios["saga"].nodes["a"].end == "done"


def test_a_folder_without_scenarios_has_none(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(TORCH)
    assert read([tmp_path]).scenarios == {}


def test_a_later_folder_replaces_a_scenario_and_adds_others(tmp_path: Path) -> None:
    first, second = write(tmp_path / "one"), write(tmp_path / "two", TALE.replace("Tale", "Fable"))
    write(second, TALE, "other.toml")
    scenarios = read([first, second]).scenarios
    assert {id_: one.name for id_, one in scenarios.items()} == {"tale": "Fable", "other": "Tale"}


def test_a_game_may_use_its_own_scenarios_beside_those_of_the_starter_pack(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "tale.toml").write_text(TALE)
    assert {"tale", "drowned-bell"} <= load(tmp_path).scenarios.keys()


def test_the_catalogue_cannot_be_changed(tale: Scenario, tmp_path: Path) -> None:
    catalogue: Catalogue = read([tmp_path])
    with pytest.raises(TypeError):
        catalogue.scenarios["x"] = tale  # type: ignore[index]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        tale.start = "end"  # type: ignore[misc]


# ------------------------------------------------------------------ versions


def version_of(folder: Path, text: str, name: str = "tale.toml") -> str:
    return read([write(folder, text, name)]).scenarios["tale"].version


def test_the_version_follows_from_the_content_and_not_from_its_layout(
    tmp_path: Path, tale: Scenario
) -> None:
    assert version_of(tmp_path, "# A comment.\n" + TALE.replace("\n\n[", "\n[")) == tale.version
    assert version_of(tmp_path, TALE.replace("low", "wide")) != tale.version
    assert version_of(tmp_path, TALE.replace("coins = 3", "coins = 4")) != tale.version


def test_declaring_a_migration_makes_no_new_version(tmp_path: Path, tale: Scenario) -> None:
    text = TALE + '[migrations.abc]\nlobby = "hall"\n'
    assert version_of(tmp_path, text) == tale.version


def test_what_is_only_said_about_it_makes_no_new_version(tmp_path: Path, tale: Scenario) -> None:
    said = 'about = "A tale."\nnames = { strength = "brawn" }\n'
    assert version_of(tmp_path, said + TALE) == tale.version


def test_the_gateway_knows_every_version_it_ever_had(tmp_path: Path, tale: Scenario) -> None:
    gateway = ScenarioGateway({"tale": tale})
    newer = read([write(tmp_path, TALE.replace("low", "wide"))]).scenarios["tale"]
    gateway.replace({"tale": newer})
    assert gateway.scenario("tale") is newer
    assert gateway.version("tale", tale.version) is tale
    assert gateway.version("tale", "never") is None
    gateway.replace({})
    assert gateway.current("tale") is None
    assert gateway.version("tale", newer.version) is newer
    with pytest.raises(UnknownScenarioError):
        gateway.scenario("tale")


# ------------------------------------------------------------------ texts


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("one\ntwo", "one two"),
        ("  one  two  ", "one two"),
        ("one\n\n\n two", "one\n\ntwo"),
        ("one\r\ntwo\r\n\r\nthree", "one two\n\nthree"),
        ("Straße — “ja” 🔔", "Straße — “ja” 🔔"),
    ],
)
def test_a_text_is_paragraphs_however_the_file_breaks_its_lines(written: str, text: str) -> None:
    assert Prose.parse(written).text == text


@pytest.mark.parametrize("written", ["", "  \n\n ", "a\x00b", "{a", "a}", "{{a}}", "{}"])
def test_what_is_no_text_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Prose.parse(written)


def test_braces_may_stand_in_a_json_text_as_they_do_in_toml(tmp_path: Path) -> None:
    facts: dict[str, Any] = {"text": "{coins + 1}", "end": "done"}
    whole = {"name": "S", "start": "a", "variables": {"coins": 1}, "nodes": {"a": facts}}
    text = read([write(tmp_path, json.dumps(whole), "saga.json")]).scenarios["saga"].nodes["a"].text
    assert text is not None
    assert text.pieces[1:2] == text.expressions


def test_the_example_of_the_documentation_is_one() -> None:
    docs = (Path(__file__).parents[4] / "docs" / "scenarios.md").read_text("utf-8")
    example, *_ = re.findall(r"```toml\n(.*?)```", docs, re.DOTALL)
    world = World(monsters=frozenset({"mastiff"}))
    scenario, found = read_scenario("gate", tomllib.loads(example), world)
    assert found == []
    assert scenario is not None
