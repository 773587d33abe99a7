"""The HTTP API as data: one row per route names the function that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Final

from attrs import frozen

from gamestate.api import docs, endpoints
from gamestate.api.endpoints import Api, Call
from gamestate.api.requests import (
    BatchEntry,
    CreateCharacter,
    InventoryAction,
    LogoutRequest,
    MessageRequest,
)
from gamestate.api.responses import Response

Endpoint = Callable[[Api, Call], Awaitable[Response]]


class Access(Enum):
    """Which callers are served once the server has tokens. (Without, it is bound to loopback.)"""

    TOKEN = "token"  # noqa: S105  # a word, not a secret
    LOOPBACK = "loopback"  # this machine without a token, other machines with one
    OPEN = "open"  # every caller, and not counted against the requests in flight


@frozen
class Route:
    """One row of the table.

    Attributes:
        path: literal, with at most one `{parameter}`.
        endpoint: the function that answers; it raises what `problems.py` translates. Its name is
            the operation's id in the OpenAPI document.
        body: the attrs class of the request's body, if it has one; `many` for a list of them;
            `needs_body` False: it may be left out.
        answer: what a success means; `status` its status.
        query: the message type whose payload the query is, if it takes one.
        waits: whether the query may say `wait=postgres`.
    """

    method: str
    path: str
    endpoint: Endpoint
    summary: str
    answer: str
    status: int = 200
    body: type | None = None
    many: bool = False
    needs_body: bool = True
    access: Access = Access.TOKEN
    query: str = ""
    waits: bool = False


ONE: Final = "/v1/characters/{char_id}"

ROUTES: Final = (
    Route("POST", "/v1/characters", endpoints.create,
          "Create a character", "The new character's id", 201, body=CreateCharacter),
    Route("GET", ONE, endpoints.view,
          "Read a character", "The character; `ETag` is its version"),
    Route("POST", f"{ONE}/login", endpoints.login,
          "Log a character in",
          "Where it was restored from, its `epoch`, and, if it was taken from another server or "
          "session, `takeover`: `handed_over` or `fenced`"),
    Route("POST", f"{ONE}/logout", endpoints.logout,
          "Log a character out", "All of it is in Postgres", body=LogoutRequest, needs_body=False),
    Route("POST", f"{ONE}/messages", endpoints.message,
          "Send a message to a character", "The result", body=MessageRequest, waits=True),
    Route("GET", f"{ONE}/inventory", endpoints.inventory,
          "Read the inventory", "The inventory", query="inventory.view"),
    Route("POST", "/v1/messages", endpoints.batch,
          "Send messages to many characters",
          'Results and `{"error": problem}` in the order of the messages',
          body=BatchEntry, many=True, waits=True),
    Route("POST", "/v1/inventory/action", endpoints.action,
          "Act on an inventory", "The result", body=InventoryAction, waits=True),
    Route("POST", "/inventory/action", endpoints.action,
          "Act on an inventory (same as under /v1)", "The result",
          body=InventoryAction, waits=True),
    Route("GET", "/v1/content", endpoints.content,
          "What there is to play with",
          "Scenarios, monsters and items by name; `ETag` is the version of the content"),
    Route("POST", "/v1/content/reload", endpoints.reload_content,
          "Read the content directory again",
          "How much of each there is now; after a 422 all is as it was"),
    Route("GET", "/metrics", endpoints.metrics,
          "Prometheus metrics", "The Prometheus text format", access=Access.LOOPBACK),
    Route("GET", "/health/live", endpoints.live,
          "Is the process serving?", "It is", access=Access.OPEN),
    Route("GET", "/health/ready", endpoints.ready,
          "Will requests succeed?", "They will", access=Access.OPEN),
    Route("GET", "/openapi.json", endpoints.openapi,
          "This document", "OpenAPI 3.1", access=Access.OPEN),
    Route("GET", "/docs", docs.docs,
          "The API as a page", "HTML", access=Access.OPEN),
    Route("GET", "/docs/{file}", docs.docs_file,
          "What the page is made of", "A file", access=Access.OPEN),
)  # fmt: skip

Methods = Mapping[str, Route]


class RouteTable:
    """Finds the row of a request: a dict of literal paths, and one for each prefix of others."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._literal: dict[str, dict[str, Route]] = {}
        self._prefixed: dict[str, dict[str, dict[str, Route]]] = {}
        for route in routes:
            methods = self._place(route.path).setdefault(_after_parameter(route.path), {})
            methods[route.method] = route
            if route.method == "GET":
                methods["HEAD"] = route

    def _place(self, path: str) -> dict[str, dict[str, Route]]:
        prefix, parameter, _ = path.partition("{")
        return self._prefixed.setdefault(prefix, {}) if parameter else self._literal

    def find(self, path: str) -> tuple[Methods, str]:
        """The methods there are at `path`, and its parameter ("" if it has none).

        No methods: there is no such path.
        """
        methods = self._literal.get(path)
        if methods is not None:
            return methods, ""
        for prefix, tails in self._prefixed.items():
            if path.startswith(prefix):
                parameter, slash, tail = path[len(prefix) :].partition("/")
                return tails.get(slash + tail, {}), parameter
        return {}, ""


def _after_parameter(path: str) -> str:
    return path.partition("}")[2] if "{" in path else path
