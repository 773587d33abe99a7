"""The graph of a scenario as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gamestate.content.scenarios.templates import Node, Scenario
from gamestate.content.scenarios.ways import CHOICE, FIGHT, GOTO, TIMER, Way, ways

MAX_LABEL_CHARS: Final = 40

ARROWS: Final = {CHOICE: "-->", GOTO: "-.->", FIGHT: "==>", TIMER: "--o"}
"""By who takes the way: the player, the scenario at once, a fight, a timer."""


def graph(scenario: Scenario) -> str:
    """The scenario as a Mermaid flowchart: a node a line, then a way a line, in the order of the
    file. Ends are round, fights six-sided, forks diamonds; the start has a thick border."""
    return "\n".join(_lines(scenario)) + "\n"


def _lines(scenario: Scenario) -> Iterator[str]:
    yield "flowchart TD"
    for node_id, node in scenario.nodes.items():
        yield f"    {_name(node_id)}{_shape(node_id, node)}"
    for node_id, node in scenario.nodes.items():
        for way in ways(node):
            yield f"    {_name(node_id)} {_arrow(way)} {_name(way.to)}"
    yield f"    style {_name(scenario.start)} stroke-width:4px"


def _name(node_id: str) -> str:
    """A node name that is no keyword of Mermaid, such as `end`."""
    return f"n_{node_id.replace('-', '_')}"


def _shape(node_id: str, node: Node) -> str:
    if node.end is not None:
        name = node_id if node.end == node_id else f"{node_id}: {node.end}"
        return f'(["{name}"])'
    if node.fight is not None:
        foes = ", ".join(f"{foe.count} {foe.monster}" for foe in node.fight.monsters)
        return f'{{{{"{node_id}: {foes}"}}}}'
    return f'{{"{node_id}"}}' if node.goto else f'["{node_id}"]'


def _arrow(way: Way) -> str:
    arrow = ARROWS[way.kind]
    return f'{arrow}|"{_label(way.label)}"|' if way.label else arrow


def _label(text: str) -> str:
    """The label with Mermaid's special characters escaped."""
    short = text if len(text) <= MAX_LABEL_CHARS else text[: MAX_LABEL_CHARS - 1] + "…"
    escaped = (f"#{ord(each)};" if each in '"#<>&`' else each for each in short)
    return "".join(escaped)
