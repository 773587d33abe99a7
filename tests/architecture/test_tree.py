"""What a reader may rely on in every module: its name, its silence, no circles of imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[2]
PACKAGES = ("actors", "persistence", "gamestate")
SAY_NOTHING = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"}
SPEAK_TO_A_TERMINAL = {"gamestate/cli/main.py"}

CIRCLES: Final[tuple[frozenset[str], ...]] = (
    frozenset(
        f"actors.{name}"
        for name in ("admission cell dispatcher passivation ref registry supervisor system".split())
    ),
)
"""Modules that know each other: the kernel's parts are peers. This only gets shorter."""


@cache
def modules() -> Mapping[str, ast.Module]:
    """By path."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_bytes())
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def names() -> frozenset[str]:
    return frozenset(map(dotted, modules()))


def imports(tree: ast.Module) -> Iterator[str]:
    """Also those that only a type checker follows, and those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in names() else node.module


def prints(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in ast.walk(tree)
    )


def test_every_name_says_what_is_inside() -> None:
    paths = map(Path, modules())
    assert [path for path in paths if SAY_NOTHING & {path.stem, path.parent.name}] == []


def test_only_what_speaks_to_a_terminal_prints() -> None:
    assert {path for path, tree in modules().items() if prints(tree)} <= SPEAK_TO_A_TERMINAL


def test_every_package_ships_its_types() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other; none if there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_modules_import_each_other_in_the_listed_circles_only() -> None:
    graph = {dotted(path): set(imports(tree)) for path, tree in modules().items()}
    one_of = {name: f"circle {number}" for number, peers in enumerate(CIRCLES) for name in peers}
    without: dict[str, set[str]] = {}
    for name, others in graph.items():
        node = one_of.get(name, name)
        known = {one_of.get(other, other) for other in others if other in graph}
        without[node] = without.get(node, set()) | known - {node}
    assert circle(without) == []
    for peers in CIRCLES:
        assert circle({name: graph[name] & peers for name in peers}), "it is gone: unlist it"
