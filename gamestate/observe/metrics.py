"""The server's metrics: their registry, and how they are rendered."""

from __future__ import annotations

from functools import partial
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from gamestate.observe.gauges import GAUGES, Sources
from gamestate.observe.instruments import GaugeSource, Instruments

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The media type of what `Metrics.render` returns."""


class Metrics:
    """The metrics of one server.

    Attributes:
        instruments: makes the instruments that `hooks.py` counts with.
    """

    def __init__(self) -> None:
        registry = CollectorRegistry()
        for process_wide in (ProcessCollector, PlatformCollector, GCCollector):
            process_wide(registry=registry)
        self.instruments = Instruments(registry)
        self._gauges = {
            name: self.instruments.gauge(name, row.help, row.label) for name, row in GAUGES.items()
        }

    def read_gauges_from(self, sources: Sources) -> None:
        """Connect every gauge; until then it is absent."""
        for name, row in GAUGES.items():
            self.gauge_source(name, partial(row.read, sources))

    def gauge_source(self, name: str, source: GaugeSource) -> None:
        """Set where the value of one gauge is read. `name`: a key of `GAUGES`."""
        self._gauges[name].source = source

    def render(self) -> bytes:
        """Every metric as `CONTENT_TYPE`; may be called on any thread."""
        return generate_latest(self.instruments.registry)
