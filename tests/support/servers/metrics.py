"""What a server's /metrics says."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers.server import ServerProcess


def metric(server: ServerProcess, name: str, **labels: str) -> float:
    """The value of one sample; `name` without the prefix. Raises: AssertionError: there is none."""
    text = server.request("GET", "/metrics").body
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == f"gamestate_{name}" and sample.labels == labels:
                return float(sample.value)
    raise AssertionError(f"no gamestate_{name} with {labels}")
