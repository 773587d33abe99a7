"""`docs/guarantees.md` names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NAMED: Final = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def defined_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_test_that_proves_a_promise_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "guarantees.md").read_text("utf-8"))
    assert len(named) > 30
    assert [(file, test) for file, test in named if test not in defined_in(ROOT / file)] == []
