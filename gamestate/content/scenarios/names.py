"""Checks of the names in a scenario: each exists and is of the right kind."""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from gamestate.content.scenarios.effects import (
    AddToVariable,
    ChangeStats,
    Grant,
    NodeEffect,
    SetVariable,
    Take,
)
from gamestate.content.scenarios.expressions import (
    FLAG,
    NUMBER,
    RESERVED,
    Expression,
    Scope,
    value_of_kind,
)
from gamestate.content.scenarios.prose import Prose
from gamestate.content.scenarios.scope import World, all_effects
from gamestate.content.scenarios.templates import MAX_MONSTERS, Fight, Node, Scenario
from gamestate.content.scenarios.ways import ways


def missing_nodes(scenario: Scenario) -> Iterator[str]:
    """Targets that are not nodes."""
    if scenario.start not in scenario.nodes:
        yield f"start: there is no node {scenario.start!r}"
    for node_id, node in scenario.nodes.items():
        for way in ways(node):
            if way.to not in scenario.nodes:
                yield f"nodes.{node_id}.{way.field}: there is no node {way.to!r}"
    for version, mapping in scenario.migrations.items():
        for old, new in mapping.items():
            if new not in scenario.nodes:
                yield f"migrations.{version}.{old}: there is no node {new!r}"


def wrong_variables(scenario: Scenario) -> Iterator[str]:
    """Variables that expressions can't use."""
    for name, value in scenario.variables.items():
        if name in RESERVED or keyword.iskeyword(name):
            yield f"variables.{name}: means something else in an expression"
        if value_of_kind(value) is None:
            yield f"variables.{name}: {value!r} is too large or has unprintable characters"


def wrong_names(scenario: Scenario, scope: Scope) -> Iterator[str]:
    """`names` for stats that do not exist."""
    for name in scenario.names:
        if name not in scope.spaces["stats"]:
            yield f"names.{name}: there is no stat {name!r}"


def wrong_monsters(scenario: Scenario, world: World) -> Iterator[str]:
    """Monsters that are unknown or too many."""
    for node_id, node in scenario.nodes.items():
        for problem in _of_fight(node.fight, world) if node.fight else ():
            yield f"nodes.{node_id}.fight.monsters{problem}"


def _of_fight(fight: Fight, world: World) -> Iterator[str]:
    for at, foe in enumerate(fight.monsters):
        if foe.monster not in world.monsters:
            yield f"[{at}].monster: there is no monster {foe.monster!r}"
    count = sum(foe.count for foe in fight.monsters)
    if count > MAX_MONSTERS:
        yield f": at most {MAX_MONSTERS} monsters fight at once, not {count}"


def wrong_effects(scenario: Scenario, scope: Scope) -> Iterator[str]:
    """Effects on items, stats or variables that do not exist or are of another kind."""
    for path, effect in all_effects(scenario):
        yield from (f"{path}.{problem}" for problem in _of_effect(effect, scope))


def _of_effect(effect: NodeEffect, scope: Scope) -> Iterator[str]:
    yield from _of_expression("when", effect.when, FLAG, scope)
    match effect:
        case Grant(item=item) | Take(item=item):
            if item not in scope.ids["item"]:
                yield f"item: there is no item {item!r}"
        case ChangeStats(changes=changes):
            unknown = sorted(changes.keys() - scope.spaces["stats"])
            yield from (f"changes: there is no stat {name!r}" for name in unknown)
        case SetVariable(variable=variable) | AddToVariable(variable=variable):
            yield from _of_variable(variable, effect, scope)


def _of_variable(variable: str, effect: SetVariable | AddToVariable, scope: Scope) -> Iterator[str]:
    kind = scope.variables.get(variable)
    if kind is None:
        yield f"variable: there is no variable {variable!r}"
    elif isinstance(effect, SetVariable):
        yield from _of_expression("to", effect.to, kind, scope)
    elif kind != NUMBER:
        yield f"variable: {variable!r} is {kind} and must be {NUMBER}"
    else:
        yield from _of_expression("points", effect.points, NUMBER, scope)


def wrong_texts(scenario: Scenario, scope: Scope) -> Iterator[str]:
    """Texts and conditions with invalid expressions."""
    for node_id, node in scenario.nodes.items():
        path = f"nodes.{node_id}"
        for field, prose in _proses(node):
            yield from _problem(f"{path}.{field}", partial(prose.check, scope))
        for field, condition in _conditions(node):
            yield from (f"{path}.{one}" for one in _of_expression(field, condition, FLAG, scope))


def _proses(node: Node) -> Iterator[tuple[str, Prose]]:
    shown = [("text", node.text), ("again", node.again)]
    for at, choice in enumerate(node.choices):
        lines = (("text", choice.text), ("why", choice.why), ("told", choice.told))
        shown += [(f"choices[{at}].{field}", line) for field, line in lines]
    yield from ((field, prose) for field, prose in shown if prose is not None)


def _conditions(node: Node) -> Iterator[tuple[str, Expression | None]]:
    for at, choice in enumerate(node.choices):
        yield f"choices[{at}].when", choice.when
    for at, branch in enumerate(node.goto):
        yield f"goto[{at}].when", branch.when


def repeated_choices(scenario: Scenario) -> Iterator[str]:
    """Choices of one node that have the same id."""
    for node_id, node in scenario.nodes.items():
        for choice_id, count in Counter(choice.id for choice in node.choices).items():
            if count > 1:
                yield f"nodes.{node_id}.choices: {count} of them have the id {choice_id!r}"


def _of_expression(
    field: str, expression: Expression | None, kind: str, scope: Scope
) -> Iterator[str]:
    if expression is not None:
        yield from _problem(field, partial(expression.require, kind, scope))


def _problem(path: str, check: Callable[[], None]) -> Iterator[str]:
    try:
        check()
    except ValueError as error:
        yield f"{path}: {error}"
