"""What stands around the API: metrics, health, the OpenAPI document, the documentation page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gamestate.api.routes import ROUTES
from tests.e2e.problem import problem
from tests.support.servers.server import Answer, ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

METRICS = {
    "actors": ("gauge", ()),
    "mailbox_depth": ("histogram", ()),
    "messages": ("counter", ("type", "outcome")),
    "message_seconds": ("histogram", ("type",)),
    "actor_restarts": ("counter", ()),
    "dead_letters": ("counter", ("reason",)),
    "logins": ("counter", ("restored_from",)),
    "restore_seconds": ("histogram", ()),
    "commit_seconds": ("histogram", ()),
    "commit_batch_size": ("histogram", ()),
    "backups": ("counter", ("outcome",)),
    "backup_seconds": ("histogram", ()),
    "backup_rows": ("counter", ()),
    "dirty_characters": ("gauge", ()),
    "oldest_dirty_seconds": ("gauge", ()),
    "dirty_sessions": ("gauge", ("module",)),
    "sessions": ("gauge", ("module",)),
    "fenced": ("counter", ("store",)),
    "quarantined": ("counter", ()),
    "duplicates": ("counter", ()),
    "store_up": ("gauge", ("store",)),
}
NOT_YET_SEEN = {
    "sessions_lost": "counter",  # none was lost
    "session_ttl_seconds": "gauge",
}
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png"}


def get(server: ServerProcess, path: str) -> Answer:
    answer = server.request("GET", path)
    assert answer.status == 200, answer
    return answer


# ------------------------------------------------------------------ metrics


@pytest.fixture
def families(server: ServerProcess, char_id: int) -> dict[str, Any]:
    """The metrics of a server on which something happened, ours by name without the prefix."""
    grant = {"template_id": "torch", "quantity": 1}
    for _ in range(2):
        server.send(char_id, "inventory.grant", grant, "once")
    return dict(scraped(server))


def scraped(server: ServerProcess) -> Iterator[tuple[str, Any]]:
    for family in text_string_to_metric_families(get(server, "/metrics").body):
        if family.name.startswith("gamestate_"):
            yield family.name.removeprefix("gamestate_"), family


def value(families: dict[str, Any], name: str, **labels: str) -> float:
    [found] = [
        s.value for s in families[name].samples if s.labels == labels and "created" not in s.name
    ]
    return float(found)


def test_every_metric_of_the_contract_is_there_with_its_labels(families: dict[str, Any]) -> None:
    shown = {
        name: (family.type, {label for s in family.samples for label in s.labels} - {"le"})
        for name, family in families.items()
    }
    for name, (type_, labels) in METRICS.items():
        assert shown[name] == (type_, set(labels)), name
    for name, type_ in NOT_YET_SEEN.items():
        assert shown[name][0] == type_


def test_no_metric_tells_of_a_single_character(families: dict[str, Any], char_id: int) -> None:
    labels = {
        (k, v) for family in families.values() for s in family.samples for k, v in s.labels.items()
    }
    assert not {name for name, _ in labels} & {"char_id", "character", "message_id", "key"}
    assert str(char_id) not in {v for name, v in labels if name != "le"}


def test_metrics_count_what_happens(server: ServerProcess, families: dict[str, Any]) -> None:
    char_id = server.create()
    server.login(char_id)
    server.login(char_id)
    for _ in range(2):
        server.send(char_id, "core.move", {"location": "mill"}, "once")
    server.send(char_id, "core.adjust_stats", {"wisdom": -11})
    after = dict(scraped(server))

    def risen(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(families, name, **labels)

    assert risen("actors") == 1
    assert risen("logins", restored_from="postgres") == 1
    assert risen("logins", restored_from="memory") == 1
    assert risen("duplicates") == 1
    assert value(after, "messages", type="core.move", outcome="ok") >= 1
    assert value(after, "messages", type="core.move", outcome="duplicate") >= 1
    assert value(after, "messages", type="core.adjust_stats", outcome="refused") >= 1
    assert (
        value(after, "store_up", store="redis") == value(after, "store_up", store="postgres") == 1
    )


def test_what_a_client_invents_makes_no_label(server: ServerProcess, char_id: int) -> None:
    server.send(char_id, "core.invented_by_a_client")
    assert "invented_by_a_client" not in get(server, "/metrics").body


# ------------------------------------------------------------------ health


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_running_server_is_live_and_ready(server: ServerProcess, path: str) -> None:
    assert get(server, path).headers["content-type"] == "application/json"
    assert server.request("HEAD", path).status == 200


# ------------------------------------------------------------------ openapi.json and /docs


def test_the_openapi_document_has_every_route(server: ServerProcess) -> None:
    document = get(server, "/openapi.json").body
    assert document["openapi"].startswith("3.1")
    described = {(path, m) for path, methods in document["paths"].items() for m in methods}
    assert described == {(route.path, route.method.lower()) for route in ROUTES}


def test_the_openapi_document_describes_every_message(server: ServerProcess, char_id: int) -> None:
    known = problem(server.send(char_id, "nope"), 400, "unknown_message_type")["known"]
    assert set(known) <= set(get(server, "/openapi.json").body["components"]["schemas"])


def test_every_reference_in_the_openapi_document_leads_somewhere(server: ServerProcess) -> None:
    document = get(server, "/openapi.json").body

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    found = set(references(document))
    assert found
    for reference in found:
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_what_the_document_says_can_be_read_can_be_read(
    server: ServerProcess, char_id: int
) -> None:
    for path, methods in get(server, "/openapi.json").body["paths"].items():
        if "get" in methods:
            get(server, path.format(char_id=char_id, file="start.js"))


def test_the_documentation_page_loads_with_all_it_names(server: ServerProcess) -> None:
    page = get(server, "/docs")
    assert page.headers["content-type"].startswith("text/html")
    named = re.findall(r'(?:href|src)="([^"]+)"', page.body)
    assert len(named) >= 3
    for path in named:
        assert path.startswith("/docs/"), "nothing of a third party"
        file = get(server, path)
        assert file.headers["content-type"].startswith(MEDIA_TYPES[path.rpartition(".")[2]])
        assert file.body


# ------------------------------------------------------------------ who asks, and how


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"],
)
def test_a_body_is_read_as_json_whatever_its_label(
    server: ServerProcess, char_id: int, media_type: str
) -> None:
    answer = server.request(
        "POST",
        f"/v1/characters/{char_id}/messages",
        {"type": "core.view"},
        headers={"Content-Type": media_type},
    )
    assert answer.status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_may_not_ask(
    server: ServerProcess, char_id: int, origin: str
) -> None:
    path = f"/v1/characters/{char_id}/messages"
    move = {"type": "core.move", "payload": {"location": "x"}}
    answer = server.request("POST", path, move, headers={"Origin": origin})
    problem(answer, 403, "cross_origin")
    assert server.send(char_id, "core.view").body["version"] == 1


def test_a_page_of_the_server_itself_may_ask(server: ServerProcess, char_id: int) -> None:
    path = f"/v1/characters/{char_id}/messages"
    answer = server.request("POST", path, {"type": "core.view"}, headers={"Origin": server.url})
    assert answer.status == 200
