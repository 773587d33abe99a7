"""The names that the expressions of a scenario may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from gamestate.content.scenarios.effects import VITALS, NodeEffect, Teach
from gamestate.content.scenarios.expressions import Scope, value_of_kind
from gamestate.content.scenarios.templates import Node, Scenario
from gamestate.content.templates import STATS, ItemTemplate, Learn


@frozen
class World:
    """The ids of the catalogue around a scenario, and the skills that its items teach."""

    items: frozenset[str] = frozenset()
    monsters: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


def skills_of(items: Iterable[ItemTemplate]) -> frozenset[str]:
    """The stats, beyond those every character has, that items teach or ask for."""
    taught = (
        effect.skill for item in items for effect in item.effects if isinstance(effect, Learn)
    )
    asked = (name for item in items for name in item.requirements)
    return frozenset((*taught, *asked))


def scope_of(scenario: Scenario, world: World) -> Scope:
    """The names that exist in this scenario and catalogue."""
    taught = (one.skill for _, one in all_effects(scenario) if isinstance(one, Teach))
    stats = frozenset((*STATS, *world.skills, *scenario.stats, *taught))
    vitals = frozenset((*VITALS, *(f"{vital}_max" for vital in VITALS)))
    return Scope(
        _kinds(scenario),
        {"stats": stats, "vitals": vitals, "derived": stats | {"armor_class"}},
        {"item": world.items, "node": frozenset(scenario.nodes)},
    )


def all_effects(scenario: Scenario) -> Iterator[tuple[str, NodeEffect]]:
    """Every effect, with the path to it."""
    for node_id, node in scenario.nodes.items():
        for path, effect in effects_of(node):
            yield f"nodes.{node_id}.{path}", effect


def effects_of(node: Node) -> Iterator[tuple[str, NodeEffect]]:
    """Every effect of a node and of its choices, with the path to it in the node."""
    for at, effect in enumerate(node.enter):
        yield f"enter[{at}]", effect
    for number, choice in enumerate(node.choices):
        for at, effect in enumerate(choice.effects):
            yield f"choices[{number}].effects[{at}]", effect


def _kinds(scenario: Scenario) -> Mapping[str, str]:
    kinds = {name: value_of_kind(value) for name, value in scenario.variables.items()}
    return {name: kind for name, kind in kinds.items() if kind is not None}
