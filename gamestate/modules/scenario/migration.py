"""Which version of its scenario a session goes on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from attrs import evolve, frozen

from gamestate.content.scenarios.expressions import Value, value_of_kind
from gamestate.content.scenarios.gateway import ScenarioGateway
from gamestate.content.scenarios.templates import Node, Scenario
from gamestate.modules.scenario.dto import ScenarioSessionDTO


@frozen
class Played:
    """A session and the scenario it goes on with; None: this process does not have the version, and
    there is no migration from it."""

    session: ScenarioSessionDTO
    scenario: Scenario | None


def played(session: ScenarioSessionDTO, scenarios: ScenarioGateway) -> Played:
    """The scenario of the catalogue, if the session has its version or can be migrated to it; else
    the session's version, if this process has it."""
    now = scenarios.current(session.scenario)
    if now is not None and now.version != session.version:
        migrated = _migrated(session, now)
        if migrated is not None:
            return Played(migrated, now)
    return Played(session, scenarios.version(session.scenario, session.version))


def _migrated(session: ScenarioSessionDTO, scenario: Scenario) -> ScenarioSessionDTO | None:
    """The session at its place in another version. No node is entered: the text stays.
    None if there is no such place."""
    mapping = scenario.migrations.get(session.version)
    if mapping is None:
        return None
    node_id = mapping.get(session.node, session.node)
    node = scenario.nodes.get(node_id)
    if node is None or not _goes_on(node, session):
        return None
    return evolve(
        session,
        version=scenario.version,
        node=node_id,
        visits=_visits(session.visits, mapping, scenario),
        deadline_s=session.deadline_s if node.timer else None,
        variables=_variables(session.variables, scenario),
    )


def _goes_on(node: Node, session: ScenarioSessionDTO) -> bool:
    """Whether something can follow at a node that was not entered."""
    if session.fighting:
        return node.fight is not None
    return bool(node.choices) or (node.timer is not None and session.deadline_s is not None)


def _visits(
    visits: Mapping[str, int], mapping: Mapping[str, str], scenario: Scenario
) -> Mapping[str, int]:
    moved: Counter[str] = Counter()
    for node_id, times in visits.items():
        moved[mapping.get(node_id, node_id)] += times
    return {node_id: times for node_id, times in moved.items() if node_id in scenario.nodes}


def _variables(held: Mapping[str, Value], scenario: Scenario) -> Mapping[str, Value]:
    """What is held, of the variables that are still there and of the same kind."""
    return {
        name: held[name]
        if name in held and value_of_kind(held[name]) == value_of_kind(initial)
        else initial
        for name, initial in scenario.variables.items()
    }
