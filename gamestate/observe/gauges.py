"""The gauges: values that the running parts keep, read at each scrape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import frozen

from actors.system import ActorSystem
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.observe.instruments import GaugeValues
from gamestate.observe.session_ttl import SessionTtl
from persistence.backup.worker import BackupWorker
from persistence.hot.group_commit import GroupCommit


@frozen
class Sources:
    """The parts that the gauges are read from."""

    system: ActorSystem
    backups: BackupWorker
    commits: GroupCommit
    orchestrator: GameStateOrchestrator
    session_ttl: SessionTtl


@frozen
class GaugeRow:
    """One gauge. `read` runs on the thread that scrapes: it must not block and must not raise. With
    a `label` it returns one value for each of the label's values."""

    help: str
    read: Callable[[Sources], GaugeValues]
    label: str | None = None


GAUGES: Final[Mapping[str, GaugeRow]] = {
    "actors": GaugeRow("Cells in memory.", lambda of: len(of.system.registry)),
    "commits_waiting": GaugeRow(
        "Turns that wait for the next group commit.", lambda of: len(of.commits)
    ),
    "starts_waiting": GaugeRow(
        "Cells that wait for their turn to start: logins and wake-ups.",
        lambda of: of.system.registry.waiting,
    ),
    "dirty_characters": GaugeRow(
        "Characters whose state is newer in Redis than in Postgres.", lambda of: len(of.backups)
    ),
    "oldest_dirty_seconds": GaugeRow(
        "How long the longest waiting dirty character has waited.",
        lambda of: of.backups.oldest_s(),
    ),
    "dirty_sessions": GaugeRow(
        "Sessions in memory that Postgres does not have yet.",
        lambda of: of.orchestrator.count_sessions(dirty=True),
        "module",
    ),
    "sessions": GaugeRow(
        "Sessions in memory.", lambda of: of.orchestrator.count_sessions(), "module"
    ),
    "session_ttl_seconds": GaugeRow(
        "Mean time to live left to the clean sessions.", lambda of: of.session_ttl.means, "module"
    ),
}
"""By name without the prefix."""
