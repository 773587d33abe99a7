"""`docs/embedding.md` lists the public Python API, and its example runs."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gamestate

PAGE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")


def block(language: str) -> str:
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(text)


def python(code: str, directory: Path) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=directory, stdout=subprocess.PIPE, text=True, timeout=120, check=True
    ).stdout


def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    assert python(block("python"), tmp_path) == block("text")


@pytest.mark.parametrize("name", gamestate.__all__)
def test_every_public_name_is_there_and_on_the_page(name: str) -> None:
    assert getattr(gamestate, name)
    assert re.search(rf"`{name}\b", PAGE)


def test_every_operation_is_on_the_page_with_its_parameters() -> None:
    rows = re.findall(r"^\| `(\w+)\((\w.*?)\)`", PAGE, re.MULTILINE)
    assert len(rows) == 10
    for name, parameters in rows:
        home = gamestate if name in gamestate.__all__ else gamestate.GameStateOrchestrator
        signature = inspect.signature(getattr(home, name)).parameters
        written = re.findall(r"(\w+)(?:=\w+)?(?:, |$)", parameters)
        assert written == [one for one in signature if one != "self"], name


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'CharacterActor'"):
        gamestate.CharacterActor  # noqa: B018


def test_the_package_and_its_client_load_no_server_code(tmp_path: Path) -> None:
    code = "import sys, gamestate.client; print(*sys.modules)"
    loaded = set(python(code, tmp_path).split())
    assert not loaded & {"trio", "asyncio", "attrs", "granian", "asyncpg", "redis", "orjson"}
