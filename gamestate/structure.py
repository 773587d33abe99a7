"""From JSON values to attrs classes, strictly: what does not fit is refused, never coerced.

The router and the HTTP edge share this one converter, so that a payload means the same wherever it
comes in. A class is compiled on its first use; after that a small flat command costs two or three
times its own constructor. Rules beyond the type are attrs validators on the class, attrs' own or
those at the end of this file; their texts begin with the quoted field name, which goes to the path.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Literal, NoReturn, TypeVar, get_args, get_origin

import attrs
from cattrs import (
    AttributeValidationNote,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
)
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    is_mapping,
    is_mutable_sequence,
    is_sequence,
    list_structure_factory,
)
from cattrs.gen import make_dict_structure_fn, make_mapping_structure_fn

from gamestate.errors import InvalidPayloadError

MAX_INT: Final = 2**53 - 1
"""The largest whole number that every JSON reader (JavaScript's too) reads exactly."""

KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    int: "a whole number",
    float: "a number with a fraction (or too large to be exact)",
    str: "a string",
    list: "a list",
}

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]
HookFactory = Callable[[Any, Any], Hook]
Check = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def structure(payload: Any, cls: type[T], path: str = "payload") -> T:
    """Make an instance of `cls` (an attrs class) from `payload`, a JSON value.

    Whole numbers lie within ±(2**53 - 1); `true`, `"5"` and `1.0` are none. Fields that the class
    does not have are refused.

    Raises:
        InvalidPayloadError: `field` is the path of the first thing wrong, starting with `path`
            (which may be empty: then the whole is called `body`).
    """
    try:
        made: T = _hook(cls)(payload, cls)  # type: ignore[arg-type]  # classes are hashable
    except Exception as error:
        field, problem = _explain(error, path)
        raise InvalidPayloadError(field.removeprefix(".") or "body", problem) from error
    return made


@cache
def _hook(cls: type) -> Hook:
    return _converter().get_structure_hook(cls)


@cache
def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True)
    for type_, hook in ((int, _int), (float, _float), (str, _str), (bool, _bool)):
        made.register_structure_hook(type_, hook)
    factories: tuple[tuple[Callable[[Any], bool], HookFactory], ...] = (
        (lambda type_: get_origin(type_) is Literal, _literal),
        (is_sequence, _guarded(homogenous_tuple_structure_factory, list, "a list")),
        (is_mutable_sequence, _guarded(list_structure_factory, list, "a list")),
        (is_mapping, _guarded(_mapping, dict, "an object")),
        (attrs.has, _guarded(make_dict_structure_fn, dict, "an object")),
    )
    for applies, factory in factories:
        made.register_structure_hook_factory(applies, factory)
    return made


def is_whole(value: Any) -> bool:
    """Whether a JSON value is a whole number as `structure` wants it."""
    return type(value) is int and -MAX_INT <= value <= MAX_INT


# ------------------------------------------------------------------ hooks


def _int(value: Any, _: Any) -> int:
    if type(value) is not int:
        _refuse(value, "a whole number")
    if not -MAX_INT <= value <= MAX_INT:
        raise ValueError("expected a whole number within ±(2^53 - 1)")
    return value


def _float(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        _refuse(value, "a number")
    return float(value)


def _str(value: Any, _: Any) -> str:
    if type(value) is not str:
        _refuse(value, "a string")
    return value


def _bool(value: Any, _: Any) -> bool:
    if type(value) is not bool:
        _refuse(value, "true or false")
    return value


def _literal(type_: Any, _: Any) -> Hook:
    allowed = get_args(type_)
    words = ", ".join(map(str, allowed))

    def hook(value: Any, _: Any) -> Any:
        # 1 == True == 1.0, hence the types.
        if any(value == one and type(value) is type(one) for one in allowed):
            return value
        raise ValueError(f"expected one of {words}")

    return hook


def _mapping(type_: Any, made: Converter) -> Hook:
    if get_args(type_)[1:] in ((), (Any,)):
        return lambda value, _: value  # JSON keys are strings already: nothing to check, no copy
    return make_mapping_structure_fn(type_, made)


def _guarded(factory: HookFactory, json_type: type, expected: str) -> HookFactory:
    """Check the JSON type before cattrs' own hook, which would iterate over anything."""

    def guarded(type_: Any, made: Any) -> Hook:
        inner = factory(type_, made)

        def hook(value: Any, cls: Any) -> Any:
            return inner(value, cls) if type(value) is json_type else _refuse(value, expected)

        return hook

    return guarded


def _refuse(value: Any, expected: str) -> NoReturn:
    raise TypeError(f"expected {expected}, got {kind(value)}")


def kind(value: Any) -> str:
    """What a JSON value is, in plain words."""
    return KINDS.get(type(value), "an object")


# ------------------------------------------------------------------ explaining what was wrong


def _explain(error: BaseException, path: str) -> tuple[str, str]:
    """The path and the plain words of the first thing wrong."""
    of_field = False
    while isinstance(error, (ClassValidationError, IterableValidationError)):
        noted, bare = error.group_exceptions()
        if not noted:
            error = bare[0]
            break
        error, note = noted[0]
        of_field = isinstance(note, AttributeValidationNote)
        path += _step(note.name if isinstance(note, AttributeValidationNote) else note.index)
    if isinstance(error, ForbiddenExtraKeysError):
        return f"{path}.{min(error.extra_fields)}", "unknown field"
    if of_field and isinstance(error, KeyError):
        return path, "is required"
    return _rule(path, str(error))


def _step(index: int | str) -> str:
    return f"[{index}]" if isinstance(index, int) else f".{index}"


def _rule(path: str, text: str) -> tuple[str, str]:
    """attrs' validators say `'quantity' must be >= 1: 0`: the name belongs to the path."""
    named = re.match(r"'(\w+)' (?=must|should)", text)
    return (f"{path}.{named[1]}", text[named.end() :]) if named else (path, text)


# ------------------------------------------------------------------ validators for text


def text(longest: int) -> Check:
    """A validator: 1 to `longest` characters, none of them a control character or line break."""

    def check(_: Any, attribute: attrs.Attribute[Any], value: str) -> None:
        if not 1 <= len(value) <= longest:
            raise ValueError(f"'{attribute.name}' must be 1 to {longest} characters long")
        if not value.isprintable() and any(map(_is_control, value)):
            raise ValueError(f"'{attribute.name}' must not contain control characters")

    return check


def _is_control(character: str) -> bool:
    # Not `isprintable`: joiners, which some scripts and all families of emoji need, are not.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def entries(key_pattern: str, most: int, low: int, high: int) -> Check:
    """A validator for `{name: whole number}`: names, how many, and the range of the numbers."""
    names = re.compile(key_pattern)

    def check(_: Any, attribute: attrs.Attribute[Any], value: Mapping[str, int]) -> None:
        if len(value) > most:
            raise ValueError(f"'{attribute.name}' must have at most {most} entries")
        for name, number in value.items():
            if not names.fullmatch(name):
                raise ValueError(f"'{attribute.name}' must have names like {key_pattern}")
            if not low <= number <= high:
                raise ValueError(f"'{attribute.name}' must be {low} to {high} each: {name}")

    return check
