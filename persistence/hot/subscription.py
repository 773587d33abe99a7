"""A subscription to one Redis channel, on a connection of its own until that breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import hiredis
import trio
from redis.connection import ConnectionPool
from redis.exceptions import RedisError

from persistence.errors import HotStoreUnavailableError
from persistence.hot.connection import Connection
from persistence.hot.resp import pack

QUIET_S: Final = 5.0
"""A connection that dropped may be silent."""
PING: Final = pack((b"PING",))


class Subscription:
    """See `HotStore.listen`. `timeout_s`: how long Redis may take to answer; `quiet_s`: how long
    there may be no message before it is pinged."""

    def __init__(
        self, pool: ConnectionPool, channel: bytes, timeout_s: float, quiet_s: float
    ) -> None:
        self._connection = Connection(pool)
        self._channel = channel
        self._timeout_s = timeout_s
        self._quiet_s = quiet_s

    async def run(self, on_message: Callable[[bytes], None], started: Callable[[], None]) -> None:
        """Subscribe, and run until cancelled. Raises: HotStoreUnavailableError."""
        try:
            await self._subscribe()
            started()
            while True:
                kind, _, message = await self._next()
                if kind == b"message":
                    on_message(message)
        except trio.TooSlowError as error:
            raise HotStoreUnavailableError(f"no answer within {self._timeout_s:g} s") from error
        except (RedisError, hiredis.HiredisError, OSError, trio.ClosedResourceError) as error:
            raise HotStoreUnavailableError(f"the subscription ended: {error}") from error
        finally:
            self._connection.close()

    def close(self) -> None:
        """Close the connection: `run` raises."""
        self._connection.close()

    async def _subscribe(self) -> None:
        with trio.fail_after(self._timeout_s):
            await self._connection.ready()
            await self._connection.exchange(pack((b"SUBSCRIBE", self._channel)))

    async def _next(self) -> tuple[Any, Any, Any]:
        with trio.move_on_after(self._quiet_s):
            return _parts(await self._connection.receive())
        with trio.fail_after(self._timeout_s):
            await self._connection.send(PING)
            return _parts(await self._connection.receive())


def _parts(answer: Any) -> tuple[Any, Any, Any]:
    """Kind, channel, message. The answer to a PING has no channel."""
    kind, *rest = answer
    return kind, rest[0], rest[-1]
