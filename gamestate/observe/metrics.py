"""Every metric of the server, in one place: what is counted, what it is called, who reports it.

`Metrics` has one observer for each package: `actors`, `stores`, `game`. No label holds anything
that a player can choose, and the instruments bound what might slip through.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from attrs import define, field
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from actors.observer import ActorObserver
from gamestate.game.observer import GameObserver
from gamestate.observe.instruments import (
    Distribution,
    Gauge,
    GaugeSource,
    Instruments,
    Labels,
    bounded,
)
from persistence.invariants import INVARIANTS
from persistence.observer import StoreObserver

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The media type of what `Metrics.render` returns."""

GaugeName = Literal[
    "actors",
    "commits_waiting",
    "dirty_characters",
    "dirty_sessions",
    "oldest_dirty_seconds",
    "sessions",
    "session_ttl_seconds",
    "starts_waiting",
]
Answer = tuple[Labels, Distribution]

LATENCY_S: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
)  # fmt: skip
DEPTH: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500)
BATCH: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

GAUGES: Final[Mapping[GaugeName, tuple[str, str | None]]] = {
    "actors": ("Cells in memory.", None),
    "commits_waiting": ("Turns that wait for the next group commit.", None),
    "starts_waiting": ("Cells that wait for their turn to start: logins and wake-ups.", None),
    "dirty_characters": ("Characters whose state is newer in Redis than in Postgres.", None),
    "oldest_dirty_seconds": ("How long the longest waiting dirty character has waited.", None),
    "dirty_sessions": ("Sessions in memory that Postgres does not have yet.", "module"),
    "sessions": ("Sessions in memory.", "module"),
    "session_ttl_seconds": ("Mean time to live left to the clean sessions.", "module"),
}
"""What is kept elsewhere and read at the scrape: name to help and label."""


@define(eq=False)
class Answers:
    """Messages by type and outcome with their seconds: one lookup a message, because every message
    passes here. The three metrics that tell of it are added up at the scrape."""

    _series: dict[Labels, Distribution] = field(init=False, factory=dict)

    def record(self, type_: str, outcome: str, seconds: float) -> None:
        """Count one answer."""
        series = self._series.get((type_, outcome)) or self._admit((type_, outcome))
        series.counts[bisect_left(LATENCY_S, seconds)] += 1
        series.total += seconds

    def collect(self) -> Iterator[Metric]:
        answers = list(self._series.items())
        yield self._messages(answers)
        yield self._seconds(answers)
        yield self._duplicates(answers)

    def _admit(self, labels: Labels) -> Distribution:
        return self._series.setdefault(bounded(self._series, labels), Distribution(LATENCY_S))

    @staticmethod
    def _messages(answers: Sequence[Answer]) -> Metric:
        family = CounterMetricFamily(
            "gamestate_messages",
            "Messages answered, by type and outcome.",
            labels=("type", "outcome"),
        )
        for labels, seconds in answers:
            family.add_metric(labels, sum(seconds.counts))
        return family

    @staticmethod
    def _seconds(answers: Sequence[Answer]) -> Metric:
        family = HistogramMetricFamily(
            "gamestate_message_seconds",
            "From a message's arrival to its answer.",
            labels=("type",),
        )
        by_type: dict[str, Distribution] = defaultdict(lambda: Distribution(LATENCY_S))
        for (type_, _), seconds in answers:
            by_type[type_].add(seconds)
        for type_, seconds in by_type.items():
            seconds.expose(family, (type_,))
        return family

    @staticmethod
    def _duplicates(answers: Sequence[Answer]) -> Metric:
        return CounterMetricFamily(
            "gamestate_duplicates",
            "Messages answered with the reply of their first application.",
            value=sum(sum(s.counts) for (_, outcome), s in answers if outcome == "duplicate"),
        )


