"""Messages by type and outcome: the three metrics that every message changes."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from attrs import define, field
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from gamestate.observe.instruments import LATENCY_S, Distribution, Labels, bounded


@define(eq=False)
class MessageMetrics:
    """Seconds by type and outcome: one lookup a message. A scrape adds the three metrics up."""

    _series: dict[Labels, Distribution] = field(init=False, factory=dict)

    def record(self, type_: str, outcome: str, seconds: float) -> None:
        """Count one answered message."""
        series = self._series.get((type_, outcome)) or self._admit((type_, outcome))
        series.counts[bisect_left(LATENCY_S, seconds)] += 1
        series.total += seconds

    def collect(self) -> Iterator[Metric]:
        answered = list(self._series.items())
        messages = CounterMetricFamily(
            "gamestate_messages",
            "Messages answered, by type and outcome.",
            labels=("type", "outcome"),
        )
        seconds = HistogramMetricFamily(
            "gamestate_message_seconds", "From a message's arrival to its answer.", labels=("type",)
        )
        by_type: dict[str, Distribution] = defaultdict(lambda: Distribution(LATENCY_S))
        duplicates = 0
        for (type_, outcome), series in answered:
            messages.add_metric((type_, outcome), sum(series.counts))
            by_type[type_].add(series)
            duplicates += sum(series.counts) if outcome == "duplicate" else 0
        for type_, series in by_type.items():
            series.expose(seconds, (type_,))
        yield from (messages, seconds)
        yield CounterMetricFamily(
            "gamestate_duplicates",
            "Messages answered with the reply of their first application.",
            value=duplicates,
        )

    def _admit(self, labels: Labels) -> Distribution:
        return self._series.setdefault(bounded(self._series, labels), Distribution(LATENCY_S))
