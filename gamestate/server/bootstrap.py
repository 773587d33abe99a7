"""All wiring: what is made of what, in which order it starts, and in which order it ends.

Nested contexts are lifetimes: what is opened later needs what was opened earlier, and ends first.

    embedded servers ⊃ portal ⊃ stores ⊃ workers ⊃ actors ⊃ edge

A drain goes the other way: the edge stops taking requests, the actors finish their turns and are
saved, the workers end, the stores close, the embedded servers stop."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from typing import Any, Final

import trio
from attrs import frozen

from actors.errors import PortalDiedError
from actors.portal import Portal, open_portal
from actors.supervisor import RestartPolicy
from actors.system import ActorSystem, SystemSettings, open_actor_system
from gamestate.api.app import App
from gamestate.api.auth import Tokens
from gamestate.api.limits import Limits
from gamestate.api.server import EdgeServer
from gamestate.api.service import GameService
from gamestate.content.catalogue import load as load_catalogue
from gamestate.content.index import ContentIndex
from gamestate.content.live import LiveContent
from gamestate.game.character.actor import CharacterActor
from gamestate.game.character.commit import CommitBuilder
from gamestate.game.character.receipts import Bounds
from gamestate.game.character.services import ActivationServices, ActorServices
from gamestate.game.context_assembler import ContextAssembler
from gamestate.game.item_ids import ItemIds
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.game.ownership.claims import Claims
from gamestate.game.ownership.lag import StoreLag
from gamestate.game.ownership.restore import Restorer
from gamestate.game.ownership.takeover import Takeovers
from gamestate.game.quarantine.gate import Quarantine
from gamestate.game.router import CoreRouter
from gamestate.game.session_expiry import SessionExpiry
from gamestate.game.session_loader import SessionLoader
from gamestate.modules.core.module import CoreModule
from gamestate.observe.gauges import Sources
from gamestate.observe.hooks import Observers
from gamestate.observe.log import Logger, get_logger
from gamestate.observe.metrics import Metrics
from gamestate.observe.session_ttl import SessionTtl
from gamestate.server.config import Settings, redact
from gamestate.server.garbage import GarbageKeeper
from gamestate.server.identity import server_id
from gamestate.server.modules import DOCUMENT_TABLES, OWN_MODULES, load_modules
from persistence.backup.event_relay import EventRelay
from persistence.backup.reconcile import Reconciler
from persistence.backup.worker import BackupWorker
from persistence.cold.migrate import migrate
from persistence.cold.postgres_store import PostgresColdStore
from persistence.cold.store import ColdStore
from persistence.embedded.servers import EmbeddedServers, Endpoints
from persistence.errors import EmbeddedServerError, HotStoreUnavailableError
from persistence.health import StoreHealth
from persistence.hot.group_commit import GroupCommit
from persistence.hot.redis_store import RedisHotStore
from persistence.hot.session_ttl_refresher import SessionTtlRefresher
from persistence.hot.store import HotStore
from persistence.invariants import Invariants
from persistence.reporting import reporting

WATCH_EMBEDDED_S: Final = 0.2


@frozen
class Game:
    """The running game without its edge: what `open_game` gives."""

    orchestrator: GameStateOrchestrator
    router: CoreRouter
    system: ActorSystem
    claims: Claims
    backups: BackupWorker
    hot: HotStore
    health: StoreHealth
    content: LiveContent


# ------------------------------------------------------------------ lifetimes


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
    """Restart an embedded server that died, for ever."""
    while True:
        await trio.sleep(WATCH_EMBEDDED_S)
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


@asynccontextmanager
async def open_game(
    settings: Settings,
    hot: HotStore,
    cold: ColdStore,
    metrics: Metrics,
    owner: str,
    log: Logger,
    now_s: Callable[[], float] = time.time,
) -> AsyncIterator[Game]:
    """Everything between the stores and the edge, running; drained at the end of the block.
    `now_s`: the wall clock, seconds since 1970."""
    content = LiveContent(load_catalogue(settings.content_dir), settings.content_dir)
    modules = load_modules(settings.modules, settings.module_settings, content)
    router = CoreRouter(CoreModule([*OWN_MODULES.values(), *modules]), modules)
    observers = Observers(metrics.instruments, log)
    health = StoreHealth(hot, cold, observers.stores)
    hot, cold = reporting(hot, health.failed), reporting(cold, health.failed)
    invariants = Invariants(observers.stores)
    group_commit = GroupCommit(hot, cold, health, observers.stores, invariants)
    backups = BackupWorker(
        hot, cold, health, observers.stores, invariants, settings.backup_interval_s
    )
    relay = EventRelay(hot, cold, health)
    ttl_refresher = SessionTtlRefresher(hot, health, min(10.0, settings.session_ttl_s / 4))
    new_ids = ItemIds(cold)
    sessions = SessionLoader(cold, router.modules, now_s, invariants)
    quarantine = Quarantine(hot, cold, health, router.modules, observers.stores)
    lag = StoreLag()
    claims = Claims(owner, hot, cold, health, lag, observers.stores, invariants)
    restorer = Restorer(claims, lag, sessions, quarantine, observers.game)

    def make_actor(char_id: int) -> CharacterActor:
        return CharacterActor(char_id, services)

    await new_ids.fetch()
    async with trio.open_nursery() as workers:
        for worker in (
            health,
            group_commit,
            backups,
            relay,
            ttl_refresher,
            new_ids,
            sessions,
            claims,
            quarantine,
        ):
            workers.start_soon(worker.run)
        async with open_actor_system(
            make_actor, system_settings(settings), observers.actors
        ) as system:
            activations = ActivationServices(
                router=router,
                restorer=restorer,
                claims=claims,
                lag=lag,
                commits=CommitBuilder(owner, router.modules, invariants),
                queue=group_commit,
                backups=backups,
                ttl_refresher=ttl_refresher,
                kernel=system,
                now_s=now_s,
                receipt_bounds=Bounds(settings.receipts_kept, settings.receipts_kept_s),
                max_in_flight=settings.mailbox_capacity,
            )
            services = ActorServices(
                activations=activations,
                router=router,
                new_ids=new_ids,
                sessions=sessions,
                assembler=ContextAssembler(hot, router.modules),
                quarantine=quarantine,
                kernel=system,
                observer=observers.game,
                now_s=now_s,
            )
            takeovers = Takeovers(
                owner,
                system,
                claims,
                hot,
                health,
                observers.game,
                timeout_s=settings.handover_timeout_s,
                shares=settings.login_policy == "share",
            )
            workers.start_soon(takeovers.run)
            orchestrator = GameStateOrchestrator(
                system, router, claims, takeovers, backups, hot, cold, observers.game
            )
            workers.start_soon(SessionExpiry(hot, orchestrator.active).run)
            keeper = GarbageKeeper(lambda: system.registry.activations, lambda: group_commit.taken)
            workers.start_soon(keeper.run)

            async def on_redis_recovered() -> None:
                relay.notify()
                await orchestrator.reseed()

            health.on_redis_recovered = on_redis_recovered
            session_ttl = SessionTtl(
                hot,
                router.modules,
                lambda: (actor.state for actor in orchestrator.active()),
            )
            workers.start_soon(session_ttl.run)
            metrics.read_gauges_from(
                Sources(system, backups, group_commit, orchestrator, session_ttl)
            )
            yield Game(orchestrator, router, system, claims, backups, hot, health, content)
            with trio.move_on_after(settings.drain_timeout_s) as scope:
                scope.shield = True
                await orchestrator.drain()
        workers.cancel_scope.cancel()


def system_settings(settings: Settings) -> SystemSettings:
    """What the kernel needs of the configuration."""
    return SystemSettings(
        mailbox_capacity=settings.mailbox_capacity,
        ask_timeout_s=settings.ask_timeout_s,
        passivate_after_s=settings.passivate_after_s,
        max_starts=settings.max_concurrent_restores,
        start_patience_s=settings.login_queue_timeout_s,
        restarts=RestartPolicy(settings.max_restarts, settings.restart_within_s),
    )


async def reconcile(game: Game, log: Logger) -> None:
    """Recover what a crash left behind, and sweep sessions that no core names."""
    reconciler = Reconciler(game.hot, game.claims.may_claim, game.orchestrator.recover)
    try:
        found = await reconciler.run()
        swept = await game.hot.sweep(list(game.router.modules))
    except HotStoreUnavailableError:
        return  # the next start reconciles
    else:
        log.info("reconciled", characters_recovered=found, sessions_swept=swept)


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
        log.warning("the API is open to everybody on this machine: no tokens_file is set")
    edge = EdgeServer(App(service, limits, tokens, log), settings.host, settings.port)
    await portal.call(edge.start)
    try:
        yield edge
    finally:
        with trio.CancelScope(shield=True):
            await portal.call(edge.stop, settings.drain_timeout_s)


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
        raise PortalDiedError("the stores and the edge went with it")


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
    async with (
        open_endpoints(settings, log) as endpoints,
        open_portal() as portal,
        open_stores(portal, endpoints, settings) as (hot, cold),
        open_game(settings, hot, cold, metrics, owner, log) as game,
        trio.open_nursery() as nursery,
    ):
        log.info(
            "stores are up",
            redis=redact(endpoints.redis_url),
            postgres=redact(endpoints.postgres_dsn),
            server_id=owner,
        )
        nursery.start_soon(reconcile, game, log)
        edge = open_edge(portal, game, metrics, settings, log) if http else nullcontext()
        async with edge as answering:
            url = f"http://{settings.host}:{answering.port}" if answering is not None else ""
            yield Server(game.orchestrator, url, portal)
        nursery.cancel_scope.cancel()


async def migrate_stores(settings: Settings) -> list[str]:
    """Apply the migrations; the names of those applied. Raises: MigrationError,
    StoreUnavailableError, EmbeddedServerError."""
    log = get_logger("gamestate")
    async with open_endpoints(settings, log) as endpoints, open_portal() as portal:
        assert endpoints.postgres_dsn is not None
        return await portal.call(migrate, endpoints.postgres_dsn)