class ActorMetrics(ActorObserver):
    """What the kernel reports."""

    def __init__(self, make: Instruments) -> None:
        self._activations = make.counter("activations", "Cells that finished their start.")
        self._start_waits = make.histogram(
            "start_wait_seconds", "How long a cell waited for its turn to start.", LATENCY_S
        )
        self._starts_refused = make.counter(
            "starts_refused",
            "Cells that were not started: the queue was full, or took too long, or nobody waited "
            "for them any more.",
            "reason",
            start=("queue_full", "too_late", "abandoned"),
        )
        self._stops = make.counter(
            "actor_stops",
            "Cells that are gone, by reason.",
            "reason",
            start=("passivated", "stopped", "start_failed", "gave_up"),
        )
        self._crashes = make.counter("actor_crashes", "Handlers that raised.")
        self._restarts = make.counter("actor_restarts", "Crashed cells that were restarted.")
        self._given_up = make.counter("actors_given_up", "Cells stopped for crashing too often.")
        self._mailbox_depth = make.histogram(
            "mailbox_depth",
            "A mailbox's length as a message joined it; messages handled at once never wait.",
            DEPTH,
        )
        self._dead_letters = make.counter(
            "dead_letters",
            "Messages that will not be handled, by reason.",
            "reason",
            start=("mailbox_full", "stopped", "expired", "crashed", "start_failed"),
        )

    def activated(self, key: Any) -> None:
        self._activations.inc()

    def start_admitted(self, waited_s: float) -> None:
        self._start_waits.observe(waited_s)

    def start_refused(self, reason: str) -> None:
        self._starts_refused.inc(reason)

    def stopped(self, key: Any, reason: str) -> None:
        self._stops.inc(reason)

    def crashed(self, key: Any, message: Any, error: BaseException) -> None:
        self._crashes.inc()

    def restarted(self, key: Any, restarts: int) -> None:
        self._restarts.inc()

    def gave_up(self, key: Any, restarts: int) -> None:
        self._given_up.inc()

    def queued(self, key: Any, depth: int) -> None:
        self._mailbox_depth.observe(depth)

    def dead_letter(self, key: Any, message: Any, reason: str) -> None:
        self._dead_letters.inc(reason)


class StoreMetrics(StoreObserver):
    """What the stores and the backup worker report."""

    def __init__(self, make: Instruments) -> None:
        self._commit_seconds = make.histogram(
            "commit_seconds", "One group commit, until its store answered.", LATENCY_S
        )
        self._commit_turns = make.histogram(
            "commit_batch_size", "Turns in one group commit.", BATCH
        )
        self._fallen_back = make.counter(
            "commits_fallen_back", "Turns committed to Postgres while Redis was unreachable."
        )
        self._backups = make.counter(
            "backups",
            "Characters a backup wrote to Postgres, or could not.",
            "outcome",
            start=("saved", "failed"),
        )
        self._backup_seconds = make.histogram(
            "backup_seconds", "One backup transaction of many characters.", LATENCY_S
        )
        self._backup_rows = make.counter("backup_rows", "Rows written by backups, all tables.")
        self._fenced = make.counter(
            "fenced",
            "Writes a store refused because a newer epoch owns the character.",
            "store",
            start=("redis", "postgres"),
        )
        self._quarantined = make.counter(
            "quarantined", "Records that could not be read or written and were kept aside."
        )
        self._emptied = make.counter("redis_emptied", "Times Redis had lost its data.")
        self._invariants_broken = make.counter(
            "invariants_broken",
            "Things that can't be, seen and refused before anything was written.",
            "invariant",
            start=INVARIANTS,
        )
        self._up: dict[str, float] = {}
        store_up = make.gauge("store_up", "1 if the store was last seen to answer.", "store")
        store_up.source = self._up.copy

    def committed(self, turns: int, seconds: float) -> None:
        self._commit_turns.observe(turns)
        self._commit_seconds.observe(seconds)

    def commit_fell_back(self, turns: int) -> None:
        self._fallen_back.inc(by=turns)

    def backed_up(self, saved: int, rows: int, seconds: float) -> None:
        self._backups.inc("saved", by=saved)
        self._backup_rows.inc(by=rows)
        self._backup_seconds.observe(seconds)

    def backup_failed(self, characters: int, reason: str) -> None:
        self._backups.inc("failed", by=characters)

    def fenced(self, store: str) -> None:
        self._fenced.inc(store)

    def quarantined(self, char_id: int, reason: str) -> None:
        self._quarantined.inc()

    def redis_emptied(self) -> None:
        self._emptied.inc()

    def invariant_broken(self, invariant: str, detail: str) -> None:
        self._invariants_broken.inc(invariant)

    def store_up(self, store: str, up: bool, reason: str = "") -> None:
        self._up[store] = float(up)


