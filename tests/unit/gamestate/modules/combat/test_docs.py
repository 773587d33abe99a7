"""`docs/combat.md` says what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import attrs

from gamestate.api.openapi import refusals
from gamestate.modules import combat
from gamestate.modules.combat.commands import Act
from gamestate.modules.combat.conditions import CONDITIONS, Condition
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.settings import CombatSettings
from tests.support.servers.page import defaults_of, payload_of, rows, words
from tests.unit.gamestate.modules.combat.world import Player

PAGE: Final = "combat.md"
NOTED: Final = re.compile(r'\.note\(\s*[^,()]+,\s*"(\w+)"')


def test_the_commands_are_those_that_exist_with_their_fields(player: Player) -> None:
    documented = {
        words(command)[0]: words(payload) for command, payload, _ in rows(PAGE, "Commands")
    }
    routes = player.combat.routes.items()
    assert documented == {name: payload_of(it.command) for name, it in routes if not it.internal}


def test_a_fight_has_the_fields_it_is_told_to_have(player: Player) -> None:
    player.fights("rat")
    documented = [name for cells in rows(PAGE, "The fight") for name in words(cells[0])]
    assert documented == list(player.fights_on())


def test_the_log_has_the_actions_it_is_told_to_have() -> None:
    documented = {words(cells[0])[0] for cells in rows(PAGE, "The log")}
    sources = Path(combat.__path__[0]).glob("*.py")
    assert documented == {action for file in sources for action in NOTED.findall(file.read_text())}


def test_conditions_do_what_they_are_told_to_do() -> None:
    documented = {words(name)[0]: (words(does), does) for name, does in rows(PAGE, "Conditions")}
    assert {name: set(does) for name, (does, _) in documented.items()} == {
        name: doings(condition) for name, condition in CONDITIONS.items()
    }
    for name, condition in CONDITIONS.items():
        if (damage := condition.damage) is not None:
            assert f"{damage.dice} {damage.type}" in documented[name][1]


def doings(condition: Condition) -> set[str]:
    return {one.name for one in attrs.fields(Condition) if getattr(condition, one.name)}


def test_the_refusals_are_those_that_exist_with_their_facts() -> None:
    documented = [(words(code)[0], words(facts_)) for code, facts_, _ in rows(PAGE, "Refusals")]
    assert documented == [(one.code, list(one.fact_names)) for one in refusals([Act])]


def test_the_settings_are_those_that_exist_with_their_defaults() -> None:
    documented = {words(name)[0]: words(default)[0] for name, default, _ in rows(PAGE, "Settings")}
    assert documented == defaults_of(CombatSettings)


def test_the_proficiency_of_the_rules_is_the_one_that_is_told() -> None:
    documented = next(cells for cells in rows(PAGE, "Settings") if "proficiency" in cells[0])
    assert documented[2].endswith(f"what the rules say, {Rules().proficiency}")
