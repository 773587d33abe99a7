"""One socket to Redis, driven by trio.

redis-py opens it in a thread (address, TLS, authentication, database). From then on commands and
answers pass over the bare socket, because the event loop of another thread costs two wake-ups a
call: docs/decisions/0006-redis-on-trio.md. hiredis parses the answers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, cast

import hiredis
import trio
from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as BrokenConnectionError

CHUNK_BYTES: Final = 1 << 16
MAX_CONNECT_THREADS: Final = 2
"""One opens the connection while an abandoned one may still be running."""

_NOT_YET: Final = object()
"""What the reader returns while an answer is incomplete."""


class RedisConnection(Protocol):
    """What is used of `redis.connection.AbstractConnection`, which has no types."""

    _sock: socket.socket | None  # private to redis-py, hence its upper bound in pyproject.toml

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...


class Connection:
    """Commands out, answers in, in order. Used by one task at a time, but closed by any.

    `pool`: redis-py's, used only to make connections from a URL. After a RedisError, HiredisError
    or OSError, or after the task that used it was cancelled, the connection must be closed.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        # Not `pool.make_connection`: it counts what it ever made and stops at a hundred.
        make = cast("Callable[..., RedisConnection]", pool.connection_class)
        self._make = partial(make, **pool.connection_kwargs)
        self._threads = trio.CapacityLimiter(MAX_CONNECT_THREADS)
        self._opened: RedisConnection | None = None
        self._socket: socket.socket | None = None
        self._reader = hiredis.Reader(notEnoughData=_NOT_YET)

    async def ready(self) -> None:
        """Open the connection, unless it is open and the server has not closed it."""
        if self._is_quiet():
            return
        self.close()
        opened = await self._open()
        assert opened._sock is not None  # noqa: SLF001
        self._opened, self._socket = opened, opened._sock  # noqa: SLF001
        self._socket.setblocking(False)
        self._reader = hiredis.Reader(notEnoughData=_NOT_YET)

    def close(self) -> None:
        """Close it, if it is open; a task in `exchange` gets trio.ClosedResourceError."""
        if self._opened is not None and self._socket is not None:
            trio.lowlevel.notify_closing(self._socket)
            self._opened.disconnect()
        self._opened = self._socket = None

    async def exchange(self, command: bytes) -> Any:
        """Send a packed command; its answer, strings as bytes. Raises: hiredis.ReplyError: the
        answer is an error; the connection stays usable."""
        assert self._socket is not None
        await self._send(self._socket, memoryview(command))
        answer = await self._receive(self._socket)
        if isinstance(answer, hiredis.ReplyError):
            raise answer
        return answer

    async def send(self, command: bytes) -> None:
        """Send a packed command without waiting for its answer."""
        await self._send(self._still_open(), memoryview(command))

    async def receive(self) -> Any:
        """The next answer or message from the server. Raises: hiredis.ReplyError: it is an error.
        Cancellation: nothing is lost, the next call continues."""
        answer = await self._receive(self._still_open())
        if isinstance(answer, hiredis.ReplyError):
            raise answer
        return answer

    def _still_open(self) -> socket.socket:
        if self._socket is None:
            raise trio.ClosedResourceError("the connection was closed")
        return self._socket

    def _is_quiet(self) -> bool:
        """Whether it is open at both ends and holds no unread bytes."""
        if self._socket is None or self._reader.has_data():
            return False
        try:
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    async def _open(self) -> RedisConnection:
        """Cancellation: the thread is abandoned, and closes what it still opens."""
        opened, first = self._make(), threading.Lock()

        def connect() -> None:
            opened.connect()
            if not first.acquire(blocking=False):
                opened.disconnect()

        # The thread may succeed while the task is cancelled: the later of the two closes.
        try:
            await trio.to_thread.run_sync(connect, abandon_on_cancel=True, limiter=self._threads)
        except BaseException:
            if not first.acquire(blocking=False):
                opened.disconnect()
            raise
        return opened

    @staticmethod
    async def _send(opened: socket.socket, rest: memoryview) -> None:
        while rest:
            try:
                rest = rest[opened.send(rest) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                await trio.lowlevel.wait_writable(opened)
            except ssl.SSLWantReadError:
                await trio.lowlevel.wait_readable(opened)

    async def _receive(self, opened: socket.socket) -> Any:
        reader = self._reader
        while (answer := reader.gets()) is _NOT_YET:
            try:
                chunk = opened.recv(CHUNK_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                await trio.lowlevel.wait_readable(opened)
            except ssl.SSLWantWriteError:
                await trio.lowlevel.wait_writable(opened)
            else:
                if not chunk:
                    raise BrokenConnectionError("the server closed the connection")
                reader.feed(chunk)
        return answer
