"""A page of `docs/`, for tests that hold it to the code: its tables, and what it says in code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import orjson

DOCS = Path(__file__).parents[3] / "docs"


def rows(page: str, heading: str) -> Iterator[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = (DOCS / page).read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def words(cell: str) -> list[str]:
    """What a cell says in code."""
    return re.findall(r"`([^`]+)`", cell)


def payload_of(command: type) -> list[str]:
    """The fields of a command as a page writes them: `name`, or `name?` if it may be left out."""
    fields: tuple[attrs.Attribute[object], ...] = attrs.fields(command)
    return [one.name + "?" * (one.default is not attrs.NOTHING) for one in fields]


def defaults_of(settings: type) -> dict[str, str]:
    """The settings of a module as a page writes them: name to default, as JSON."""
    fields: tuple[attrs.Attribute[object], ...] = attrs.fields(settings)
    return {one.name: orjson.dumps(one.default).decode() for one in fields}
