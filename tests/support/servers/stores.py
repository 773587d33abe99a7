"""Real stores for tests: one Valkey and one Postgres a test session, clean for each test; and
servers of a test's own, to be killed.

Synchronous fixtures, because pytest-trio's are made again for every test. With
GAMESTATE_TEST_REDIS_URL and GAMESTATE_TEST_POSTGRES_DSN the tests run on servers that are already
there (another version, say) instead; everything in them is deleted.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import redis

from persistence.cold.migrate import migrate
from persistence.embedded.servers import EmbeddedServers, Endpoints

STOP_DEADLINE_S = 10.0


class MakeServers(Protocol):
    """What the fixture `embedded` gives."""

    def __call__(
        self, data_dir: Path, *, valkey: bool = True, postgres: bool = True
    ) -> EmbeddedServers:
        """Servers of `data_dir`."""


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Both servers, as the last test left them: `redis_url` and `postgres_dsn` are never None."""
    if given := _given_stores():
        yield given
        return
    servers = EmbeddedServers(tmp_path_factory.mktemp("stores"), valkey=True, postgres=True)
    yield servers.start()
    servers.stop(STOP_DEADLINE_S)


@pytest.fixture
def redis_url(stores: Endpoints) -> str:
    """An empty Redis: no keys, no cached scripts."""
    assert stores.redis_url is not None
    with redis_client(stores.redis_url) as client:
        client.flushall()
        client.script_flush()
    return stores.redis_url


@pytest.fixture(scope="session")
def migrated(stores: Endpoints) -> Iterator[str]:
    """The name of a migrated database, to be copied: that takes a tenth of migrating one."""
    with database(stores) as dsn:
        asyncio.run(migrate(dsn))
        yield urlsplit(dsn).path.removeprefix("/")


@pytest.fixture
def empty_postgres_dsn(stores: Endpoints) -> Iterator[str]:
    """A database of the test's own without any table."""
    with database(stores) as dsn:
        yield dsn


@pytest.fixture
def postgres_dsn(stores: Endpoints, migrated: str) -> Iterator[str]:
    """A migrated database of the test's own, with nothing in it."""
    with database(stores, migrated) as dsn:
        yield dsn


@contextmanager
def database(stores: Endpoints, template: str = "template0") -> Iterator[str]:
    """A copy of a database; dropped at the end, with all connections to it."""
    assert stores.postgres_dsn is not None
    name = f"test_{uuid4().hex}"
    ask_postgres(stores.postgres_dsn, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield urlunsplit(urlsplit(stores.postgres_dsn)._replace(path=f"/{name}"))
    ask_postgres(stores.postgres_dsn, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def embedded() -> Iterator[MakeServers]:
    """Makes servers of the test's own, not started yet, and stops them after it."""
    made: list[EmbeddedServers] = []

    def make(data_dir: Path, *, valkey: bool = True, postgres: bool = True) -> EmbeddedServers:
        made.append(EmbeddedServers(data_dir, valkey=valkey, postgres=postgres))
        return made[-1]

    yield make
    for servers in made:
        servers.stop(STOP_DEADLINE_S)


def redis_client(url: str | None) -> redis.Redis:
    """A plain synchronous client; close it."""
    assert url is not None
    return redis.Redis.from_url(url)


def ask_postgres(dsn: str | None, statement: str) -> Any:
    """Run one statement on a connection of its own; the first value of the first row."""

    async def ask() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _given_stores() -> Endpoints | None:
    redis_url = os.environ.get("GAMESTATE_TEST_REDIS_URL")
    postgres_dsn = os.environ.get("GAMESTATE_TEST_POSTGRES_DSN")
    return Endpoints(redis_url, postgres_dsn) if redis_url and postgres_dsn else None
