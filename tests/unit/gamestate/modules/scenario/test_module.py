"""The module as the trunk sees it."""

from __future__ import annotations

import pytest

from gamestate.content.items import ItemGateway
from gamestate.content.scenarios.gateway import ScenarioGateway
from gamestate.contract.module import Storage
from gamestate.errors import ConfigurationError
from gamestate.modules.scenario.module import scenario
from tests.unit.gamestate.modules.scenario.player import Player
from tests.unit.gamestate.modules.scenario.tale import CATALOGUE


def test_a_setting_is_refused_because_there_are_none() -> None:
    with pytest.raises(ConfigurationError, match=r"module_settings\.scenario: unknown speed"):
        scenario({"speed": 3}, ScenarioGateway({}), ItemGateway(CATALOGUE))


def test_its_sessions_are_documents_that_say_nothing_about_the_character() -> None:
    module = Player().module
    assert (module.name, module.storage, module.derives) == ("scenario", Storage.DOCUMENT, False)


def test_only_being_woken_is_internal() -> None:
    routes = Player().module.routes
    assert {name for name, route in routes.items() if route.internal} == {"wake"}
    assert set(routes) == {"start", "choose", "view", "abandon", "wake"}
