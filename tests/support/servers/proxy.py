"""A bad network between two processes: a TCP proxy that can do to a connection what networks do.

It runs on an event loop in a thread of its own; its methods return when it is done. What passes is
bytes: it knows no protocol. What a black hole holds back is delivered when it ends, also for a
client that hung up long ago, as a network does that was only cut for a while.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from attrs import field, frozen, mutable

T = TypeVar("T")
Target = Path | tuple[str, int]
"""Where to: a Unix socket, or host and port."""
Side = Literal["client", "server"]

CHUNK_BYTES: Final = 1 << 16
MOST_UNDER_WAY: Final = 4_096
"""Chunks in one direction of one connection; more are not read."""
RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a close a RST."""


@frozen
class Weather:
    """What the network does to everything that passes, from now on.

    Attributes:
        delay_s: one way.
        black_hole: nothing passes in either direction until it ends; connections are accepted.
        answers_lost: requests arrive; the answers to them never do, not even later.
        piece_bytes: chunks fall into pieces of this size, 1 ms apart; 0: they stay whole.
    """

    delay_s: float = 0.0
    black_hole: bool = False
    answers_lost: bool = False
    piece_bytes: int = 0


FAIR: Final = Weather()


class Proxy:
    """From `with` to its end; `port` is where it listens on 127.0.0.1.

    `target` may be changed: new connections go there.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.port = 0
        self.weather = FAIR
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._clear = asyncio.Event()
        self._clear.set()
        self._routes: set[_Route] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._on_loop(self._listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._on_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # ------------------------------------------------------------------ what it can do

    def turn(self, weather: Weather) -> None:
        """Change the weather."""
        self._on_loop(self._turn(weather))

    def clear_up(self) -> None:
        """Fair weather and an open door."""
        self._on_loop(self._turn(FAIR))
        self._on_loop(self._listen())

    def cut(self, *, reset: bool) -> None:
        """End all connections, by RST or by FIN."""
        self._on_loop(self._each(partial(_Route.cut, reset=reset)))

    def half_close(self, towards: Side) -> None:
        """Say to one side of all connections that the other has nothing more to say."""
        self._on_loop(self._each(partial(_Route.half_close, towards=towards)))

    def forget(self) -> None:
        """Nothing passes on the connections there are, ever; new ones are as good as any."""
        self._on_loop(self._each(_Route.forget))

    def lose_next_answer(self) -> None:
        """The next request arrives, its answer does not, nor anything else on that connection."""
        self._on_loop(self._each(_Route.lose_answer))

    def refuse(self) -> None:
        """Nobody listens any more; connections there are stay."""
        self._on_loop(self._stop_listening())

    # ------------------------------------------------------------------ on its loop

    def _on_loop(self, coro: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coro, self._loop).result()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _close(self) -> None:
        await self._stop_listening()
        await self._turn(FAIR)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _turn(self, weather: Weather) -> None:
        self.weather = weather
        if weather.black_hole:
            self._clear.clear()
        else:
            self._clear.set()

    async def _each(self, action: Callable[[_Route], None]) -> None:
        for route in list(self._routes):
            with suppress(OSError):
                action(route)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):  # the streams' own callback would log either
            pass
        finally:
            writer.close()
            self._tasks.remove(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, onward = await self._connect()
        route = _Route(writer, onward)
        self._routes.add(route)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, onward, route, "server"))
                group.create_task(self._pump(back, writer, route, "client"))
        finally:
            self._routes.remove(route)
            onward.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection(*self.target)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        route: _Route,
        towards: Side,
    ) -> None:
        """Carry one direction until its end."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_UNDER_WAY)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take(reader, under_way, route, towards))
            group.create_task(self._give(writer, under_way, route, towards))

    async def _take(
        self,
        reader: asyncio.StreamReader,
        under_way: asyncio.Queue[tuple[float, bytes]],
        route: _Route,
        towards: Side,
    ) -> None:
        chunk = b"any"
        while chunk:
            try:
                chunk = await reader.read(CHUNK_BYTES)
            except OSError:
                chunk = b""  # a reset: the rest of the way learns that it is over
            if towards == "server" and route.loses_answer and chunk:
                route.lost.add("client")
            if towards == "client" and self.weather.answers_lost and chunk:
                route.lost.add("client")
            await under_way.put((self._loop.time() + self.weather.delay_s, chunk))

    async def _give(
        self,
        writer: asyncio.StreamWriter,
        under_way: asyncio.Queue[tuple[float, bytes]],
        route: _Route,
        towards: Side,
    ) -> None:
        chunk = b"any"
        while chunk:
            due, chunk = await under_way.get()
            await asyncio.sleep(due - self._loop.time())
            await self._clear.wait()
            if towards in route.lost:
                continue
            with suppress(OSError):  # nobody there any more: the other direction may go on
                await self._deliver(writer, chunk)

    async def _deliver(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        size = self.weather.piece_bytes
        if not chunk:
            writer.write_eof()
        elif not size:
            writer.write(chunk)
        else:
            for at in range(0, len(chunk), size):
                writer.write(chunk[at : at + size])
                await asyncio.sleep(0.001)
        await writer.drain()


@mutable(eq=False)
class _Route:
    """One connection through the proxy. `lost`: the sides that nothing reaches any more."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    lost: set[Side] = field(factory=set)
    loses_answer: bool = False

    def cut(self, *, reset: bool) -> None:
        for writer in (self.client, self.server):
            if reset:
                opened: socket.socket = writer.get_extra_info("socket")
                if opened.family != socket.AF_UNIX:
                    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()
            else:
                writer.close()

    def half_close(self, *, towards: Side) -> None:
        self.lost.add(towards)  # after a FIN nothing can follow
        (self.client if towards == "client" else self.server).write_eof()

    def forget(self) -> None:
        self.lost = {"client", "server"}

    def lose_answer(self) -> None:
        self.loses_answer = True
