"""One function for each route: from a call to a response."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson
from attrs import define, frozen

from gamestate.api import problems, requests
from gamestate.api.errors import NotReadyError
from gamestate.api.limits import Limits
from gamestate.api.responses import JSON_HEADERS, Response, json_response
from gamestate.api.rsgi import Headers
from gamestate.api.service import GameService
from gamestate.errors import UnknownMessageTypeError
from gamestate.game.message_result import MessageResult, Wait
from gamestate.observe.log import Logger
from gamestate.observe.metrics import CONTENT_TYPE

INVENTORY: Final = "inventory."


@frozen
class Api:
    """What the endpoints answer from. `openapi`: the document, as JSON."""

    game: GameService
    limits: Limits
    openapi: bytes
    log: Logger

    def report(self, error: Exception) -> None:
        """Log an error that is the server's fault; the others are answers."""
        if problems.kind_of(error) is problems.INTERNAL:
            self.log.error("request failed", exc_info=error)


@define(weakref_slot=False)
class Call:
    """One request, read. `parameter`: of the path, "" if it has none. `body`: b"" for a GET."""

    parameter: str
    headers: Headers
    query_string: str = ""
    body: bytes = b""

    def char_id(self) -> int:
        """The character id in the path. Raises: InvalidPayloadError."""
        return requests.decode_char_id(self.parameter)

    def wait(self) -> Wait | None:
        """What the query says to wait for. Raises: InvalidPayloadError, MalformedError."""
        return requests.decode_wait(self.query_string) if self.query_string else None


# ------------------------------------------------------------------ characters


async def create(api: Api, call: Call) -> Response:
    created = await api.game.create(requests.decode_create(call.body))
    return json_response(created, 201, ("location", f"/v1/characters/{created['char_id']}"))


async def view(api: Api, call: Call) -> Response:
    seen = await api.game.view(call.char_id())
    return _tagged(call, seen["version"], seen)


async def login(api: Api, call: Call) -> Response:
    char_id = call.char_id()
    given = await api.game.login(char_id)
    return json_response(
        {
            "char_id": char_id,
            "restored_from": given.restored_from,
            "epoch": given.character["epoch"],
            "version": given.character["version"],
            **({} if given.takeover is None else {"takeover": given.takeover}),
            "character": given.character,
        }
    )


async def logout(api: Api, call: Call) -> Response:
    char_id = call.char_id()
    version = await api.game.logout(char_id, requests.decode_logout(call.body))
    return json_response({"char_id": char_id, "version": version, "durability": "postgres"})


# ------------------------------------------------------------------ messages


async def message(api: Api, call: Call) -> Response:
    char_id = call.char_id()
    type_, payload, message_id, wait, epoch = requests.decode_message(call.body)
    wait = call.wait() or wait
    result = await api.game.message(char_id, type_, payload, message_id, wait, epoch)
    return json_response(_fields(result))


async def action(api: Api, call: Call) -> Response:
    asked, payload = requests.decode_action(call.body)
    type_, wait = INVENTORY + asked.action, call.wait() or asked.wait
    try:
        result = await api.game.message(asked.char_id, type_, payload, asked.message_id, wait)
    except UnknownMessageTypeError as error:
        known = [name for name in error.facts["known"] if name.startswith(INVENTORY)]
        actions = [name.removeprefix(INVENTORY) for name in known]
        raise UnknownMessageTypeError(asked.action, actions) from error
    return json_response(_fields(result))


async def inventory(api: Api, call: Call) -> Response:
    char_id, payload = call.char_id(), requests.decode_view(call.query_string)
    result = await api.game.message(char_id, f"{INVENTORY}view", payload, None)
    return json_response(result.reply)


async def batch(api: Api, call: Call) -> Response:
    entries = requests.decode_batch(call.body, api.limits.max_batch_messages)
    # `gather` starts its tasks in order, and a message is queued before its first suspension:
    # so the messages of one character keep their order.
    wait = call.wait()
    answers = [_entry(api, entry, index, wait) for index, entry in enumerate(entries)]
    return json_response(await asyncio.gather(*answers))


async def _entry(api: Api, entry: Any, index: int, wait: Wait | None) -> Mapping[str, Any]:
    try:
        asked = requests.decode_entry(entry, index)
        wait = wait or asked.wait
        return _fields(
            await api.game.message(
                asked.char_id, asked.type, asked.payload, asked.message_id, wait, asked.epoch
            )
        )
    except Exception as error:  # noqa: BLE001  # one bad message spoils no other
        api.report(error)
        return {"error": orjson.Fragment(problems.encoded(error))}


# ------------------------------------------------------------------ the server itself


async def content(api: Api, call: Call) -> Response:
    index = api.game.content()
    return _tagged(call, index.version, orjson.Fragment(index.body))


async def reload_content(api: Api, call: Call) -> Response:
    return json_response(await api.game.reload_content())


async def live(api: Api, call: Call) -> Response:
    return 200, JSON_HEADERS, b'{"status":"live"}'


async def ready(api: Api, call: Call) -> Response:
    if missing := api.game.missing():
        raise NotReadyError(missing)
    return 200, JSON_HEADERS, b'{"status":"ready"}'


async def metrics(api: Api, call: Call) -> Response:
    return 200, [("content-type", CONTENT_TYPE)], api.game.metrics()


async def openapi(api: Api, call: Call) -> Response:
    return 200, JSON_HEADERS, api.openapi


# ------------------------------------------------------------------ responses


def _fields(result: MessageResult) -> Mapping[str, Any]:
    return {
        "message_id": result.message_id,
        "version": result.version,
        "durability": result.durability,
        "duplicate": result.duplicate,
        "reply": result.reply,
    }


def _tagged(call: Call, version: int | str, value: Any) -> Response:
    """`value` with its version as `ETag`, or 304 if the caller has this version."""
    etag = f'"{version}"'
    if _matches(call.headers.get("if-none-match"), etag):
        return 304, [("etag", etag)], b""
    return json_response(value, 200, ("etag", etag))


def _matches(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags
