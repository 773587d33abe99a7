"""`docs/inventory.md` says what there is."""

from __future__ import annotations

from typing import Final

from gamestate.api.openapi import refusals
from gamestate.modules.inventory.commands import CloseInventory
from gamestate.modules.inventory.settings import InventorySettings
from tests.support.servers.page import defaults_of, payload_of, rows, words
from tests.unit.gamestate.modules.inventory.world import Player

PAGE: Final = "inventory.md"


def test_the_refusals_are_those_that_exist_with_their_facts() -> None:
    documented = [(words(code)[0], words(facts_)) for code, facts_, _ in rows(PAGE, "Refusals")]
    there = [(one.code, list(one.fact_names)) for one in refusals([CloseInventory])]
    assert documented == there


def test_the_commands_are_those_that_exist_with_their_fields(player: Player) -> None:
    documented = {
        words(command)[0]: words(payload) for command, payload, _ in rows(PAGE, "Commands")
    }
    there = {name: payload_of(route.command) for name, route in player.module.routes.items()}
    assert documented == there


def test_the_settings_are_those_that_exist_with_their_defaults() -> None:
    documented = {words(name)[0]: words(default)[0] for name, default, _ in rows(PAGE, "Settings")}
    assert documented == defaults_of(InventorySettings)


def test_the_view_has_the_fields_it_is_told_to_have(player: Player) -> None:
    documented = [words(name)[0] for name, _ in rows(PAGE, "The view")]
    assert documented == list(player.does("view", group="kind"))


def test_the_tooltip_has_the_fields_it_is_told_to_have(player: Player) -> None:
    tooltip = player.does("inspect", item_id=player.gets("longsword"))["tooltip"]
    documented = [name for cells in rows(PAGE, "The tooltip") for name in words(cells[0])]
    assert sorted([*documented, "versatile"]) == sorted(tooltip)
