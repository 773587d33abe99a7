"""The document says what the tables say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import orjson
import pytest
from attrs import frozen

from gamestate.api import problems
from gamestate.api.openapi import document, schema_of
from gamestate.api.routes import ROUTES


@frozen
class Monsters:
    monster: str
    count: int = 1


@frozen
class Start:
    """Begin a fight."""

    monsters: list[Monsters]
    seed: int | None = None


@pytest.fixture
def openapi() -> Any:
    return orjson.loads(document(ROUTES, {"combat.start": Start}))


def test_every_route_is_in_the_document(openapi: Any) -> None:
    assert openapi["openapi"] == "3.1.0"
    described = {(path, method) for path, item in openapi["paths"].items() for method in item}
    assert described == {(route.path, route.method.lower()) for route in ROUTES}


def test_operation_ids_are_unique(openapi: Any) -> None:
    operations = [one for item in openapi["paths"].values() for one in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))


def test_a_command_is_a_schema_that_messages_refer_to(openapi: Any) -> None:
    schema = openapi["components"]["schemas"]["combat.start"]
    assert (schema["required"], schema["description"]) == (["monsters"], "Begin a fight.")
    assert schema["properties"]["monsters"]["items"]["required"] == ["monster"]
    message = openapi["paths"]["/v1/characters/{char_id}/messages"]["post"]["requestBody"]
    properties = message["content"]["application/json"]["schema"]["properties"]
    assert properties["type"]["enum"] == ["combat.start"]
    assert properties["payload"] == {"anyOf": [{"$ref": "#/components/schemas/combat.start"}]}


def test_every_reference_leads_somewhere(openapi: Any) -> None:
    def refs(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            for inner in value.values():
                yield from refs(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from refs(inner)

    for ref in refs(openapi):
        target = openapi
        for step in ref.removeprefix("#/").split("/"):
            target = target[step]


def test_every_problem_code_is_listed(openapi: Any) -> None:
    for cls, kind in problems.KINDS.items():
        assert f"`{kind.code or getattr(cls, 'code', '')}`" in openapi["info"]["description"]


@pytest.mark.parametrize(
    ("type_", "schema"),
    [
        (str | None, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (Mapping[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (tuple[float, ...], {"type": "array", "items": {"type": "number"}}),
    ],
)
def test_types_become_schemas(type_: Any, schema: Any) -> None:
    assert schema_of(type_) == schema
