"""A connection to Redis that serves one call at a time, first come, first served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hiredis
import trio
from redis.connection import ConnectionPool
from redis.exceptions import RedisError

from persistence.errors import HotStoreUnavailableError
from persistence.hot.connection import Connection
from persistence.hot.resp import pack
from persistence.hot.script import Script


class SerializedConnection:
    """Calls wait for their turn; `timeout_s` includes the wait.

    After anything but a whole answer (a timeout, a cancelled caller, a broken socket) the
    connection is closed and the next call opens another, so that no call reads another's answer.
    Nothing is retried, except that a script Redis does not know is loaded and run again.
    """

    def __init__(self, pool: ConnectionPool, timeout_s: float) -> None:
        self._connection = Connection(pool)
        self._timeout_s = timeout_s
        self._turn = trio.Lock()
        self._closed = False

    async def run(self, script: Script, keys: Sequence[bytes], args: Sequence[bytes]) -> Any:
        """Run a script and return its answer, strings as bytes.

        Raises: HotStoreUnavailableError.
        """
        command = pack((b"EVALSHA", script.sha, b"%d" % len(keys), *keys, *args))
        return await self._in_turn(command, script)

    async def call(self, *command: bytes) -> Any:
        """Run one command and return its answer, strings as bytes.

        Raises: HotStoreUnavailableError.
        """
        return await self._in_turn(pack(command))

    def close(self) -> None:
        """Close the connection; the call that uses it and every later one fail."""
        self._closed = True
        self._connection.close()

    async def _in_turn(self, command: bytes, script: Script | None = None) -> Any:
        try:
            with trio.fail_after(self._timeout_s):
                await self._wait_for_turn()
                try:
                    return await self._evaluate(command, script)
                finally:
                    self._turn.release()
        except trio.TooSlowError as error:
            raise HotStoreUnavailableError(f"no answer within {self._timeout_s:g} s") from error
        except (RedisError, hiredis.HiredisError, OSError, trio.ClosedResourceError) as error:
            self._refuse_if_closed()
            raise HotStoreUnavailableError(_reason(error)) from error

    async def _wait_for_turn(self) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._turn.acquire_nowait()  # spares the usual call a pass of the scheduler
        except trio.WouldBlock:
            await self._turn.acquire()

    async def _evaluate(self, command: bytes, script: Script | None) -> Any:
        try:
            return await self._exchange(command)
        except hiredis.ReplyError as error:
            if script is None or not str(error).startswith("NOSCRIPT"):
                raise
        await self._exchange(pack((b"SCRIPT", b"LOAD", script.source)))
        return await self._exchange(command)

    async def _exchange(self, command: bytes) -> Any:
        self._refuse_if_closed()
        connection = self._connection
        try:
            await connection.ready()
            self._refuse_if_closed()
            return await connection.exchange(command)
        except hiredis.ReplyError:
            raise
        except BaseException:
            connection.close()
            raise

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise HotStoreUnavailableError("the store is closed")


def _reason(error: Exception) -> str:
    code = getattr(error, "status_code", None)
    return f"{code} {error}" if code else str(error)
