"""Reads a body as JSON, strictly: UTF-8, one value, no U+0000 in any text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from gamestate.errors import InvalidPayloadError, MalformedError
from gamestate.structure import kind


def read_object(body: bytes) -> dict[str, Any]:
    """A body that is a JSON object. Raises: MalformedError."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise MalformedError(f"expected an object, got {kind(value)}", field="body")
    return value


def read_json(body: bytes) -> Any:
    """A body that is any JSON value. Raises: MalformedError."""
    if not body:
        raise MalformedError("the body is empty, expected JSON", field="body")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"the body is not JSON: {error}", field="body") from error
    if b"\\u0000" in body:
        _refuse_nul(value)
    return value


def _refuse_nul(value: Any) -> None:
    """Refuse U+0000 anywhere in a value, because Postgres does not store it.

    An explicit stack, because JSON nests deeper than Python calls; the path is joined only for the
    error, because names may be long and lists longer.
    """
    path: list[str] = []
    open_: list[Iterator[tuple[str, Any]]] = [iter([("", value)])]
    while open_:
        step, value = next(open_[-1], (None, None))
        if step is None:
            open_.pop()
            del path[len(open_) - 1 :]
        elif type(value) is str:
            if "\0" in value:
                field = "".join([*path, step]).removeprefix(".")
                raise InvalidPayloadError(field or "body", "must not contain U+0000")
        elif type(value) in (dict, list):
            path.append(step)
            open_.append(_members(value))


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) is list:
        yield from ((f"[{index}]", inner) for index, inner in enumerate(value))
    else:
        for name, inner in value.items():
            yield "", name
            yield f".{name}", inner
