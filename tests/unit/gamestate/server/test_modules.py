"""Which session modules there are, and how a server gets those in its settings."""

from __future__ import annotations

import pytest

from gamestate.content import catalogue
from gamestate.content.live import LiveContent
from gamestate.contract.state import SESSIONS
from gamestate.errors import ConfigurationError
from gamestate.modules.combat.orchestrator import CombatOrchestrator
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.server.config import Settings
from gamestate.server.modules import DOCUMENT_TABLES, OWN_MODULES, load_modules


@pytest.fixture(scope="module")
def content() -> LiveContent:
    return LiveContent(catalogue.load(None))


def test_a_server_has_all_of_its_own_modules_unless_it_is_told_otherwise() -> None:
    assert Settings().modules == tuple(OWN_MODULES) == ("inventory", "combat", "scenario")


def test_each_session_that_every_view_names_has_a_module_of_the_server() -> None:
    assert set(SESSIONS) <= set(OWN_MODULES)


def test_fights_and_scenarios_have_tables_of_their_own() -> None:
    assert DOCUMENT_TABLES == {"combat": "combat_sessions", "scenario": "scenario_sessions"}


def test_the_configured_modules_are_made_in_order_each_with_its_settings(
    content: LiveContent,
) -> None:
    settings = {"combat": {"log_kept": 5}}
    combat, inventory = load_modules(("combat", "inventory"), settings, content)
    assert isinstance(combat, CombatOrchestrator)
    assert isinstance(inventory, InventoryOrchestrator)
    with pytest.raises(
        ConfigurationError, match=r"^module_settings\.inventory\.log_kept: unknown field"
    ):
        load_modules(("inventory",), {"inventory": {"log_kept": 5}}, content)


def test_a_module_that_is_not_there_is_refused_with_those_that_are(content: LiveContent) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"there is no module 'pets'; there are: combat, inventory, scenario",
    ):
        load_modules(("pets",), {}, content)
