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
import trio

from gamestate.api.problems import problem
from gamestate.contract import effects
from gamestate.contract.module import Module, SessionModule
from gamestate.contract.turn import Effect, Transition, TurnContext
from gamestate.errors import GameStateError
from gamestate.server import config
from pets.settings import PetsSettings
from tests.support.game import Server, World
from tests.support.modules.pets_package import PROJECT, pip_install

GUIDE = (Path(__file__).parents[2] / "docs" / "modules.md").read_text("utf-8")
GAP = "…\n"
RIPE_AFTER_S = 600


def blocks(language: str) -> dict[str, list[str]]:
    """What stands in the fences of a language, by the file it is said to be from."""
    found: dict[str, list[str]] = {}
    for block in re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE):
        head, _, text = block.partition("\n")
        found.setdefault(head.removeprefix("# "), []).append(text)
    return found


def conversation(number: int) -> list[tuple[str, str]]:
    """The messages of a fence of text, each with what is answered."""
    text = re.findall(r"^```text\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)[number]
    exchanges = [exchange.split("\n", 1) for exchange in text.split("> ")[1:]]
    return [(message, answer.strip()) for message, answer in exchanges]


def named(heading: str) -> list[str]:
    """The words in the first cells of the table with this heading."""
    table = GUIDE.split(f"\n| {heading} | ")[1].split("\n\n")[0].splitlines()[2:]
    return [word for row in table for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def members(*classes: type) -> set[str]:
    names = {name for one in classes for name in {**vars(one), **one.__annotations__}}
    return {name for name in names if not name.startswith("_")}


# ------------------------------------------------------------------ the module in one file


async def test_the_module_in_one_file_is_played_as_it_says(
    world: World, nursery: trio.Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed from the guide alone, found by its entry point, on a server that is killed once."""
    source, installed = tmp_path / "garden", tmp_path / "installed"
    source.mkdir()
    for file, texts in (blocks("python") | blocks("toml")).items():
        if file in ("garden.py", "pyproject.toml"):
            (source / file).write_text("".join(texts), "utf-8")
    pip_install(source, installed)
    monkeypatch.syspath_prepend(installed)
    world = World(nursery, ("inventory", "garden"))
    server = await world.start()
    hero = await server.character()
    await plays(server, hero, conversation(0))
    await server.kill()
    server = await world.start()
    await server.pause(RIPE_AFTER_S)
    await plays(server, hero, conversation(1))
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    assert [(item["template_id"], item["quantity"]) for item in backpack] == [("rations", 3)]
    assert world.hot.session(world.session_key(hero, "garden")).keys() == {b"metadata", b"data"}
    await server.orchestrator.logout(hero)
    assert (await world.cold.documents("garden", [hero]))[hero].data == b'{"planted_s":{}}'


async def plays(server: Server, hero: int, exchanges: list[tuple[str, str]]) -> None:
    assert exchanges
    for message, answer in exchanges:
        assert (message, await answered(server, hero, *message.split(" ", 1))) == (message, answer)


async def answered(server: Server, hero: int, type_: str, payload: str) -> str:
    try:
        reply = (await server.send(hero, type_, **json.loads(payload))).reply
    except GameStateError as error:
        found = problem(error)
        return f"{found['status']} {found['code']}"
    return json.dumps(reply)


# ------------------------------------------------------------------ the excerpts


EXCERPTS = [
    (file, text)
    for file, texts in blocks("python").items()
    for text in texts
    if file.startswith("pets/")
]


@pytest.mark.parametrize(("file", "text"), EXCERPTS)
def test_an_excerpt_is_in_the_file_it_is_said_to_be_from(file: str, text: str) -> None:
    left = (PROJECT / file).read_text("utf-8")
    for piece in text.split(GAP):
        before, found, left = left.partition(piece)
        assert found, f"{file} does not have (any more, or not in this order):\n{piece}"
        assert not before or before.endswith("\n")


def test_the_settings_that_are_shown_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "gamestate.toml"
    file.write_text(blocks("toml")["gamestate.toml"][0], "utf-8")
    settings = config.load_settings({}, file)
    assert settings.modules == ("inventory", "combat", "scenario", "pets")
    assert PetsSettings.of(settings.module_settings["pets"]) == PetsSettings(5, 7_200.0, "rations")


# ------------------------------------------------------------------ the tables


def test_every_file_of_the_package_is_explained() -> None:
    files = [file.name for file in (PROJECT / "pets").glob("*.py") if file.name != "__init__.py"]
    assert sorted(named("file")) == sorted(files)


def test_every_member_of_a_module_is_explained() -> None:
    assert sorted(named("member")) == sorted(members(Module, SessionModule))


def test_everything_a_turn_has_is_explained() -> None:
    assert set(named("`turn.`")) == members(TurnContext)


def test_every_field_of_a_transition_is_explained() -> None:
    assert named("in a `Transition`") == [one.name for one in attrs.fields(Transition)]


def test_every_effect_is_explained_with_its_fields() -> None:
    there = [one for one in vars(effects).values() if is_effect(one)]
    signatures = [
        f"{one.__name__}({', '.join(it.name for it in attrs.fields(one))})" for one in there
    ]
    assert named("effect") == signatures


def is_effect(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, Effect) and one is not Effect


def test_the_package_imports_nothing_else_of_the_server_than_its_contract() -> None:
    imported = {name for file in (PROJECT / "pets").glob("*.py") for name in imports(file)}
    ours = {
        name for name in imported if name.split(".")[0] in {"actors", "gamestate", "persistence"}
    }
    assert ours == {"gamestate.contract"}
    assert "Import from the server only `gamestate.contract`." in GUIDE


def test_the_rules_have_no_clock_and_no_dice_of_their_own() -> None:
    for name in ("engine.py", "dto.py", "gateway.py"):
        assert not {"time", "random", "datetime"} & set(imports(PROJECT / "pets" / name))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
