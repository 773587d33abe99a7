"""The document says what the tables say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import orjson
import pytest
from attrs import frozen

from gamestate.api import problems
from gamestate.api.openapi import document, refusals, schema_of
from gamestate.api.requests import VIEW_PARAMETERS
from gamestate.api.routes import ROUTES
from gamestate.constraints import Between, OneOf, Text
from gamestate.errors import RefusedError
from gamestate.modules.core.module import Move
from gamestate.modules.inventory.commands import CloseInventory, ViewInventory


@frozen
class Monsters:
    monster: str
    count: int = 1


@frozen
class Start:
    """Begin a fight."""

    monsters: list[Monsters]
    seed: int | None = None


class TooManyMonstersError(RefusedError):
    """More monsters than
    the arena holds."""

    code = "too_many_monsters"
    text = "{count} do not fit in {room}"
    count: int
    room: int


class ArenaClosedError(TooManyMonstersError):
    """No room at all."""

    code = "arena_closed"


@pytest.fixture
def openapi() -> Any:
    return orjson.loads(document(ROUTES, {"combat.start": Start}))


@pytest.fixture
def with_inventory() -> Any:
    commands = {"core.move": Move, "inventory.view": ViewInventory}
    return orjson.loads(document(ROUTES, commands))


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


@pytest.mark.parametrize("made", ["openapi", "with_inventory"])
def test_every_reference_leads_somewhere(made: str, request: pytest.FixtureRequest) -> None:
    openapi = request.getfixturevalue(made)

    def refs(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            for inner in value.values():
                yield from refs(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from refs(inner)

    assert list(refs(openapi))
    for ref in refs(openapi):
        target = openapi
        for step in ref.removeprefix("#/").split("/"):
            target = target[step]


def test_every_problem_code_is_listed(openapi: Any) -> None:
    for cls, kind in problems.KINDS.items():
        assert f"`{kind.code or getattr(cls, 'code', '')}`" in openapi["info"]["description"]


def query_of_the_inventory(openapi: Any) -> dict[str, Any]:
    parameters = openapi["paths"]["/v1/characters/{char_id}/inventory"]["get"]["parameters"]
    return {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}


def test_the_query_of_the_inventory_is_the_payload_of_a_view(with_inventory: Any) -> None:
    query = query_of_the_inventory(with_inventory)
    assert set(query) == set(VIEW_PARAMETERS)
    assert query["sort"] == {"enum": ["type", "rarity", "value", "weight", "name", "position"]}
    assert (query["usable"], query["q"]) == ({"type": "boolean"}, {"type": "string"})
    assert query["page"]["type"] == query["per_page"]["type"] == "integer"


def test_without_the_inventory_its_query_has_no_parameters(openapi: Any) -> None:
    assert query_of_the_inventory(openapi) == {}


# ------------------------------------------------------------------ refusals


def test_what_may_wait_for_postgres_says_so(openapi: Any) -> None:
    waiting = {
        path
        for path, methods in openapi["paths"].items()
        for operation in methods.values()
        for one in operation["parameters"]
        if (one["name"], one["schema"]) == ("wait", {"enum": ["postgres"]})
    }
    assert waiting == {
        "/v1/characters/{char_id}/messages",
        "/v1/messages",
        "/v1/inventory/action",
        "/inventory/action",
    }


def test_every_refusal_is_listed_with_its_code_its_facts_and_a_sentence(openapi: Any) -> None:
    row = "| `too_many_monsters` | `count`, `room` | More monsters than the arena holds. |"
    assert row in openapi["info"]["description"].splitlines()
    schema = openapi["components"]["schemas"]["refused.too_many_monsters"]
    assert set(schema["properties"]) == {"code", "count", "room"}
    assert schema["description"] == "More monsters than the arena holds."


def test_a_refusal_below_another_is_listed_too(openapi: Any) -> None:
    assert "refused.arena_closed" in openapi["components"]["schemas"]


def test_whatever_sends_one_message_or_ends_a_session_may_be_refused(openapi: Any) -> None:
    refused = {
        operation["operationId"]
        for item in openapi["paths"].values()
        for operation in item.values()
        if "409" in operation["responses"]
    }
    assert refused == {"logout", "message", "inventory", "action", "action_root"}


def test_the_refusals_are_those_of_the_core_and_of_the_modules_there_are() -> None:
    core = {one.code for one in refusals([Move])}
    assert core >= {"not_logged_in", "message_id_reused", "state_forbids", "in_combat", "dead"}
    assert "bag_full" not in core
    with_inventory = {one.code for one in refusals([Move, CloseInventory])}
    assert with_inventory >= core | {"bag_full", "unknown_item"}
    assert "too_many_monsters" not in with_inventory


def test_no_two_refusals_have_the_same_code() -> None:
    codes = [one.code for one in refusals([Move, CloseInventory])]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    "refusal", refusals([Move, CloseInventory]), ids=lambda refusal: str(refusal.code)
)
def test_the_facts_of_a_refusal_are_what_it_is_made_of(refusal: Any) -> None:
    names = refusal.fact_names
    made = refusal(**{name: [] if name == "allowed" else 1 for name in names})
    assert tuple(made.facts) == names
    assert refusal.__doc__


@pytest.mark.parametrize(
    ("type_", "schema"),
    [
        (str | None, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (Mapping[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (tuple[float, ...], {"type": "array", "items": {"type": "number"}}),
        (Annotated[int, Between(1, 9)], {"type": "integer", "minimum": 1, "maximum": 9}),
        (Annotated[str, Text(40)], {"type": "string", "minLength": 1, "maxLength": 40}),
        (
            Annotated[str, OneOf("a way", ("up", "down"))],
            {"type": "string", "enum": ["up", "down"]},
        ),
    ],
)
def test_types_become_schemas(type_: Any, schema: Any) -> None:
    assert schema_of(type_) == schema