class GameMetrics(GameObserver):
    """What the game state server reports."""

    def __init__(self, make: Instruments) -> None:
        self._answers = Answers()
        make.registry.register(self._answers)
        self._logins = make.counter(
            "logins",
            "Logins answered, by where the state was.",
            "restored_from",
            start=("memory", "redis", "postgres"),
        )
        self._restore_seconds = make.histogram(
            "restore_seconds", "From the start of an activation to its restored state.", LATENCY_S
        )
        self._sessions_lost = make.counter(
            "sessions_lost", "Sessions missing in Redis: rebuilt from Postgres, or gone.", "module"
        )
        self._sessions_gone = make.counter(
            "sessions_gone", "Lost sessions that Postgres did not have either.", "module"
        )
        self._handovers = make.counter(
            "handovers",
            "Characters that changed hands: taken by a login here (handed_over, fenced), or asked "
            "for by another server (released, failed).",
            "outcome",
            start=("handed_over", "fenced", "released", "failed"),
        )
        self._unreadable_notes = make.counter(
            "unreadable_notes", "Notes of other servers that could not be read."
        )
        self._divergences = make.counter(
            "divergences", "Restores that found the stores differing beyond what a crash explains."
        )

    def message(self, type_: str, outcome: str, seconds: float) -> None:
        self._answers.record(type_, outcome, seconds)

    def logged_in(self, restored_from: str) -> None:
        self._logins.inc(restored_from)

    def restored(self, restored_from: str, seconds: float) -> None:
        self._restore_seconds.observe(seconds)

    def session_lost(self, module: str) -> None:
        self._sessions_lost.inc(module)

    def session_gone(self, char_id: int, module: str, state: str) -> None:
        self._sessions_gone.inc(module)

    def handed_over(self, char_id: int, server: str, outcome: str, why: str) -> None:
        self._handovers.inc(outcome)

    def unreadable_note(self, reason: str) -> None:
        self._unreadable_notes.inc()

    def diverged(self, char_id: int) -> None:
        self._divergences.inc()


class Metrics:
    """The server's metrics.

    Attributes:
        actors, stores, game: the observers to hand to the three packages; their hooks are for the
            trio thread only.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        for process_wide in (ProcessCollector, PlatformCollector, GCCollector):
            process_wide(registry=self._registry)
        make = Instruments(self._registry)
        self.actors = ActorMetrics(make)
        self.stores = StoreMetrics(make)
        self.game = GameMetrics(make)
        self._gauges: Mapping[GaugeName, Gauge] = {
            name: make.gauge(name, help_, label) for name, (help_, label) in GAUGES.items()
        }

    def gauge_source(self, name: GaugeName, source: GaugeSource) -> None:
        """Say where a gauge's value is read at each scrape; until then it is absent.

        Args:
            name: a key of `GAUGES`.
            source: returns the value, or a mapping of module name to value if the gauge has a
                label. It runs on the thread that scrapes, must not block and must not raise.
        """
        self._gauges[name].source = source

    def render(self) -> bytes:
        """Every metric as `CONTENT_TYPE`; may be called on any thread."""
        return generate_latest(self._registry)
