"""The module as the server core sees it."""

from __future__ import annotations

import pytest

from gamestate.contract.module import Storage, overrides
from gamestate.contract.settings import ModuleSettings
from gamestate.errors import ConfigurationError
from gamestate.modules.scenario.orchestrator import ScenarioOrchestrator
from tests.unit.gamestate.modules.scenario.player import Player


def test_a_setting_is_refused_because_there_are_none() -> None:
    with pytest.raises(ConfigurationError, match=r"scenario\.speed: unknown field; there are none"):
        ScenarioOrchestrator(ModuleSettings({"speed": 3}))


def test_its_sessions_are_documents_that_say_nothing_about_the_character() -> None:
    module = Player().module
    assert (module.name, module.storage) == ("scenario", Storage.DOCUMENT)
    assert not overrides(module, "derived")


def test_only_being_woken_is_internal() -> None:
    routes = Player().module.routes
    assert {name for name, route in routes.items() if route.internal} == {"wake"}
    assert set(routes) == {"start", "choose", "view", "abandon", "wake"}
