"""Counters, histograms and gauges without a lock.

Plain dicts and lists, because prometheus_client's own instruments cost ten times as much and one of
these runs for every message. One thread, the trio thread, writes them; a scrape on any thread reads
them through prometheus_client's registry and may see a value counted whose amount is not yet added.
The next scrape has both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add
from typing import Final, TypeVar

from attrs import define, field, frozen
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.utils import floatToGoString

MAX_SERIES: Final = 512
"""Label sets one instrument keeps. Later ones are counted under `other`, so that a label that turns
out to be unbounded costs detail and not memory."""

LATENCY_S: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
)  # fmt: skip
DEPTH: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500)
BATCH: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

Labels = tuple[str, ...]
GaugeValues = float | Mapping[str, float]
GaugeSource = Callable[[], GaugeValues]


def bounded(series: Mapping[Labels, object], labels: Labels) -> Labels:
    """`labels`, or as many `other` if the instrument has all the series it may have."""
    return labels if len(series) < MAX_SERIES else ("other",) * len(labels)


@define(eq=False)
class Counter:
    """A number that only rises, one for each set of label values.

    `start`: the label sets that are exposed as 0 before anything happened, so that the first event
    is a rise that an alert can see.
    """

    name: str
    help: str
    label_names: Labels = ()
    start: Sequence[Labels] = ()
    _series: dict[Labels, float] = field(init=False)

    @_series.default
    def _zeros(self) -> dict[Labels, float]:
        return dict.fromkeys(self.start if self.label_names else [()], 0)

    def inc(self, *labels: str, by: float = 1) -> None:
        """Add `by` (not negative) to the series of these label values."""
        try:
            self._series[labels] += by
        except KeyError:
            known = bounded(self._series, labels)
            self._series[known] = self._series.get(known, 0) + by

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(self.name, self.help, labels=self.label_names)
        for labels, value in list(self._series.items()):
            family.add_metric(labels, value)
        yield family


@define(eq=False)
class Distribution:
    """Values counted by bucket: `counts[i]` of them were at most `bounds[i]`, the last is +Inf."""

    bounds: Sequence[float]
    counts: list[int] = field(init=False)
    total: float = 0.0

    @counts.default
    def _empty(self) -> list[int]:
        return [0] * (len(self.bounds) + 1)

    def add(self, other: Distribution) -> None:
        """Take over what `other`, of the same bounds, has counted."""
        self.counts = list(map(add, self.counts, other.counts))
        self.total += other.total

    def expose(self, family: HistogramMetricFamily, labels: Labels) -> None:
        """Put this into a family as the series of these label values."""
        bounds = [*map(floatToGoString, self.bounds), "+Inf"]
        buckets = list(zip(bounds, accumulate(self.counts), strict=True))
        family.add_metric(labels, buckets, self.total)


@define(eq=False)
class Histogram:
    """How often values fell in which range. `bounds`: the buckets' upper bounds, inclusive."""

    name: str
    help: str
    bounds: Sequence[float]
    _values: Distribution = field(init=False)

    @_values.default
    def _nothing(self) -> Distribution:
        return Distribution(self.bounds)

    def observe(self, value: float) -> None:
        """Count one value."""
        self._values.counts[bisect_left(self.bounds, value)] += 1
        self._values.total += value

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(self.name, self.help, labels=())
        self._values.expose(family, ())
        yield family


@define(eq=False)
class Gauge:
    """A value that is kept elsewhere: read at the scrape, absent until there is a source.

    With a `label` the source returns one value for each label value.
    """

    name: str
    help: str
    label: str | None = None
    source: GaugeSource | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self.name, self.help, labels=(self.label,) if self.label else ())
        for labels, value in self._values():
            family.add_metric(labels, value)
        yield family

    def _values(self) -> Iterable[tuple[Labels, float]]:
        if self.source is None:
            return ()
        values = self.source()
        if isinstance(values, Mapping):
            return [((label,), value) for label, value in values.items()]
        return [((), values)]


Instrument = TypeVar("Instrument", Counter, Histogram, Gauge)


@frozen
class Instruments:
    """Makes instruments with the server's prefix and registers them.

    A counter that several hooks raise is made once: its name finds it again.
    """

    registry: CollectorRegistry
    _counters: dict[str, Counter] = field(init=False, factory=dict)

    def counter(self, name: str, help_: str, *labels: str, start: Sequence[str] = ()) -> Counter:
        if name not in self._counters:
            counter = Counter(f"gamestate_{name}", help_, labels, [(value,) for value in start])
            self._counters[name] = self._registered(counter)
        return self._counters[name]

    def histogram(self, name: str, help_: str, bounds: Sequence[float]) -> Histogram:
        return self._registered(Histogram(f"gamestate_{name}", help_, bounds))

    def gauge(self, name: str, help_: str, label: str | None = None) -> Gauge:
        return self._registered(Gauge(f"gamestate_{name}", help_, label))

    def _registered(self, instrument: Instrument) -> Instrument:
        self.registry.register(instrument)
        return instrument
