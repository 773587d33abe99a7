"""Scenarios as a session module: where its parts are put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from attrs import frozen

from gamestate.content.scenarios.gateway import ScenarioGateway as Scenarios
from gamestate.contract.effects import FightEnded
from gamestate.contract.module import Parts, SessionModule, Snapshot, Storage
from gamestate.contract.settings import settings_of
from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import Effect, EffectRoute, Route
from gamestate.errors import MalformedError
from gamestate.modules.scenario import commands
from gamestate.modules.scenario.codec import SCHEMA, ScenarioCodec
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from gamestate.modules.scenario.engine import ScenarioEngine
from gamestate.modules.scenario.gateway import SCENARIO, ScenarioGateway, TakePlace
from gamestate.modules.scenario.orchestrator import ScenarioOrchestrator
from persistence.records import Section


@frozen
class ScenarioSettings:
    """What an operator may set for scenarios: nothing."""


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str: ...


class Items(Protocol):
    """What the module asks of the items of the catalogue."""

    def template(self, template_id: str) -> Named:
        """The template. Raises a MalformedError if there is none."""


def scenario(settings: Mapping[str, Any], scenarios: Scenarios, items: Items) -> SessionModule:
    """The scenario module for a catalogue. It has no settings.

    Raises:
        ConfigurationError: a setting is given.
    """
    settings_of(ScenarioSettings, SCENARIO, settings)

    def item_name(template_id: str) -> str:
        try:
            return items.template(template_id).name
        except MalformedError:  # an older version's item, of which the catalogue knows no more
            return template_id

    gateway = ScenarioGateway(ScenarioEngine(item_name), scenarios)
    return ScenarioModule(gateway, ScenarioOrchestrator(ScenarioCodec()))


class ScenarioModule:
    """A SessionModule over the gateway and the orchestrator."""

    name = SCENARIO
    schema = SCHEMA
    storage = Storage.DOCUMENT
    derives = False

    def __init__(self, gateway: ScenarioGateway, orchestrator: ScenarioOrchestrator) -> None:
        self._orchestrator = orchestrator
        self.effects: Mapping[type[Effect], EffectRoute] = {
            FightEnded: EffectRoute(gateway.fight_ended),
            TakePlace: EffectRoute(gateway.take_place, needs_session=False),
        }
        self.routes: Mapping[str, Route] = {
            "start": Route(commands.StartScenario, gateway.start),
            "choose": Route(commands.Choose, gateway.choose),
            "view": Route(commands.ViewScenario, gateway.view),
            "abandon": Route(commands.AbandonScenario, gateway.abandon),
            "wake": Route(commands.Wake, gateway.wake, internal=True),
        }

    def keeps(self, session: ScenarioSessionDTO) -> bool:
        """See SessionModule: until it is over."""
        return not session.over

    def shown(self, session: ScenarioSessionDTO) -> bool:
        """See SessionModule: until it is over."""
        return not session.over

    def wakes_at(self, session: ScenarioSessionDTO) -> float | None:
        """See SessionModule: when the time of the node is up."""
        return None if session.over else session.deadline_s

    def encode(self, session: Any, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return self._orchestrator.save_session(session, touched)

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """See SessionModule."""
        return self._orchestrator.restore_session(fields, schema)

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """See SessionModule."""
        return self._orchestrator.load_session(snapshot)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """See SessionModule. A document is always written whole."""
        return self._orchestrator.backup_session(session_id, session)

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """See SessionModule. A scenario makes nothing of a character."""
        return {}
