"""Where the values of the gauges are that only the running parts know."""

from __future__ import annotations

from actors.system import ActorSystem
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.observe.metrics import Metrics
from gamestate.observe.session_ttl import SessionTtl
from persistence.backup.worker import BackupWorker


def register_gauges(
    metrics: Metrics,
    system: ActorSystem,
    backups: BackupWorker,
    orchestrator: GameStateOrchestrator,
    session_ttl: SessionTtl,
) -> None:
    """Say where the gauges' values are. They are read on the edge's thread, by lengths and
    copies."""
    metrics.gauge_source("actors", lambda: len(system.registry))
    metrics.gauge_source("starts_waiting", lambda: system.registry.waiting)
    metrics.gauge_source("dirty_characters", lambda: len(backups))
    metrics.gauge_source("oldest_dirty_seconds", backups.oldest_s)
    metrics.gauge_source("sessions", orchestrator.count_sessions)
    metrics.gauge_source("dirty_sessions", lambda: orchestrator.count_sessions(dirty=True))
    metrics.gauge_source("session_ttl_seconds", lambda: session_ttl.means)
