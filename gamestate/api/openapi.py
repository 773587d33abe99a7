"""The OpenAPI 3.1 document, made from the tables of routes, commands and problems."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
import orjson

from gamestate.api import problems
from gamestate.api.requests import BatchEntry, InventoryAction, MessageRequest
from gamestate.api.routes import Access, Route
from gamestate.structure import MAX_INT

Schema = dict[str, Any]

PLAIN: Final[Mapping[Any, Schema]] = {
    int: {"type": "integer", "minimum": -MAX_INT, "maximum": MAX_INT},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
}


def document(routes: Sequence[Route], commands: Mapping[str, type]) -> bytes:
    """The document as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, commands)
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "gamestate",
                "version": "1",
                "summary": "Changes characters by messages to their actors.",
                "description": _problems(),
            },
            "paths": paths,
            "components": {
                "schemas": {"Problem": _PROBLEM, **dict(_command_schemas(commands))},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "responses": {"Problem": _PROBLEM_RESPONSE},
            },
        }
    )


def schema_of(type_: Any) -> Schema:
    """The JSON schema of what `structure` takes for `type_`."""
    if type_ in PLAIN:
        return PLAIN[type_]
    if attrs.has(type_):
        return _object(type_)
    origin, args = get_origin(type_) or type_, get_args(type_)
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in args]}
    if origin is Literal:
        return {"enum": list(args)}
    if issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(args[1]) if args else {}}
    return {"type": "array", "items": schema_of(args[0]) if args else {}}


def _object(cls: type) -> Schema:
    attrs.resolve_types(cls)
    fields = attrs.fields(cls)
    return {
        "type": "object",
        "description": inspect.getdoc(cls) or "",
        "properties": {one.name: schema_of(one.type) for one in fields},
        "required": [one.name for one in fields if one.default is attrs.NOTHING],
        "additionalProperties": False,
    }


# ------------------------------------------------------------------ operations


def _operation(route: Route, commands: Mapping[str, type]) -> Schema:
    operation: Schema = {
        "operationId": route.endpoint + ("" if route.path.startswith("/v1") else "_root"),
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        "responses": {
            str(route.status): {"description": route.answer},
            "default": {"$ref": "#/components/responses/Problem"},
        },
        "security": [{}] if route.access is Access.OPEN else [{}, {"token": []}],
    }
    if route.body is not None:
        schema = _body(route.body, commands)
        whole = {"type": "array", "items": schema} if route.many else schema
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": whole}},
        }
    return operation


def _parameters(route: Route) -> Iterable[Schema]:
    if "{char_id}" in route.path:
        yield {
            "name": "char_id",
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_INT},
        }
    if "{file}" in route.path:
        yield {"name": "file", "in": "path", "required": True, "schema": {"type": "string"}}
    for name in route.query:
        yield {"name": name, "in": "query", "schema": {"type": "string"}}


def _body(cls: type, commands: Mapping[str, type]) -> Schema:
    schema = schema_of(cls)
    if cls in (MessageRequest, BatchEntry):
        known = {"type": "string", "enum": sorted(commands)}
        payload = {"anyOf": [_ref(name) for name in sorted(commands)] or [{}]}
        return {**schema, "properties": {**schema["properties"], "type": known, "payload": payload}}
    if cls is InventoryAction:
        return {**schema, "additionalProperties": True}
    return schema


def _command_schemas(commands: Mapping[str, type]) -> Iterable[tuple[str, Schema]]:
    for name, cls in sorted(commands.items()):
        yield name, {"title": name, **schema_of(cls)}


def _ref(command: str) -> Schema:
    return {"$ref": f"#/components/schemas/{command}"}


# ------------------------------------------------------------------ problems

_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "RFC 9457; more members carry the facts of the problem.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable: switch on this one."},
    },
    "required": ["type", "title", "status", "detail", "code"],
    "additionalProperties": True,
}

_PROBLEM_RESPONSE: Final[Schema] = {
    "description": "What went wrong, and by its `code` what to do next.",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _problems() -> str:
    rows = sorted({(*_row(cls, kind),) for cls, kind in problems.KINDS.items()})
    internal = problems.INTERNAL
    rows.append((internal.status, str(internal.code), internal.title))
    table = "\n".join(f"| {status} | `{code}` | {title} |" for status, code, title in rows)
    return f"Every problem there is:\n\n| status | code | |\n|---|---|---|\n{table}\n"


def _row(cls: type[BaseException], kind: problems.Kind) -> tuple[int, str, str]:
    return kind.status, kind.code or str(getattr(cls, "code", "")), kind.title
