"""One connection to Redis, used by one call at a time, first come first served.

The connection is redis-py's (addresses, TLS, authentication, parsing); commands are packed and sent
on it directly, because redis-py's own way from arguments to socket costs several times more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from redis.exceptions import NoScriptError, RedisError

from persistence.errors import HotStoreUnavailableError
from persistence.hot.resp import pack
from persistence.hot.script import Script


class Connection(Protocol):
    """What a lane uses of `redis.asyncio.connection.AbstractConnection`, which has no types."""

    @property
    def is_connected(self) -> bool: ...
    async def connect(self) -> None: ...
    async def disconnect(self, nowait: bool = False) -> None: ...
    async def can_read(self) -> bool: ...
    async def send_packed_command(self, command: bytes, check_health: bool = True) -> None: ...
    async def read_response(self, disable_decoding: bool = False) -> Any: ...


class Lane:
    """Calls wait their turn; the time a call may take includes the wait.

    A connection on which anything but a whole answer happened (a timeout, a cancelled caller, a
    broken socket) is closed and the next call opens another, so an answer never reaches a call that
    did not ask for it. Nothing is retried, except that a script Redis has forgotten is sent again.
    """

    def __init__(self, connection: Connection, timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._closed = False

    async def run(self, script: Script, keys: Sequence[bytes], args: Sequence[bytes]) -> Any:
        """Run a script and return its answer, strings as bytes.

        Raises: HotStoreUnavailableError.
        """
        command = (b"EVALSHA", script.sha, b"%d" % len(keys), *keys, *args)
        return await self._guarded(self._evaluate, script, command)

    async def call(self, *command: bytes) -> Any:
        """Run one command and return its answer, strings as bytes.

        Raises: HotStoreUnavailableError.
        """
        return await self._guarded(self._exchange, command)

    async def close(self) -> None:
        """Close the connection; every later call fails."""
        self._closed = True
        await self._connection.disconnect()

    async def _guarded(self, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        try:
            async with asyncio.timeout(self._timeout_s), self._turn:
                await self._ready()
                return await work(*args)
        except TimeoutError as error:
            raise HotStoreUnavailableError(f"no answer within {self._timeout_s:g} s") from error
        except (RedisError, OSError) as error:
            raise HotStoreUnavailableError(_reason(error)) from error

    async def _ready(self) -> None:
        if self._closed:
            raise HotStoreUnavailableError("the store is closed")
        connection = self._connection
        if connection.is_connected:
            if not await connection.can_read():
                return
            # The server hung up, or sent what nobody asked for.
            await connection.disconnect(nowait=True)
        await connection.connect()

    async def _evaluate(self, script: Script, command: tuple[bytes, ...]) -> Any:
        try:
            return await self._exchange(command)
        except NoScriptError:
            await self._exchange((b"SCRIPT", b"LOAD", script.source))
            return await self._exchange(command)

    async def _exchange(self, command: tuple[bytes, ...]) -> Any:
        connection = self._connection
        await connection.send_packed_command(pack(command), check_health=False)
        return await connection.read_response(disable_decoding=True)


def _reason(error: Exception) -> str:
    code = getattr(error, "status_code", None)
    return f"{code} {error}" if code else str(error)
