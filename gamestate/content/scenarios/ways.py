"""The edges of a scenario's graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from gamestate.content.scenarios.templates import Node, Scenario

CHOICE, GOTO, FIGHT, TIMER = "choice", "goto", "fight", "timer"


@frozen
class Way:
    """One way out of a node.

    Attributes:
        kind: who takes it: the player by a CHOICE, or the scenario by GOTO, FIGHT or TIMER.
        field: where in the node it stands, as `choices[0].to`.
        label: its text in a picture.
    """

    kind: str
    field: str
    label: str
    to: str


def ways(node: Node) -> Iterator[Way]:
    """Every way out of the node, in the order of the file."""
    for at, choice in enumerate(node.choices):
        yield Way(CHOICE, f"choices[{at}].to", choice.text.text, choice.to)
    for at, branch in enumerate(node.goto):
        yield Way(GOTO, f"goto[{at}].to", str(branch.when or ""), branch.to)
    if node.fight is not None:
        for outcome, to in node.fight.outcomes.items():
            if outcome != "ended" or node.fight.ended is not None:
                yield Way(FIGHT, f"fight.{outcome}", outcome, to)
    if node.timer is not None:
        yield Way(TIMER, "timer.to", f"after {node.timer.after_s} s", node.timer.to)


def reached(
    scenario: Scenario, start: str, follow: Callable[[Node, Way], bool] = lambda node, way: True
) -> set[str]:
    """The nodes that can be reached from `start`, itself included, by the ways that `follow` names.

    Every target must exist."""
    found, fresh = {start}, [start]
    while fresh:
        node = scenario.nodes[fresh.pop()]
        for way in ways(node):
            if way.to not in found and follow(node, way):
                found.add(way.to)
                fresh.append(way.to)
    return found


def by_itself(node: Node, way: Way) -> bool:
    """Whether the way is taken at once, without a choice."""
    return way.kind == GOTO
