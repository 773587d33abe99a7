"""What the files under deploy/ are held against."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gamestate.observe.gauges import GAUGES
from gamestate.observe.hooks import Observers
from gamestate.observe.log import get_logger
from gamestate.observe.metrics import Metrics


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
    observers = Observers(metrics.instruments, get_logger("deploy"))
    observers.game.message("core.move", "ok", 0.001)
    observers.game.session_lost("inventory")
    observers.stores.store_up("redis", True)
    for name, row in GAUGES.items():
        metrics.gauge_source(name, {"inventory": 1.0}.copy if row.label else float)
    families = text_string_to_metric_families(metrics.render().decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}
