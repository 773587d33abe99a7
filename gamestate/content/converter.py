"""Plain data to templates and back, strictly: nothing is guessed, coerced or ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from reprlib import repr as show
from typing import Annotated, Any

import attrs
from cattrs import ClassValidationError, Converter, transform_error
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    is_mapping,
    mapping_structure_factory,
)
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from gamestate.content.constraints import Constraint, OneOf
from gamestate.content.dice import Dice
from gamestate.content.templates import EFFECTS, ItemEffect

Hook = Callable[[Any, Any], Any]


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which a key stood more than once; `repeated` names them."""

    repeated: tuple[str, ...] = ()


def catalogue_converter() -> Converter:
    """A converter that refuses unknown fields, wrong types and what a `Constraint` refuses, and
    that leaves defaults out when it writes. An item's effect is written in full.

    Raises (its `structure`): ClassValidationError, or ValueError if there is no table of fields at
    all; `explain` says either in sentences.
    """
    converter = Converter(forbid_extra_keys=True, omit_if_default=True)
    _register_scalars(converter)
    _register_containers(converter)
    converter.register_structure_hook_factory(
        lambda type_: isinstance(getattr(type_, "__metadata__", (None,))[0], Constraint),
        lambda type_: _constrained(type_.__origin__, type_.__metadata__, converter),
    )
    register_effects(converter, ItemEffect, EFFECTS)
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
    # Without the outer check cattrs would read a text as a list of letters. The converter's own
    # gen_structure_mapping would put the unchecked hook in place of this one.
    converter.register_structure_hook_factory(
        lambda type_: getattr(type_, "__origin__", None) is tuple,
        lambda type_: _checked(
            _exactly("a list", list), homogenous_tuple_structure_factory(type_, converter)
        ),
    )
    converter.register_structure_hook_factory(
        is_mapping, lambda type_: _checked(_table, mapping_structure_factory(type_, converter))
    )
    converter.register_structure_hook_factory(
        lambda type_: attrs.has(type_) and type_ is not Dice,
        lambda type_: _checked(_table, converter.gen_structure_attrs_fromdict(type_)),
    )


def register_effects(converter: Converter, union: Any, kinds: Mapping[str, type]) -> None:
    """Let the converter read and write tables of a union of effects, by their field `effect`."""
    # Not cattrs' own tagged union: it calls an unknown tag a missing field and writes tags last.
    converter.register_structure_hook_factory(
        lambda type_: type_ == union, lambda _: _checked(_table, _effect_by_tag(kinds, converter))
    )
    converter.register_unstructure_hook_factory(
        lambda type_: type_ in kinds.values(), lambda type_: _with_tag(type_, converter)
    )


def _effect_by_tag(kinds: Mapping[str, type], converter: Converter) -> Hook:
    tag = Annotated[str, OneOf("an effect", tuple(kinds))]
    tagged: Any = attrs.make_class("Tagged", {"effect": attrs.field(type=tag)})
    tag_of: Hook = make_dict_structure_fn(tagged, converter, _cattrs_forbid_extra_keys=False)

    def structure(facts: Any, _: Any) -> Any:
        kind = kinds[tag_of(facts, tagged).effect]
        fields = {name: fact for name, fact in facts.items() if name != "effect"}
        return converter.structure(fields, kind)

    return structure


def _with_tag(effect: Any, converter: Converter) -> Callable[[Any], dict[str, Any]]:
    fields = make_dict_unstructure_fn(effect, converter, _cattrs_omit_if_default=False)
    return lambda value: {"effect": effect.effect} | fields(value)


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


def _constrained(plain: Any, constraints: tuple[Constraint, ...], converter: Converter) -> Hook:
    base = converter.get_structure_hook(plain)

    def structure(value: Any, _: Any) -> Any:
        value = base(value, plain)
        for constraint in constraints:
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
