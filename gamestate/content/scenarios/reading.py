"""From the facts of a scenario's file to the scenario."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from cattrs import ClassValidationError, Converter

from gamestate.content.converter import catalogue_converter, explain, register_effects
from gamestate.content.scenarios.checks import problems
from gamestate.content.scenarios.effects import NODE_EFFECTS, NodeEffect
from gamestate.content.scenarios.expressions import Expression, Value
from gamestate.content.scenarios.prose import Prose
from gamestate.content.scenarios.scope import World
from gamestate.content.scenarios.templates import Branch, Scenario

VERSION_DIGITS: Final = 16

NOT_WRITTEN: Final = {
    "scenario_id": "is the name of the file and not repeated in it",
    "version": "is computed from the content",
}

NOT_PLAYED: Final = frozenset({"about", "migrations", "names"})


@cache
def scenario_converter() -> Converter:
    """The catalogue's converter, with texts, expressions and the effects of nodes. There is one,
    because it compiles what it reads."""
    converter = catalogue_converter()
    converter.register_structure_hook(Prose, lambda value, _: Prose.parse(_text(value)))
    converter.register_structure_hook(Expression, lambda value, _: Expression.parse(_code(value)))
    converter.register_structure_hook_factory(
        lambda type_: type_ == Value, lambda _: lambda value, _: _value(value)
    )
    inner = converter.get_structure_hook(tuple[Branch, ...])
    converter.register_structure_hook_factory(
        lambda type_: type_ == tuple[Branch, ...],
        lambda type_: lambda value, _: inner(_branches(value), type_),
    )
    register_effects(converter, NodeEffect, NODE_EFFECTS)
    return converter


def read_scenario(
    scenario_id: str, facts: object, world: World, converter: Converter
) -> tuple[Scenario | None, list[str]]:
    """The scenario, and every problem with it; None if there are any.

    Args:
        facts: what the file says, as plain data.
        world: the catalogue around it.
        converter: a `scenario_converter`.
    """
    if not isinstance(facts, dict):
        return None, ["must be a table of fields"]
    if written := [f"{field}: {why}" for field, why in NOT_WRITTEN.items() if field in facts]:
        return None, written
    named = {"scenario_id": scenario_id, "version": version_of(facts)}
    try:
        scenario = converter.structure({**facts, **named}, Scenario)
    except (ClassValidationError, ValueError) as error:
        return None, explain(error)
    found = problems(scenario, world)
    return None if found else scenario, found


def version_of(facts: Mapping[str, Any]) -> str:
    """The digest of what is played: the same for the same content, however it is laid out."""
    played = {field: fact for field, fact in facts.items() if field not in NOT_PLAYED}
    canonical = json.dumps(played, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_DIGITS]


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"{value!r} is not a text")
    return value


def _code(value: Any) -> str:
    """An expression is a text; a number or `true` may be written as it is."""
    if type(value) not in (str, int, bool):
        raise ValueError(f"{value!r} is not an expression")
    return str(value)


def _value(value: Any) -> Any:
    if type(value) not in (bool, int, str):
        raise ValueError(f"{value!r} is not true or false, a whole number or a text")
    return value


def _branches(value: Any) -> Any:
    """A fork with one branch may be written as its target."""
    return [{"to": value}] if type(value) is str else value
