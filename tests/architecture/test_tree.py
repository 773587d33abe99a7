"""What a reader may rely on in every module: its size, its name, its silence."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("actors", "persistence", "gamestate")
MAX_LINES = 450
SAY_NOTHING = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"}
SPEAK_TO_A_TERMINAL = {"gamestate/cli/main.py", "gamestate/cli/demo.py"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path


def prints(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in ast.walk(ast.parse(path.read_bytes()))
    )


def test_every_module_is_short_enough_to_be_one_noun() -> None:
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_name_says_what_is_inside() -> None:
    assert [name for name, path in modules() if SAY_NOTHING & {path.stem, path.parent.name}] == []


def test_only_what_speaks_to_a_terminal_prints() -> None:
    loud = {name for name, path in modules() if prints(path)}
    assert loud - SPEAK_TO_A_TERMINAL == set()


def test_every_package_ships_its_types() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []
