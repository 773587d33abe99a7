"""Both stores of one server: embedded or configured, migrated, connected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import trio

from actors.portal import Portal
from gamestate.observe.log import Logger
from gamestate.server.config import Settings
from gamestate.server.modules import DOCUMENT_TABLES
from persistence.cold.migrate import migrate
from persistence.cold.postgres_store import PostgresColdStore
from persistence.cold.store import ColdStore
from persistence.embedded.servers import EmbeddedServers, Endpoints
from persistence.errors import EmbeddedServerError
from persistence.hot.redis_store import RedisHotStore
from persistence.hot.store import HotStore

WATCH_PERIOD_S: Final = 0.2
"""How often it is checked that the embedded servers run, seconds."""


@asynccontextmanager
async def open_endpoints(settings: Settings, log: Logger) -> AsyncIterator[Endpoints]:
    """The stores' addresses: the configured ones, or those of embedded servers, which are watched
    and stopped at the end. Raises: EmbeddedServerError."""
    servers = EmbeddedServers(
        settings.data_dir,
        valkey=settings.redis_url is None,
        postgres=settings.postgres_dsn is None,
    )
    own = await trio.to_thread.run_sync(servers.start)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch, servers, log)
            yield Endpoints(
                settings.redis_url or own.redis_url, settings.postgres_dsn or own.postgres_dsn
            )
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(servers.stop, settings.drain_timeout_s)


async def _watch(servers: EmbeddedServers, log: Logger) -> None:
    """Restart embedded servers that died, until cancelled."""
    while True:
        await trio.sleep(WATCH_PERIOD_S)
        try:
            again = await trio.to_thread.run_sync(servers.ensure_running, abandon_on_cancel=True)
        except EmbeddedServerError as error:
            log.warning("an embedded server does not start again", error=str(error))
        else:
            for name in again:
                log.warning("an embedded server had died and was restarted", server=name)


@asynccontextmanager
async def open_stores(
    portal: Portal,
    endpoints: Endpoints,
    settings: Settings,
    prepare: Callable[[str], Coroutine[Any, Any, object]] = migrate,
) -> AsyncIterator[tuple[HotStore, ColdStore]]:
    """Both stores, brought up to date by `prepare`, callable from trio.

    Raises: StoreUnavailableError, MigrationError."""
    assert endpoints.redis_url is not None
    assert endpoints.postgres_dsn is not None
    await portal.call(prepare, endpoints.postgres_dsn)
    cold = await portal.call(_connect_postgres, endpoints.postgres_dsn, settings)
    hot = await _connect_redis(endpoints.redis_url, settings)
    try:
        yield hot, portal.bridge(cold)
    finally:
        with trio.CancelScope(shield=True):
            await hot.close()
            await portal.call(cold.close)


async def _connect_postgres(dsn: str, settings: Settings) -> PostgresColdStore:
    return await PostgresColdStore.connect(
        dsn, tables=DOCUMENT_TABLES, timeout_s=settings.postgres_timeout_s
    )


async def _connect_redis(url: str, settings: Settings) -> RedisHotStore:
    return await RedisHotStore.connect(
        url,
        session_ttl_s=settings.session_ttl_s,
        modules=settings.modules,
        receipts_kept=settings.receipts_kept,
        events_kept=settings.events_kept,
        timeout_s=settings.redis_timeout_s,
    )
