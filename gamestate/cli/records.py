"""Opens the stores for an operator's command, beside a running server or without one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import trio
from attrs import frozen

from actors.portal import open_portal
from gamestate.content.live import LiveContent
from gamestate.contract.module import SessionModule
from gamestate.observe.log import Logger, get_logger
from gamestate.server.config import Settings
from gamestate.server.modules import load_modules
from gamestate.server.stores import open_endpoints, open_stores
from persistence.cold.migrate import must_be_current
from persistence.cold.store import ColdStore
from persistence.embedded.runtime import DirectoryInUseError
from persistence.embedded.servers import EmbeddedServers, Endpoints
from persistence.hot.store import HotStore

T = TypeVar("T")


@frozen
class Records:
    """Both stores, and the modules that decode their records."""

    hot: HotStore
    cold: ColdStore
    modules: Mapping[str, SessionModule]


def with_records(settings: Settings, work: Callable[[Records], Awaitable[T]]) -> T:
    """Open the stores of these settings, work, close them.

    Raises: ConfigurationError, StoreUnavailableError, EmbeddedServerError, MigrationError: the
        database is not of this version; and what `work` raises.
    """

    async def run() -> T:
        async with open_records(settings) as records:
            return await work(records)

    return trio.run(run)


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[Records]:
    """The stores as they are: nothing is migrated, claimed or recovered."""
    content = LiveContent.read(settings.content_dir)
    loaded = load_modules(settings.modules, settings.module_settings, content)
    modules = {module.name: module for module in loaded}
    async with (
        _endpoints(settings, get_logger("gamestate")) as endpoints,
        open_portal() as portal,
        open_stores(portal, endpoints, settings, must_be_current) as (hot, cold),
    ):
        yield Records(hot, cold, modules)


@asynccontextmanager
async def _endpoints(settings: Settings, log: Logger) -> AsyncIterator[Endpoints]:
    """The addresses of the stores. Embedded ones are those of the running server, or are started
    for this command."""
    async with AsyncExitStack() as stack:
        try:
            endpoints = await stack.enter_async_context(open_endpoints(settings, log))
        except DirectoryInUseError:
            endpoints = _of_running_server(settings)
        yield endpoints


def _of_running_server(settings: Settings) -> Endpoints:
    found = EmbeddedServers(
        settings.data_dir,
        valkey=settings.redis_url is None,
        postgres=settings.postgres_dsn is None,
    ).endpoints()
    return Endpoints(
        settings.redis_url or found.redis_url, settings.postgres_dsn or found.postgres_dsn
    )
