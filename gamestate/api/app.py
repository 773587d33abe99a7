"""The edge as an RSGI application: find the route, check the caller, read the body, answer.

There is no middleware: tens of thousands of messages a second pass here, and each layer would cost
all of them.
"""

from __future__ import annotations

from gamestate.api import problems
from gamestate.api.auth import Tokens, is_loopback
from gamestate.api.endpoints import Api, Call
from gamestate.api.errors import (
    CrossOriginError,
    MethodNotAllowedError,
    NoSuchPathError,
    TooManyRequestsError,
    UnauthorizedError,
)
from gamestate.api.limits import Limits, read_body
from gamestate.api.openapi import document
from gamestate.api.responses import Response
from gamestate.api.routes import ROUTES, Access, Methods, Route, RouteTable
from gamestate.api.rsgi import Headers, Proto, Scope
from gamestate.api.service import GameService
from gamestate.observe.log import Logger


class App:
    """What Granian calls for each request.

    Args:
        tokens: who may use the API; None: every caller that can connect may.
    """

    def __init__(
        self, game: GameService, limits: Limits, tokens: Tokens | None, log: Logger
    ) -> None:
        self._api = Api(game, limits, document(ROUTES, game.commands), log)
        self._tokens = tokens
        self._table = RouteTable(ROUTES)
        self._in_flight = 0

    async def __rsgi__(self, scope: Scope, proto: Proto) -> None:
        try:
            status, headers, body = await self._answer(scope, proto)
        except Exception as error:  # noqa: BLE001  # the connection survives its request
            self._api.report(error)
            status, headers, body = problems.response(error)
        proto.response_bytes(status, headers, body)

    async def _answer(self, scope: Scope, proto: Proto) -> Response:
        method = scope.method
        methods, parameter = self._table.find(scope.path)
        route = methods.get(method)
        if route is None:
            return _without_route(method, methods)
        headers = scope.headers
        if route.access is Access.OPEN:
            return await route.endpoint(self._api, Call(parameter, headers))
        origin = headers.get("origin")
        if origin is not None:
            _check_origin(origin, headers)
        if self._tokens is not None:
            self._admit(self._tokens, route, headers, scope)
        limits = self._api.limits
        if self._in_flight >= limits.max_in_flight:
            raise TooManyRequestsError(limits.max_in_flight)
        self._in_flight += 1
        try:
            if method == "POST":
                body = await read_body(headers, proto, limits)
                call = Call(parameter, headers, scope.query_string, body)
            else:
                call = Call(parameter, headers, scope.query_string)
            return await route.endpoint(self._api, call)
        finally:
            self._in_flight -= 1

    def _admit(self, tokens: Tokens, route: Route, headers: Headers, scope: Scope) -> None:
        if tokens.holder(headers.get("authorization")) is not None:
            return
        local = is_loopback(scope.client.rpartition(":")[0].strip("[]"))
        if not (route.access is Access.LOOPBACK and local):
            raise UnauthorizedError


def _check_origin(origin: str, headers: Headers) -> None:
    """On loopback the API is open; a page of another site could use it through a browser here."""
    if origin.partition("://")[2] != headers.get("host"):
        raise CrossOriginError(origin)


def _without_route(method: str, methods: Methods) -> Response:
    if not methods:
        raise NoSuchPathError
    allowed = sorted({*methods, "OPTIONS"})
    if method == "OPTIONS":
        return 204, [("allow", ", ".join(allowed))], b""
    raise MethodNotAllowedError(allowed)
