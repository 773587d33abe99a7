"""How long a call to Postgres takes on a network that swallows it, and what it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import asyncpg
import pytest

from persistence.cold.connections import Connections
from persistence.errors import ColdStoreUnavailableError
from tests.support.servers.front import postgres_dsn_by, postgres_front
from tests.support.servers.proxy import Proxy, Weather

LIMIT_S = 1.0
AT_MOST_S = 1.8 * LIMIT_S
"""Less than two limits, which is what it took when a rollback was waited for."""

Story = Callable[[Connections, Proxy], Awaitable[None]]


def play(dsn: str, story: Story) -> None:
    """Run a story on connections of its own, by way of a proxy."""

    async def on_connections(proxy: Proxy) -> None:
        connections = Connections(postgres_dsn_by(proxy, dsn), 4, LIMIT_S)
        await connections.open()
        try:
            await story(connections, proxy)
        finally:
            proxy.clear_up()
            await connections.close()

    with postgres_front(dsn) as proxy:
        asyncio.run(on_connections(proxy))


async def ping(connections: Connections) -> None:
    async with connections.one() as connection, connection.transaction():
        await connection.execute("SELECT 1")


async def seconds_until_given_up(connections: Connections) -> float:
    began = monotonic()
    with pytest.raises(ColdStoreUnavailableError, match="no answer within 1 s"):
        await ping(connections)
    return monotonic() - began


def test_a_call_into_a_black_hole_ends_in_its_time(postgres_dsn: str) -> None:
    async def story(connections: Connections, proxy: Proxy) -> None:
        await ping(connections)
        proxy.turn(Weather(black_hole=True))
        assert await seconds_until_given_up(connections) < AT_MOST_S

    play(postgres_dsn, story)


def test_a_cancelled_call_does_not_wait_longer_than_its_time(postgres_dsn: str) -> None:
    async def story(connections: Connections, proxy: Proxy) -> None:
        cut_off = asyncio.Event()

        async def call() -> None:
            async with connections.one() as connection, connection.transaction():
                proxy.turn(Weather(black_hole=True))
                cut_off.set()
                await connection.execute("SELECT 1")

        calling, began = asyncio.ensure_future(call()), monotonic()
        await cut_off.wait()
        calling.cancel()
        await asyncio.wait([calling])
        assert monotonic() - began < AT_MOST_S

    play(postgres_dsn, story)


def test_connections_that_died_without_a_word_cost_one_call(postgres_dsn: str) -> None:
    async def story(connections: Connections, proxy: Proxy) -> None:
        await asyncio.gather(*(ping(connections) for _ in range(4)))
        proxy.forget()
        await seconds_until_given_up(connections)
        await asyncio.gather(*(ping(connections) for _ in range(4)))

    play(postgres_dsn, story)


def test_a_call_that_is_slow_itself_does_not_disturb_the_others(postgres_dsn: str) -> None:
    async def story(connections: Connections, proxy: Proxy) -> None:
        async def sleep(seconds: float) -> None:
            async with connections.one() as connection:
                await connection.execute(f"SELECT pg_sleep({seconds})")

        slow = asyncio.ensure_future(sleep(60))
        await asyncio.sleep(LIMIT_S / 2)  # so that the other is under way when this one ends
        await sleep(LIMIT_S * 0.75)
        with pytest.raises(ColdStoreUnavailableError):
            await slow

    play(postgres_dsn, story)


def test_a_lock_does_not_outlive_a_connection_that_died_without_a_word(postgres_dsn: str) -> None:
    """The server does not notice: to it, a client is idle in the middle of a transaction."""

    async def story(connections: Connections, proxy: Proxy) -> None:
        async with connections.one() as connection:
            await connection.execute("CREATE TABLE held AS SELECT 1 AS one")

        async def hold() -> None:
            async with connections.one() as connection, connection.transaction():
                await connection.execute("SELECT FROM held FOR UPDATE")
                proxy.forget()
                await connection.execute("SELECT 1")

        with pytest.raises(ColdStoreUnavailableError):
            await hold()
        direct = await asyncpg.connect(postgres_dsn)
        try:
            await direct.execute("SELECT FROM held FOR UPDATE", timeout=5 * LIMIT_S)
        finally:
            await direct.close()

    play(postgres_dsn, story)
