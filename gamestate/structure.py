"""JSON values to attrs classes and back, strictly: what does not fit is refused, never coerced.

All that comes from outside is read here: payloads, bodies, stored sessions, settings, catalogue
files. A field's type says what it may hold; a rule beyond the type is a constraint in the type,
`Annotated[int, Between(1, 20)]` (see `gamestate.constraints`), and a rule for several fields is an
attrs validator whose text begins with the quoted name of the field that is wrong.

A class is compiled on its first use; after that a small flat command costs two or three times its
own constructor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import (
    AttributeValidationNote,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
    StructureHandlerNotFoundError,
)
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    is_any_set,
    is_mapping,
    is_mutable_sequence,
    is_sequence,
    list_structure_factory,
)
from cattrs.gen import (
    make_dict_structure_fn,
    make_dict_unstructure_fn,
    make_mapping_structure_fn,
)

from gamestate.constraints import Prepared
from gamestate.errors import InvalidPayloadError

MAX_INT: Final = 2**53 - 1
"""The largest whole number that every JSON reader (JavaScript's too) reads exactly."""

TAG: Final = "effect"
"""The field that tells the classes of a union apart: each has its own value as a class variable of
this name."""

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


class StructureError(ValueError):
    """A value does not fit. `problems`: everything that is wrong, as `slots[0]: expected …`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def structure(payload: Any, cls: type[T], path: str = "payload") -> T:
    """Make an instance of `cls`, mostly an attrs class, from `payload`, a JSON value.

    Whole numbers lie within ±(2**53 - 1); `true`, `"5"` and `1.0` are none. Fields that the class
    does not have are refused.

    Raises:
        InvalidPayloadError: `field` is the path of the first thing wrong, starting with `path`
            (which may be empty: then the whole is called `body`).
    """
    try:
        made: T = _hook(cls)(payload, cls)  # type: ignore[arg-type]  # classes are hashable
    except Exception as error:
        field, problem = next(_problems(error, path))
        raise InvalidPayloadError(field.removeprefix(".") or "body", problem) from error
    return made


def from_json(value: Any, cls: type[T], path: str = "") -> T:
    """As `structure`, for what does not come from a client.

    Raises: StructureError: `value` does not fit; it says all that is wrong.
    """
    try:
        made: T = _hook(cls)(value, cls)  # type: ignore[arg-type]
    except Exception as error:
        found = ((field.removeprefix("."), said) for field, said in _problems(error, path))
        raise StructureError([f"{at}: {said}" if at else said for at, said in found]) from error
    return made


def to_json(value: Any) -> Any:
    """The inverse of `from_json`. Fields that have their default are left out, but not those of a
    class of a tagged union."""
    return _converter().unstructure(value)


def unreadable_type(cls: type) -> Any | None:
    """The first type in `cls` that no JSON value is read as; None if there is none."""
    try:
        _hook(cls)
    except StructureHandlerNotFoundError as error:
        return error.type_
    return None


@cache
def _hook(cls: type) -> Hook:
    return _converter().get_structure_hook(cls)


@cache
def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True, omit_if_default=True)
    for type_, hook in SCALARS.items():
        made.register_structure_hook(type_, hook)
    factories: tuple[tuple[Callable[[Any], bool], HookFactory], ...] = (
        (lambda type_: get_origin(type_) is Literal, _literal),
        (_is_sequence, _guarded(homogenous_tuple_structure_factory, list, "a list")),
        (is_mutable_sequence, _guarded(list_structure_factory, list, "a list")),
        (is_any_set, _unwritable),
        (is_mapping, _guarded(_mapping, dict, "an object")),
        (attrs.has, _guarded(make_dict_structure_fn, dict, "an object")),
        (_is_scalar_union, _scalar_union),
        (_is_tagged_union, _guarded(_tagged_union, dict, "an object")),
        (_reads_itself, lambda type_, _: lambda value, _: type_.from_json(value)),
        (lambda type_: get_origin(type_) is Annotated, _constrained),
    )
    for applies, factory in factories:
        made.register_structure_hook_factory(applies, factory)
    made.register_unstructure_hook_factory(_has_tag, _with_tag)
    made.register_unstructure_hook_func(_reads_itself, str)
    return made


def is_whole(value: Any) -> bool:
    """Whether a JSON value is a whole number as `structure` wants it."""
    return type(value) is int and -MAX_INT <= value <= MAX_INT


# ------------------------------------------------------------------ scalars


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


SCALARS: Final[Mapping[type, Hook]] = {int: _int, float: _float, str: _str, bool: _bool}


def _literal(type_: Any, _: Any) -> Hook:
    allowed = get_args(type_)
    words = ", ".join(map(str, allowed))

    def hook(value: Any, _: Any) -> Any:
        # 1 == True == 1.0, hence the types.
        if any(value == one and type(value) is type(one) for one in allowed):
            return value
        raise ValueError(f"expected one of {words}")

    return hook


def _is_scalar_union(type_: Any) -> bool:
    return _is_union(type_) and all(one in SCALARS for one in get_args(type_))


def _scalar_union(type_: Any, _: Any) -> Hook:
    kinds = get_args(type_)
    expected = " or ".join(KINDS[one] for one in kinds)

    def hook(value: Any, _: Any) -> Any:
        return value if type(value) in kinds else _refuse(value, expected)

    return hook


# ------------------------------------------------------------------ containers and classes


def _is_sequence(type_: Any) -> bool:
    return get_origin(type_) is tuple or is_sequence(type_)


def _mapping(type_: Any, made: Converter) -> Hook:
    if get_args(type_)[1:] in ((), (Any,)):
        return lambda value, _: value  # JSON keys are strings already: nothing to check, no copy
    return make_mapping_structure_fn(type_, made)


def _unwritable(type_: Any, _: Any) -> Hook:
    """cattrs reads a set, but JSON has none to write."""
    raise StructureHandlerNotFoundError(f"no JSON value is a set: {type_}", type_)


def _guarded(factory: HookFactory, json_type: type, expected: str) -> HookFactory:
    """Check the JSON type before cattrs' own hook, which would iterate over anything."""

    def guarded(type_: Any, made: Any) -> Hook:
        inner = factory(type_, made)

        def hook(value: Any, cls: Any) -> Any:
            return inner(value, cls) if isinstance(value, json_type) else _refuse(value, expected)

        return hook

    return guarded


def _reads_itself(type_: Any) -> bool:
    """A class with `from_json(value)`, which raises ValueError, is written as its `str`."""
    return isinstance(type_, type) and hasattr(type_, "from_json")


def _constrained(type_: Any, made: Converter) -> Hook:
    plain, *marks = get_args(type_)
    base = made.get_structure_hook(plain)
    before = [mark for mark in marks if isinstance(mark, Prepared)]
    constraints = [mark for mark in marks if callable(mark) and mark not in before]

    def hook(value: Any, _: Any) -> Any:
        for preparation in before:
            value = preparation.function(value)
        value = base(value, plain)
        for constraint in constraints:
            constraint(value)
        return value

    return hook


def _is_union(type_: Any) -> bool:
    return get_origin(type_) in (Union, UnionType)


def _has_tag(type_: Any) -> bool:
    return attrs.has(type_) and isinstance(getattr(type_, TAG, None), str)


def _is_tagged_union(type_: Any) -> bool:
    return _is_union(type_) and all(map(_has_tag, get_args(type_)))


def _tagged_union(type_: Any, made: Converter) -> Hook:
    # Not cattrs' own: it calls an unknown tag a missing field and writes tags last.
    kinds = {getattr(kind, TAG): kind for kind in get_args(type_)}

    def hook(value: Any, _: Any) -> Any:
        tag = value.get(TAG)
        if type(tag) is not str or tag not in kinds:
            raise ValueError(f"'{TAG}' must be one of {', '.join(kinds)}")
        fields = {name: fact for name, fact in value.items() if name != TAG}
        return made.structure(fields, kinds[tag])

    return hook


def _with_tag(type_: Any, made: Converter) -> Callable[[Any], dict[str, Any]]:
    fields = make_dict_unstructure_fn(type_, made, _cattrs_omit_if_default=False)
    return lambda value: {TAG: getattr(type_, TAG)} | fields(value)


def _refuse(value: Any, expected: str) -> NoReturn:
    raise TypeError(f"expected {expected}, got {kind(value)}")


def kind(value: Any) -> str:
    """What a JSON value is, in plain words."""
    return KINDS.get(type(value), "an object")


# ------------------------------------------------------------------ explaining what was wrong


def _problems(
    error: BaseException, path: str, *, of_field: bool = False
) -> Iterator[tuple[str, str]]:
    """The path and the plain words of everything that is wrong."""
    if isinstance(error, (ClassValidationError, IterableValidationError)):
        noted, bare = error.group_exceptions()
        for inner, note in noted:
            if isinstance(note, AttributeValidationNote):
                yield from _problems(inner, f"{path}.{note.name}", of_field=True)
            else:
                yield from _problems(inner, path + _step(note.index))
        for inner in bare:
            yield from _problems(inner, path)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(attrs.fields_dict(error.cl)) or "none"
        for name in sorted(error.extra_fields):
            yield f"{path}.{name}", f"unknown field; there are {known}"
    elif of_field and isinstance(error, KeyError):
        yield path, "is missing"
    else:
        yield _rule(path, str(error))


def _step(index: int | str) -> str:
    return f"[{index}]" if isinstance(index, int) else f".{index}"


def _rule(path: str, text: str) -> tuple[str, str]:
    """attrs' validators say `'quantity' must be >= 1: 0`: the name belongs to the path."""
    named = re.match(r"'(\w+)' (?=must|should)", text)
    return (f"{path}.{named[1]}", text[named.end() :]) if named else (path, text)
