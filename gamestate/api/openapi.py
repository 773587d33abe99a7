"""The OpenAPI 3.1 document, made from the tables of routes, commands and problems."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import attrs
import orjson

from gamestate.api import problems
from gamestate.api.requests import BatchEntry, InventoryAction, LogoutRequest, MessageRequest
from gamestate.api.routes import Access, Route
from gamestate.constraints import AtLeast, Between, OneOf, Printable, Text
from gamestate.errors import RefusedError
from gamestate.game.message_result import Wait
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
    """The document as JSON. `commands`: message type to the class of its payload."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, commands)
    refused = refusals(commands.values())
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "gamestate",
                "version": "1",
                "summary": "Changes characters by messages to their actors.",
                "description": f"{_problems()}\n{_refusals(refused)}",
            },
            "paths": paths,
            "components": {
                "schemas": {
                    "Problem": _PROBLEM,
                    **dict(_command_schemas(commands)),
                    **dict(map(_refusal_schema, refused)),
                },
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "responses": {"Problem": _PROBLEM_RESPONSE, "Refused": _refused_response(refused)},
            },
        }
    )


def schema_of(type_: Any) -> Schema:
    """The JSON schema of what `structure` takes for `type_`. Of its constraints it has those that
    JSON Schema can say."""
    if get_origin(type_) is not Annotated:
        return _unlimited(type_)
    plain, *marks = get_args(type_)
    limits = {name: limit for mark in marks for name, limit in _limits(mark).items()}
    return {**_unlimited(plain), **limits}


def _unlimited(type_: Any) -> Schema:
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


def _limits(mark: object) -> Schema:
    match mark:
        case Between(low, high):
            return {"minimum": low, "maximum": high}
        case AtLeast(low):
            return {"minimum": low}
        case Text(longest) | Printable(longest):
            return {"minLength": 1, "maxLength": longest}
        case OneOf(_, words):
            return {"enum": list(words)}
        case _:
            return {}


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
        "operationId": route.endpoint.__name__ + ("" if route.path.startswith("/v1") else "_root"),
        "summary": route.summary,
        "parameters": list(_parameters(route, commands)),
        "responses": {
            str(route.status): {"description": route.answer},
            **({REFUSED: _ref("responses", "Refused")} if _may_refuse(route) else {}),
            "default": _ref("responses", "Problem"),
        },
        "security": [{}] if route.access is Access.OPEN else [{}, {"token": []}],
    }
    if route.body is not None:
        schema = _body(route.body, commands)
        whole = {"type": "array", "items": schema} if route.many else schema
        operation["requestBody"] = {
            "required": route.needs_body,
            "content": {"application/json": {"schema": whole}},
        }
    return operation


def _may_refuse(route: Route) -> bool:
    """Whether a rule may refuse the request. In a batch each message is refused on its own."""
    return bool(route.query) or route.body in (MessageRequest, InventoryAction, LogoutRequest)


def _parameters(route: Route, commands: Mapping[str, type]) -> Iterable[Schema]:
    if "{char_id}" in route.path:
        yield {
            "name": "char_id",
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_INT},
        }
    if "{file}" in route.path:
        yield {"name": "file", "in": "path", "required": True, "schema": {"type": "string"}}
    if route.waits:
        yield {
            "name": "wait",
            "in": "query",
            "description": "Answer when Postgres has it, too; after a 503 `not_yet_in_postgres` it "
            "is applied, and in Redis.",
            "schema": schema_of(Wait),
        }
    if route.query in commands:
        for name, schema in schema_of(commands[route.query])["properties"].items():
            yield {"name": name, "in": "query", "schema": _written(schema)}


def _written(schema: Schema) -> Schema:
    """The schema of a query parameter: it has no null, it is left out instead."""
    kinds = [one for one in schema.get("anyOf", ()) if one != PLAIN[NoneType]]
    return kinds[0] if len(kinds) == 1 else schema


def _body(cls: type, commands: Mapping[str, type]) -> Schema:
    schema = schema_of(cls)
    if cls in (MessageRequest, BatchEntry):
        known = {"type": "string", "enum": sorted(commands)}
        payload = {"anyOf": [_ref("schemas", name) for name in sorted(commands)] or [{}]}
        return {**schema, "properties": {**schema["properties"], "type": known, "payload": payload}}
    if cls is InventoryAction:
        return {**schema, "additionalProperties": True}
    return schema


def _command_schemas(commands: Mapping[str, type]) -> Iterable[tuple[str, Schema]]:
    for name, cls in sorted(commands.items()):
        yield name, {"title": name, **schema_of(cls)}


def _ref(section: str, name: str) -> Schema:
    return {"$ref": f"#/components/{section}/{name}"}


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
    "content": {problems.MEDIA_TYPE: {"schema": _ref("schemas", "Problem")}},
}


def _problems() -> str:
    rows = sorted({(*_row(cls, kind),) for cls, kind in problems.KINDS.items()})
    internal = problems.INTERNAL
    rows.append((internal.status, str(internal.code), internal.title))
    table = "\n".join(f"| {status} | `{code}` | {title} |" for status, code, title in rows)
    return f"Every problem there is:\n\n| status | code | |\n|---|---|---|\n{table}\n"


def _row(cls: type[BaseException], kind: problems.Kind) -> tuple[int, str, str]:
    return kind.status, kind.code or str(getattr(cls, "code", "")), kind.title


# ------------------------------------------------------------------ refusals

REFUSED: Final = "409"


def refusals(commands: Iterable[type]) -> list[type[RefusedError]]:
    """Every refusal of the server core and of the packages these command classes are in (or are
    below), by code."""
    homes = {RefusedError.__module__, *(command.__module__ for command in commands)}
    known = [one for one in _subclasses(RefusedError) if _is_of(one, homes)]
    return sorted(known, key=lambda one: one.code)


def _subclasses(cls: type[RefusedError]) -> Iterable[type[RefusedError]]:
    for one in cls.__subclasses__():
        yield one
        yield from _subclasses(one)


def _is_of(refusal: type, homes: Iterable[str]) -> bool:
    package = refusal.__module__.rpartition(".")[0]
    return any(home == refusal.__module__ or home.startswith(f"{package}.") for home in homes)


def _refusal_schema(refusal: type[RefusedError]) -> tuple[str, Schema]:
    own = refusal.fact_names
    schema = {
        "title": refusal.code,
        "description": _sentence(refusal),
        "allOf": [_ref("schemas", "Problem")],
        "properties": {"code": {"enum": [refusal.code]}, **dict.fromkeys(own, PLAIN[Any])},
        "required": ["code", *own],
    }
    return f"refused.{refusal.code}", schema


def _refused_response(refused: Sequence[type[RefusedError]]) -> Schema:
    kinds = [_ref("schemas", f"refused.{one.code}") for one in refused]
    return {
        "description": "A rule said no, and nothing changed; the `code` says which, the other "
        "members are its facts.",
        "content": {problems.MEDIA_TYPE: {"schema": {"oneOf": kinds}}},
    }


def _refusals(refused: Sequence[type[RefusedError]]) -> str:
    table = "\n".join(
        f"| `{one.code}` | {', '.join(f'`{name}`' for name in one.fact_names)} | {_sentence(one)} |"
        for one in refused
    )
    return f"What a rule may refuse (409):\n\n| code | facts | |\n|---|---|---|\n{table}\n"


def _sentence(refusal: type[RefusedError]) -> str:
    return " ".join((inspect.getdoc(refusal) or "").split())
