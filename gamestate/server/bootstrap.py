"""A whole server: what it opens, in which order, and in which order it ends.

Nested contexts are lifetimes: what is opened later needs what was opened earlier, and ends first.

    embedded servers ⊃ portal ⊃ stores ⊃ workers ⊃ actors ⊃ edge

A drain goes the other way: the edge stops taking requests, the actors finish their turns and are
saved, the workers end, the stores close, the embedded servers stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import trio
from attrs import frozen

from actors.errors import PortalDiedError
from actors.portal import Portal, open_portal
from gamestate.api.app import App
from gamestate.api.auth import Tokens
from gamestate.api.limits import Limits
from gamestate.api.server import EdgeServer
from gamestate.api.service import GameService
from gamestate.content.index import ContentIndex
from gamestate.content.live import LiveContent
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.observe.log import Logger, get_logger
from gamestate.observe.metrics import Metrics
from gamestate.server.config import Settings, redact
from gamestate.server.identity import server_id
from gamestate.server.stores import open_endpoints, open_stores
from gamestate.server.wiring import Game, open_game, reconcile
from persistence.cold.migrate import migrate


@frozen
class Server:
    """A running server.

    Attributes:
        orchestrator: every operation on characters, for calls from this program's trio tasks.
        url: where HTTP is answered; "" without HTTP.
    """

    orchestrator: GameStateOrchestrator
    url: str
    _portal: Portal

    async def until(self, stop: trio.Event) -> None:
        """Return when `stop` is set. Raises: PortalDiedError: the asyncio thread ended."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._until_dead)
            await stop.wait()
            nursery.cancel_scope.cancel()

    async def _until_dead(self) -> None:
        await self._portal.died.wait()
        raise PortalDiedError("the stores and the edge ended with it")


@asynccontextmanager
async def open_server(
    settings: Settings, log: Logger | None = None, *, http: bool = True
) -> AsyncIterator[Server]:
    """Run a whole server for the length of the block; at its end it drains.

    Opens the stores that the settings name, or embedded ones, migrates the database, recovers what
    a crash left behind, and serves HTTP unless `http` is False. Call it in a trio task.

    Raises: ConfigurationError, ContentError, StoreUnavailableError, MigrationError,
        EmbeddedServerError.
    """
    log = log or get_logger("gamestate")
    metrics = Metrics()
    owner = server_id(settings.data_dir)
    content = LiveContent.read(settings.content_dir)
    async with (
        open_endpoints(settings, log) as endpoints,
        open_portal() as portal,
        open_stores(portal, endpoints, settings) as (hot, cold),
        open_game(settings, hot, cold, content, metrics, owner, log) as game,
        trio.open_nursery() as nursery,
    ):
        log.info(
            "stores are up",
            redis=redact(endpoints.redis_url),
            postgres=redact(endpoints.postgres_dsn),
            server_id=owner,
        )
        nursery.start_soon(game.garbage.run)
        nursery.start_soon(reconcile, game, log)
        edge = open_edge(portal, game, metrics, settings, log) if http else nullcontext()
        async with edge as answering:
            url = f"http://{settings.host}:{answering.port}" if answering is not None else ""
            yield Server(game.orchestrator, url, portal)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_edge(
    portal: Portal, game: Game, metrics: Metrics, settings: Settings, log: Logger
) -> AsyncIterator[EdgeServer]:
    """The HTTP server, accepting; at the end it finishes the requests it has taken.

    Raises: ConfigurationError: the address can't be bound, or the tokens are unreadable.
    """
    service = GameService(
        portal,
        game.orchestrator,
        game.router.commands,
        ContentIndex(game.content, game.router.worth).now,
        game.content.reload,
        lambda: game.health.missing,
        metrics.render,
    )
    limits = Limits(
        max_body_bytes=settings.max_body_bytes,
        max_in_flight=settings.max_in_flight,
        max_batch_messages=settings.max_batch_messages,
    )
    tokens = Tokens.load(settings.tokens_file) if settings.tokens_file is not None else None
    if tokens is None:
        log.warning("the API is open to every program on this machine: no tokens_file is set")
    edge = EdgeServer(App(service, limits, tokens, log), settings.host, settings.port)
    await portal.call(edge.start)
    try:
        yield edge
    finally:
        with trio.CancelScope(shield=True):
            await portal.call(edge.stop, settings.drain_timeout_s)


async def migrate_stores(settings: Settings) -> list[str]:
    """Apply the migrations; the names of those applied. Raises: MigrationError,
    StoreUnavailableError, EmbeddedServerError."""
    log = get_logger("gamestate")
    async with open_endpoints(settings, log) as endpoints, open_portal() as portal:
        assert endpoints.postgres_dsn is not None
        return await portal.call(migrate, endpoints.postgres_dsn)
