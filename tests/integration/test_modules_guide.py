"""`docs/modules.md` says what there is, and what happens."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from gamestate.api.problems import problem
from gamestate.contract import effects
from gamestate.contract.module import SessionModule
from gamestate.contract.turn import Effect, Transition, TurnContext
from gamestate.errors import GameStateError
from gamestate.server import config
from pets.settings import PetsSettings
from tests.support.game import Server, World
from tests.support.pets_package import PROJECT

GUIDE = (Path(__file__).parents[2] / "docs" / "modules.md").read_text("utf-8")
GAP = "…\n"
ANYTHING = "…"


def blocks(language: str) -> list[str]:
    """What stands in the fences of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


def named(heading: str) -> list[str]:
    """The words in the first cells of the table with this heading."""
    table = GUIDE.split(f"\n| {heading} | ")[1].split("\n\n")[0].splitlines()[2:]
    return [word for row in table for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def members(protocol: type) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")}


# ------------------------------------------------------------------ the excerpts


@pytest.mark.parametrize("block", [*blocks("python"), blocks("toml")[0]])
def test_an_excerpt_is_in_the_file_it_is_said_to_be_from(block: str) -> None:
    head, _, text = block.partition("\n")
    file = (PROJECT / head.removeprefix("# ")).read_text("utf-8")
    for piece in text.split(GAP):
        before, found, file = file.partition(piece)
        assert found, f"{head} does not have (any more, or not in this order):\n{piece}"
        assert not before or before.endswith("\n")


def test_the_settings_that_are_shown_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "gamestate.toml"
    file.write_text(blocks("toml")[1], "utf-8")
    settings = config.load_settings({}, file)
    assert settings.modules == ("inventory", "combat", "scenario", "pets")
    assert PetsSettings.of(settings.module_settings["pets"]) == PetsSettings(5, 7_200.0, "rations")


async def test_the_messages_that_are_shown_are_answered_as_it_says(pets_world: World) -> None:
    server = await pets_world.start()
    hero = await server.character()
    asked = [exchange.split("\n", 1) for exchange in blocks("text")[0].split("> ")[1:]]
    assert len(asked) == 8
    for message, told in asked:
        answer = await answered(server, hero, *message.split(" ", 1))
        if told.strip() != ANYTHING:
            assert (message, answer) == (message, expected(told))


async def answered(server: Server, hero: int, type_: str, payload: str) -> Any:
    try:
        return (await server.send(hero, type_, **json.loads(payload))).reply
    except GameStateError as error:
        told = problem(error)
        return f"{told['status']} {told['code']}"


def expected(told: str) -> Any:
    return json.loads(told) if told.startswith("{") else told.strip()


# ------------------------------------------------------------------ the tables


def test_every_file_of_the_package_is_told_of() -> None:
    files = [file.name for file in (PROJECT / "pets").glob("*.py") if file.name != "__init__.py"]
    assert sorted(named("file")) == sorted(files)


def test_every_member_of_a_module_is_told_of() -> None:
    assert sorted(named("member")) == sorted(members(SessionModule))


def test_everything_that_a_turn_tells_is_told_of() -> None:
    assert set(named("`turn.`")) == members(TurnContext)


def test_every_field_of_a_transition_is_told_of() -> None:
    assert named("in a `Transition`") == [one.name for one in attrs.fields(Transition)]


def test_every_effect_is_told_of_with_its_fields() -> None:
    there = [one for one in vars(effects).values() if is_effect(one)]
    signatures = [
        f"{one.__name__}({', '.join(it.name for it in attrs.fields(one))})" for one in there
    ]
    assert named("effect") == signatures


def is_effect(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, Effect) and one is not Effect


def test_the_package_imports_what_the_guide_allows_and_nothing_else_of_the_server() -> None:
    allowed = GUIDE.split("Import from the server only ")[1].split(". All else")[0]
    imported = {name for file in (PROJECT / "pets").glob("*.py") for name in imports(file)}
    ours = {
        name for name in imported if name.split(".")[0] in {"actors", "gamestate", "persistence"}
    }
    assert ours == {it for it in re.findall(r"`([^`]+)`", allowed) if "." in it}


def test_the_rules_have_no_clock_and_no_dice_of_their_own() -> None:
    for name in ("engine.py", "dto.py", "gateway.py"):
        assert not {"time", "random", "datetime"} & set(imports(PROJECT / "pets" / name))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
