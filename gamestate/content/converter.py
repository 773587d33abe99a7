"""Plain data to templates and back, strictly: nothing is guessed, coerced or ignored."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from reprlib import repr as show
from typing import Any

import attrs
from cattrs import ClassValidationError, Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory, is_mapping
from cattrs.errors import ForbiddenExtraKeysError

from gamestate.content.constraints import Constraint
from gamestate.content.dice import Dice

Hook = Callable[[Any, Any], Any]


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which a key stood more than once; `repeated` names them."""

    repeated: tuple[str, ...] = ()


def catalogue_converter() -> Converter:
    """A converter that refuses unknown fields, wrong types and what a `Constraint` refuses, and
    that leaves defaults out when it writes.

    Raises (its `structure`): ClassValidationError, or ValueError if there is no table of fields at
    all; `explain` says either in sentences.
    """
    converter = Converter(forbid_extra_keys=True, omit_if_default=True)
    _register_scalars(converter)
    _register_containers(converter)
    converter.register_structure_hook_factory(
        lambda type_: isinstance(getattr(type_, "__metadata__", (None,))[0], Constraint),
        lambda type_: _constrained(type_.__origin__, type_.__metadata__[0], converter),
    )
    return converter


def explain(error: ClassValidationError | ValueError) -> list[str]:
    """Every problem in a structuring error: `slots[0]: 'hand' is not an equipment slot`."""
    return [
        _path_first(line)
        for line in transform_error(error, path="", format_exception=lambda exc, _: _say(exc))
    ]


def _register_scalars(converter: Converter) -> None:
    for type_, noun in ((str, "a text"), (bool, "true or false"), (int, "a whole number")):
        converter.register_structure_hook(type_, _exactly(noun, type_))
    converter.register_structure_hook(float, _exactly("a number", int, float))
    text, parse = _exactly("dice in quotes", str), cache(Dice.parse)
    converter.register_structure_hook(Dice, lambda value, _: parse(text(value, str)))
    converter.register_unstructure_hook(Dice, str)


def _register_containers(converter: Converter) -> None:
    # Without the outer check cattrs would read a text as a list of letters.
    converter.register_structure_hook_factory(
        lambda type_: getattr(type_, "__origin__", None) is tuple,
        lambda type_: _checked(
            _exactly("a list", list), homogenous_tuple_structure_factory(type_, converter)
        ),
    )
    converter.register_structure_hook_factory(
        is_mapping, lambda type_: _checked(_table, converter.gen_structure_mapping(type_))
    )
    converter.register_structure_hook_factory(
        lambda type_: attrs.has(type_) and type_ is not Dice,
        lambda type_: _checked(_table, converter.gen_structure_attrs_fromdict(type_)),
    )


def _exactly(noun: str, *types: type) -> Hook:
    """A hook that takes these types as they are and no subclass (True is no whole number)."""

    def structure(value: Any, _: Any) -> Any:
        if type(value) not in types:
            raise ValueError(f"{show(value)} is not {noun}")
        return value

    return structure


def _table(value: Any, _: Any) -> Any:
    if isinstance(value, RepeatedKeys):
        raise ValueError(f"has {', '.join(map(repr, value.repeated))} more than once")
    if not isinstance(value, dict):
        raise ValueError(f"{show(value)} is not a table of fields")
    return value


def _checked(check: Hook, structure: Hook) -> Hook:
    return lambda value, type_: structure(check(value, type_), type_)


def _constrained(plain: Any, constraint: Constraint, converter: Converter) -> Hook:
    base = converter.get_structure_hook(plain)

    def structure(value: Any, _: Any) -> Any:
        value = base(value, plain)
        constraint(value)
        return value

    return structure


def _say(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown field {', '.join(repr(name) for name in sorted(error.extra_fields))}"
    return str(error)


def _path_first(line: str) -> str:
    problem, _, path = line.rpartition(" @ ")
    return f"{path.removeprefix('.')}: {problem}" if path else problem
