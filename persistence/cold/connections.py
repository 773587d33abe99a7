"""A pool of connections to Postgres, each lent for a bounded time.

asyncpg cancels and rolls back a statement by asking the server, which may not answer: on a network
that drops everything a call took twice its timeout. So at the timeout the connection is terminated,
and so are the idle ones, which use the same network. The server ends abandoned work by its own
timeouts (`_limits`), so that no lock stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import asyncpg

from persistence.cold.faults import UNANSWERED, postgres_errors
from persistence.errors import ColdStoreUnavailableError

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    OneConnection = asyncpg.Connection[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

# Batches differ in size, not in shape: one plan for all, by the primary keys, and never compiled.
_SERVER_SETTINGS: Final = {
    "application_name": "gamestate",
    "default_transaction_isolation": "read committed",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}


class Connections:
    """At most `most` connections, opened on demand. Made on the loop it is used on; call `open`
    first. `timeout_s`: how long one is lent, the wait for it included."""

    def __init__(self, dsn: str, most: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._known: WeakValueDictionary[int, OneConnection] = WeakValueDictionary()
        self._lent: set[int] = set()  # both by the id of the server process
        self._pool: Pool = asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=most,
            timeout=timeout_s,
            command_timeout=timeout_s,
            max_cached_statement_lifetime=0,
            server_settings={**_SERVER_SETTINGS, **_limits(timeout_s)},
            init=self._prepare,
            reset=_leave_as_is,
        )

    async def open(self) -> None:
        """Open the pool, without a connection. Raises: ValueError: the DSN is malformed."""
        await self._pool

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """Lend a connection. Raises: ColdStoreUnavailableError; BadRecordError: Postgres refused a
        record."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_s
        with postgres_errors():
            connection = await self._pool.acquire(timeout=self._timeout_s)
            process = connection.get_server_pid()
            self._lent.add(process)
            timeout = loop.call_at(deadline, self._terminate, connection)
            try:
                yield connection
            except UNANSWERED as error:
                if loop.time() < deadline:
                    raise
                raise ColdStoreUnavailableError(
                    f"no answer within {self._timeout_s:g} s"
                ) from error
            finally:
                timeout.cancel()
                self._lent.discard(process)
                await self._pool.release(connection)

    async def close(self) -> None:
        """Close the pool; running calls get `timeout_s` to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._pool.close(), self._timeout_s)

    def _terminate(self, connection: Connection) -> None:
        connection.terminate()
        for process, idle in list(self._known.items()):
            if process not in self._lent:
                idle.terminate()

    async def _prepare(self, connection: OneConnection) -> None:
        await _keep_json_as_bytes(connection)
        self._known[connection.get_server_pid()] = connection


def _limits(timeout_s: float) -> Mapping[str, str]:
    """The server's timeouts: those of this side, which the server may not see pass."""
    limit_ms = str(round(timeout_s * 1000))
    return {"statement_timeout": limit_ms, "idle_in_transaction_session_timeout": limit_ms}


async def _keep_json_as_bytes(connection: OneConnection) -> None:
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )


async def _leave_as_is(_connection: OneConnection) -> None:
    # No session state is ever set: this saves the round trip of asyncpg's reset.
    pass
