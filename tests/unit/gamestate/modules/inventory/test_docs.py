"""`docs/inventory.md` says what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import orjson

from gamestate.api.openapi import facts, refusals
from gamestate.modules.inventory.commands import CloseInventory
from gamestate.modules.inventory.settings import InventorySettings
from tests.unit.gamestate.modules.inventory.world import Player

DOCS = Path(__file__).parents[5] / "docs" / "inventory.md"


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = DOCS.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_refusals_are_those_that_exist_with_their_facts() -> None:
    told = [(words(code)[0], words(facts_)) for code, facts_, _ in rows("Refusals")]
    there = [(one.code, list(facts(one))) for one in refusals([CloseInventory])]
    assert told == there


def test_the_commands_are_those_that_exist_with_their_fields(player: Player) -> None:
    told = {words(command)[0]: words(payload) for command, payload, _ in rows("Commands")}
    there = {
        name: [field.name + "?" * has_default(field) for field in attrs.fields(route.command)]
        for name, route in player.module.routes.items()
    }
    assert told == there


def has_default(field: attrs.Attribute[object]) -> bool:
    return field.default is not attrs.NOTHING


def test_the_settings_are_those_that_exist_with_their_defaults() -> None:
    told = {words(name)[0]: words(default)[0] for name, default, _ in rows("Settings")}
    there = {
        field.name: orjson.dumps(field.default).decode()
        for field in attrs.fields(InventorySettings)
    }
    assert told == there


def test_the_view_has_the_fields_it_is_told_to_have(player: Player) -> None:
    told = [words(name)[0] for name, _ in rows("The view")]
    assert told == list(player.does("view", group="kind"))


def test_the_tooltip_has_the_fields_it_is_told_to_have(player: Player) -> None:
    tooltip = player.does("inspect", item_id=player.gets("longsword"))["tooltip"]
    told = [name for cells in rows("The tooltip") for name in words(cells[0])]
    assert sorted([*told, "versatile"]) == sorted(tooltip)
