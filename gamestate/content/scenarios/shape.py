"""Checks of the graph of a scenario: every target exists and every walk ends.

A node that is entered after a fight or when a timer runs out has no message whose sender could get
a refusal. So effects that can be refused, giving and taking items, are allowed in choices and in
nodes that only choices lead to.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Final

from gamestate.content.scenarios.effects import ChangeStats, Grant, Take
from gamestate.content.scenarios.templates import Choice, Node, Scenario
from gamestate.content.scenarios.ways import FIGHT, TIMER, by_itself, reached, ways

MAX_NODES_PER_TURN: Final = 12
"""Nodes entered in one turn; their texts are put together."""


def wrong_nodes(scenario: Scenario) -> Iterator[str]:
    """Nodes that are not exactly one of: a place with choices, a fork, a fight, an end."""
    for node_id, node in scenario.nodes.items():
        for problem in (*_of_kind(node), *_of_fork(node)):
            yield f"nodes.{node_id}{problem}"


def _of_kind(node: Node) -> Iterator[str]:
    kinds = [kind for kind in ("choices", "goto", "fight", "end") if getattr(node, kind)]
    if len(kinds) > 1:
        yield f": has {' and '.join(kinds)}; a node is one of these"
    if not kinds and node.timer is None:
        yield ": nothing leads on from it, and it is no end"
    if node.timer is not None and kinds not in ([], ["choices"]):
        yield f".timer: can't be beside {' and '.join(kinds)}"
    if node.text is None and not node.goto:
        yield ".text: is missing"


def _of_fork(node: Node) -> Iterator[str]:
    for at, branch in enumerate(node.goto):
        last = at == len(node.goto) - 1
        if branch.when is None and not last:
            yield f".goto[{at}]: has no condition, so what comes after it is never reached"
        if branch.when is not None and last:
            yield f".goto[{at}]: the last branch must have no condition"


# The checks below assume that every target exists.


def unreachable(scenario: Scenario) -> Iterator[str]:
    """Nodes that cannot be reached from the start."""
    found = reached(scenario, scenario.start)
    for node_id in scenario.nodes:
        if node_id not in found:
            yield f"nodes.{node_id}: can't be reached from {scenario.start!r}"


def endless(scenario: Scenario) -> Iterator[str]:
    """Nodes from which no end can be reached, though there is a way on from each."""
    ends = {node_id for node_id, node in scenario.nodes.items() if node.end is not None}
    for node_id, node in scenario.nodes.items():
        if any(ways(node)) and not ends & reached(scenario, node_id):
            yield f"nodes.{node_id}: no end can be reached from it"


def loops(scenario: Scenario) -> Iterator[str]:
    """Cycles without a choice."""
    graph = {
        node_id: sorted({way.to for way in ways(node)})
        for node_id, node in scenario.nodes.items()
        if not node.choices
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1][::-1]
        round_trip = " → ".join(cycle)
        yield f"nodes.{cycle[0]}: a loop without a choice: {round_trip}"


def long_walks(scenario: Scenario) -> Iterator[str]:
    """Forks that enter too many nodes at once."""
    targets = {
        node_id: sorted({branch.to for branch in node.goto})
        for node_id, node in scenario.nodes.items()
    }
    lengths: dict[str, int] = {}
    try:
        for node_id in TopologicalSorter(targets).static_order():
            lengths[node_id] = 1 + max((lengths[to] for to in targets[node_id]), default=0)
    except CycleError:
        return  # which `loops` reports
    longest = max(lengths, key=lengths.__getitem__)
    if lengths[longest] > MAX_NODES_PER_TURN:
        yield (
            f"nodes.{longest}: leads through {lengths[longest]} nodes at once, more than "
            f"{MAX_NODES_PER_TURN}"
        )


def fights_in_a_row(scenario: Scenario) -> Iterator[str]:
    """Fights whose outcome leads into another fight without a choice."""
    for node_id, node in scenario.nodes.items():
        for way in ways(node) if node.fight else ():
            after = reached(scenario, way.to, by_itself)
            if any(scenario.nodes[one].fight for one in after):
                yield (
                    f"nodes.{node_id}.{way.field}: leads straight into another fight; put a "
                    "choice between them"
                )


def refusable_without_choice(scenario: Scenario) -> Iterator[str]:
    """Nodes that give or take items, though a fight or a timer leads to them."""
    for node_id, node in scenario.nodes.items():
        for way in ways(node):
            if way.kind in (FIGHT, TIMER):
                for there in sorted(_refusing(scenario, way.to)):
                    yield (
                        f"nodes.{there}.enter: gives or takes items, which may be refused, but "
                        f"is entered without a choice from {node_id!r}; put it on a choice"
                    )


def closed(scenario: Scenario) -> Iterator[str]:
    """Nodes where all choices can be unavailable at once."""
    for node_id, node in scenario.nodes.items():
        always = node.timer or any(_open(scenario, choice) for choice in node.choices)
        if node.choices and not always:
            yield (
                f"nodes.{node_id}.choices: all have a condition or may be refused; one must "
                "always be open"
            )


def no_place_to_go_on(scenario: Scenario) -> Iterator[str]:
    """Migrations to forks and ends, where no session can stay."""
    for version, mapping in scenario.migrations.items():
        for old, new in mapping.items():
            node = scenario.nodes[new]
            if not (node.choices or node.timer or node.fight):
                yield f"migrations.{version}.{old}: {new!r} is no place to go on from"


def _open(scenario: Scenario, choice: Choice) -> bool:
    refusing = any(isinstance(one, Grant | Take | ChangeStats) for one in choice.effects)
    return choice.when is None and not refusing and not _refusing(scenario, choice.to)


def _refusing(scenario: Scenario, start: str) -> set[str]:
    """The nodes entered at once with this one that give or take items."""
    entered = reached(scenario, start, by_itself)
    return {
        one
        for one in entered
        if any(isinstance(effect, Grant | Take) for effect in scenario.nodes[one].enter)
    }
