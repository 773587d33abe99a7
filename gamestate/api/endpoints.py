"""One method for each row of the table of routes: from a call to an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final, Protocol

import orjson
from attrs import define

from gamestate.api import problems, requests
from gamestate.api.docs import DocsPage
from gamestate.api.errors import NotReadyError
from gamestate.api.limits import Limits
from gamestate.api.openapi import document
from gamestate.api.responses import JSON_HEADERS, Response, json_response
from gamestate.api.routes import ROUTES
from gamestate.api.rsgi import Headers
from gamestate.api.service import GameService
from gamestate.errors import UnknownMessageTypeError
from gamestate.game.receipt import Receipt, Wait
from gamestate.observe.metrics import CONTENT_TYPE

INVENTORY: Final = "inventory."


@define(weakref_slot=False)
class Call:
    """One request, read. `parameter`: of the path, "" if it has none. `body`: b"" for a GET."""

    parameter: str
    headers: Headers
    query_string: str = ""
    body: bytes = b""


class Endpoint(Protocol):
    """What answers a call; raises what `problems.py` translates."""

    def __call__(self, call: Call) -> Awaitable[Response]:
        """Answer."""


class ReportFailure(Protocol):
    """Told of errors that are nobody's fault but the server's."""

    def __call__(self, error: Exception) -> None:
        """Log it."""


class Endpoints:
    """The API of one game."""

    def __init__(self, service: GameService, limits: Limits, report: ReportFailure) -> None:
        self._service = service
        self._limits = limits
        self._report = report
        self._commands = service.commands()
        self._openapi = document(ROUTES, self._commands)
        self._docs = DocsPage()

    # -------------------------------------------------------------- characters

    async def create(self, call: Call) -> Response:
        created = await self._service.create(requests.decode_create(call.body))
        location = ("location", f"/v1/characters/{created['char_id']}")
        status, headers, body = json_response(created, 201)
        return status, [*headers, location], body

    async def view(self, call: Call) -> Response:
        view = await self._service.view(requests.decode_char_id(call.parameter))
        etag = f'"{view["version"]}"'
        if _matches(call.headers.get("if-none-match"), etag):
            return 304, [("etag", etag)], b""
        status, headers, body = json_response(view)
        return status, [*headers, ("etag", etag)], body

    async def login(self, call: Call) -> Response:
        return json_response(await self._service.login(requests.decode_char_id(call.parameter)))

    async def logout(self, call: Call) -> Response:
        char_id = requests.decode_char_id(call.parameter)
        epoch = requests.decode_logout(call.body)
        return json_response(await self._service.logout(char_id, epoch))

    # -------------------------------------------------------------- messages

    async def message(self, call: Call) -> Response:
        char_id = requests.decode_char_id(call.parameter)
        asked = requests.decode_message(call.body, self._commands)
        type_, payload, message_id, wait, epoch = asked
        if call.query_string:
            wait = requests.decode_wait(call.query_string) or wait
        self._check_type(type_)
        receipt = await self._service.message(char_id, type_, payload, message_id, wait, epoch)
        return json_response(_written(receipt))

    async def action(self, call: Call) -> Response:
        action, payload = requests.decode_action(call.body)
        type_ = INVENTORY + action.action
        if type_ not in self._commands:
            known = [name for name in sorted(self._commands) if name.startswith(INVENTORY)]
            actions = [name.removeprefix(INVENTORY) for name in known]
            raise UnknownMessageTypeError(action.action, actions)
        wait = requests.decode_wait(call.query_string) or action.wait
        receipt = await self._service.message(
            action.char_id, type_, payload, action.message_id, wait
        )
        return json_response(_written(receipt))

    async def inventory(self, call: Call) -> Response:
        char_id = requests.decode_char_id(call.parameter)
        payload = requests.decode_view(call.query_string)
        receipt = await self._service.message(char_id, f"{INVENTORY}view", payload, None)
        return json_response(receipt.reply)

    async def batch(self, call: Call) -> Response:
        entries = requests.decode_batch(call.body, self._limits.max_batch_messages)
        # `gather` starts its tasks in order, and a message is queued before its first suspension:
        # so the messages of one character keep their order.
        wait = requests.decode_wait(call.query_string)
        answers = [self._entry(entry, index, wait) for index, entry in enumerate(entries)]
        return json_response(await asyncio.gather(*answers))

    async def _entry(self, entry: Any, index: int, wait: Wait | None) -> Mapping[str, Any]:
        try:
            asked = requests.decode_entry(entry, index)
            self._check_type(asked.type)
            return _written(
                await self._service.message(
                    asked.char_id,
                    asked.type,
                    asked.payload,
                    asked.message_id,
                    wait or asked.wait,
                    asked.epoch,
                )
            )
        except Exception as error:  # noqa: BLE001  # one bad message spoils no other
            self._report(error)
            return {"error": orjson.Fragment(problems.encoded(error))}

    def _check_type(self, type_: str) -> None:
        if type_ not in self._commands:
            raise UnknownMessageTypeError(type_, sorted(self._commands))

    # -------------------------------------------------------------- the server itself

    async def content(self, call: Call) -> Response:
        index = self._service.content()
        etag = f'"{index.version}"'
        headers = [*JSON_HEADERS, ("etag", etag)]
        if _matches(call.headers.get("if-none-match"), etag):
            return 304, [("etag", etag)], b""
        return 200, headers, index.body

    async def reload_content(self, call: Call) -> Response:
        return json_response(await self._service.reload_content())

    async def live(self, call: Call) -> Response:
        return 200, JSON_HEADERS, b'{"status":"live"}'

    async def ready(self, call: Call) -> Response:
        missing = self._service.missing()
        if missing:
            raise NotReadyError(missing)
        return 200, JSON_HEADERS, b'{"status":"ready"}'

    async def metrics(self, call: Call) -> Response:
        return 200, [("content-type", CONTENT_TYPE)], self._service.metrics()

    async def openapi(self, call: Call) -> Response:
        return 200, JSON_HEADERS, self._openapi

    async def docs(self, call: Call) -> Response:
        return self._docs.page()

    async def docs_file(self, call: Call) -> Response:
        return self._docs.file(call.parameter)


def _written(receipt: Receipt) -> Mapping[str, Any]:
    return {
        "message_id": receipt.message_id,
        "version": receipt.version,
        "durability": receipt.durability,
        "duplicate": receipt.duplicate,
        "reply": receipt.reply,
    }


def _matches(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags
