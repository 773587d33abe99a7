"""constraints.txt pins everything an installation takes, and names no address."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def lines(root: Path) -> list[str]:
    text = (root / "constraints.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def pins(lines: list[str]) -> Mapping[str, Requirement]:
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}


def test_every_line_is_one_exact_version(lines: list[str]) -> None:
    pin = re.compile(r"[a-z0-9-]+==[\w.]+( ; .+)?")
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_everything_the_project_asks_for_is_pinned_within_its_bounds(
    root: Path, pins: Mapping[str, Requirement]
) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["test"],
    ]
    for requirement in map(Requirement, asked):
        pinned = str(pins[canonicalize_name(requirement.name)].specifier).removeprefix("==")
        assert requirement.specifier.contains(pinned), requirement
