"""What the files under deploy/ are held against."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gamestate.observe.metrics import GAUGES, Metrics


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture(scope="session")
def compose(root: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((root / "deploy/compose.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="session")
def exposed() -> Mapping[str, set[str]]:
    """The series a server exposes once everything has happened: name to its label names."""
    metrics = Metrics()
    metrics.game.message("core.move", "ok", 0.001)
    metrics.game.session_lost("inventory")
    metrics.stores.store_up("redis", up=True)
    for name, (_, label) in GAUGES.items():
        metrics.gauge_source(name, {"inventory": 1.0}.copy if label else float)
    families = text_string_to_metric_families(metrics.render().decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}
