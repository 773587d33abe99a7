"""ScenarioGateway: the scenarios of the catalogue for the scenario module."""

from __future__ import annotations

from collections.abc import Mapping

from gamestate.content.scenarios.templates import Scenario
from gamestate.errors import MalformedError


class UnknownScenarioError(MalformedError):
    """The catalogue has no scenario of this id."""

    code = "unknown_scenario"

    def __init__(self, scenario_id: str) -> None:
        super().__init__(f"there is no scenario {scenario_id!r}", scenario=scenario_id)


class ScenarioGateway:
    """The scenarios of the catalogue, and every version of them that was in it since the start of
    the process: a session goes on with the one it began with. In memory: every call is a look-up.
    """

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        self._current: Mapping[str, Scenario] = {}
        self._versions: dict[tuple[str, str], Scenario] = {}
        self.replace(scenarios)

    def replace(self, scenarios: Mapping[str, Scenario]) -> None:
        """Replace the scenarios after a reload of the catalogue: new sessions start with these."""
        self._versions |= {(one.scenario_id, one.version): one for one in scenarios.values()}
        self._current = dict(scenarios)

    def scenario(self, scenario_id: str) -> Scenario:
        """The scenario of the current catalogue. Raises: UnknownScenarioError."""
        try:
            return self._current[scenario_id]
        except KeyError:
            raise UnknownScenarioError(scenario_id) from None

    def current(self, scenario_id: str) -> Scenario | None:
        """The scenario of the current catalogue; None if there is none."""
        return self._current.get(scenario_id)

    def version(self, scenario_id: str, version: str) -> Scenario | None:
        """The scenario in this version; None if this process never had it."""
        return self._versions.get((scenario_id, version))
