"""The game between the stores and the edge: what is made of what, started, and drained."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import trio
from attrs import frozen

from actors.supervisor import RestartPolicy
from actors.system import ActorSystem, SystemSettings, open_actor_system
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
from gamestate.observe.log import Logger
from gamestate.observe.metrics import Metrics
from gamestate.observe.session_ttl import SessionTtl
from gamestate.server.config import Settings
from gamestate.server.garbage import GarbageKeeper
from gamestate.server.modules import OWN_MODULES, load_modules
from persistence.backup.event_relay import EventRelay
from persistence.backup.reconcile import Reconciler
from persistence.backup.worker import BackupWorker
from persistence.cold.store import ColdStore
from persistence.errors import HotStoreUnavailableError
from persistence.health import StoreHealth
from persistence.hot.group_commit import GroupCommit
from persistence.hot.session_ttl_refresher import SessionTtlRefresher
from persistence.hot.store import HotStore
from persistence.invariants import Invariants
from persistence.reporting import reporting


@frozen
class Game:
    """The running game without its edge: what `open_game` yields."""

    orchestrator: GameStateOrchestrator
    router: CoreRouter
    system: ActorSystem
    claims: Claims
    backups: BackupWorker
    hot: HotStore
    health: StoreHealth
    content: LiveContent
    garbage: GarbageKeeper


class Worker(Protocol):
    """A part with a task of its own."""

    async def run(self) -> None:
        """Run until cancelled."""


@asynccontextmanager
async def open_game(
    settings: Settings,
    hot: HotStore,
    cold: ColdStore,
    content: LiveContent,
    metrics: Metrics,
    owner: str,
    log: Logger,
    now_s: Callable[[], float] = time.time,
) -> AsyncIterator[Game]:
    """Everything between the stores and the edge, running; drained at the end of the block.

    `owner`: this server's id. `now_s`: the wall clock, Unix time in seconds.

    Raises: ConfigurationError, ColdStoreUnavailableError.
    """
    modules = load_modules(settings.modules, settings.module_settings, content)
    router = CoreRouter(CoreModule([*OWN_MODULES.values(), *modules]), modules)
    observers = Observers(metrics.instruments, log)

    health = StoreHealth(hot, cold, observers.stores)
    # The probes use the stores themselves; all others report what gets no answer.
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
        _start(workers, health, group_commit, backups, relay, ttl_refresher)
        _start(workers, new_ids, sessions, claims, quarantine)
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
            orchestrator = GameStateOrchestrator(
                system, router, claims, takeovers, backups, hot, cold, observers.game
            )
            health.on_redis_recovered(partial(_on_redis_recovered, relay, orchestrator))
            session_ttl = SessionTtl(hot, router.modules, orchestrator.active)
            garbage = GarbageKeeper(lambda: system.registry.activations, lambda: group_commit.taken)
            _start(workers, takeovers, SessionExpiry(hot, orchestrator.active), session_ttl)
            metrics.read_gauges_from(
                Sources(system, backups, group_commit, orchestrator, session_ttl)
            )
            yield Game(orchestrator, router, system, claims, backups, hot, health, content, garbage)
            with trio.move_on_after(settings.drain_timeout_s) as scope:
                scope.shield = True
                await orchestrator.drain()
        workers.cancel_scope.cancel()


def _start(nursery: trio.Nursery, *workers: Worker) -> None:
    for worker in workers:
        nursery.start_soon(worker.run)


async def _on_redis_recovered(relay: EventRelay, orchestrator: GameStateOrchestrator) -> None:
    relay.notify()
    await orchestrator.reseed()


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
