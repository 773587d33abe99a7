"""A real edge (Granian, uvloop, its own thread) in front of a small game in memory."""

from __future__ import annotations

import asyncio
import http.client
import io
import socket
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import orjson
import uvloop
from attrs import frozen

from gamestate.api.app import App
from gamestate.api.auth import Tokens
from gamestate.api.limits import Limits
from gamestate.api.requests import CreateCharacter
from gamestate.api.server import EdgeServer
from gamestate.api.service import GameService
from gamestate.content.index import Index
from gamestate.errors import UnknownCharacterError, UnknownMessageTypeError
from gamestate.game.message_result import MessageResult
from gamestate.game.orchestrator import Login
from gamestate.observe.log import configure_logs, get_logger

T = TypeVar("T")


@frozen
class Equip:
    """Put an item on."""

    item_id: int
    slot: str | None = None


@frozen
class View:
    """Look."""

    sort: str | None = None
    q: str | None = None


class FakeGame(GameService):
    """The game in memory. `fails` is raised by the next message; `gate` holds them."""

    def __init__(self) -> None:
        self.commands = {"inventory.equip": Equip, "inventory.view": View, "core.move": View}
        self.content = lambda: Index("v1", b'{"version":"v1"}')
        self.missing = lambda: self.absent
        self.metrics = lambda: b"gamestate_actors 1.0\n"
        self.handled: list[tuple[int, str, Mapping[str, Any], str | None]] = []
        self.epochs: list[int | None] = []
        self.created: list[CreateCharacter] = []
        self.waits: list[str | None] = []
        self.fails: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.waiting = threading.Semaphore(0)
        self.absent: list[str] = []

    async def message(
        self,
        char_id: int,
        type_: str,
        payload: Mapping[str, Any],
        message_id: str | None,
        wait: str | None = None,
        epoch: int | None = None,
    ) -> MessageResult:
        if type_ not in self.commands:
            raise UnknownMessageTypeError(type_, sorted(self.commands))
        self.epochs.append(epoch)
        self.handled.append((char_id, type_, payload, message_id))
        self.waits.append(wait)
        if self.gate is not None:
            self.waiting.release()
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        reply = {"did": type_, "payload": payload}
        return MessageResult(message_id or "made", len(self.handled), "redis", False, reply)

    async def reload_content(self) -> Mapping[str, int]:
        if self.fails is not None:
            raise self.fails
        return {"items": 3, "monsters": 2, "scenarios": 1}

    async def create(self, new: CreateCharacter) -> Mapping[str, Any]:
        self.created.append(new)
        return {"char_id": len(self.created)}

    async def login(self, char_id: int) -> Login:
        return Login("memory", {"char_id": char_id, "epoch": 1, "version": 1})

    async def logout(self, char_id: int, epoch: int | None) -> int:
        self.epochs.append(epoch)
        return 7

    async def view(self, char_id: int) -> Mapping[str, Any]:
        if char_id > 100:
            raise UnknownCharacterError(char_id)
        return {"char_id": char_id, "version": 7}


@frozen
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        assert self.json.keys() >= {"type", "title", "status", "detail", "code"}
        return str(self.json["code"])


class Loop:
    """A uvloop in a thread, as the portal runs it."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def call(self, function: Callable[[], Any]) -> None:
        async def called() -> None:
            function()

        self.run(called())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Edge:
    """A running server and the ways to talk to it."""

    def __init__(self, loop: Loop, limits: Limits, tokens: Tokens | None, **server: Any) -> None:
        self.loop = loop
        self.game = FakeGame()
        self.log = io.StringIO()
        configure_logs("json", "info", self.log)
        self.server: EdgeServer = loop.run(self._start(limits, tokens, **server))

    async def _start(self, limits: Limits, tokens: Tokens | None, **server: Any) -> EdgeServer:
        self.app = App(self.game, limits, tokens, get_logger("edge"))
        made = EdgeServer(self.app, "127.0.0.1", server.pop("port", 0), **server)
        await made.start()
        return made

    def stop(self, deadline_s: float = 5) -> None:
        self.loop.run(self.server.stop(deadline_s))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=10)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; a body that is not bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        sent = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        try:
            connection.request(method, path, sent, dict(headers or {}))
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)

    def raw(self, sent: bytes) -> bytes:
        """Send bytes and read until the server closes."""
        with self.connect() as connection:
            connection.sendall(sent)
            return read_all(connection)

    def leave(self, sent: bytes) -> None:
        """Send bytes, go away, wait until the server saw it."""
        with self.connect() as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            read_all(connection)

    def hold(self) -> None:
        """Messages wait from now on, until `release`."""
        self.loop.call(lambda: setattr(self.game, "gate", asyncio.Event()))

    def release(self) -> None:
        gate, self.game.gate = self.game.gate, None
        assert gate is not None
        self.loop.call(gate.set)


def read_all(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
