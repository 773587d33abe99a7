"""The Grafana dashboard asks for what the server exposes."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.promql import unknown

Dashboard = Mapping[str, Any]


@pytest.fixture(scope="module")
def dashboard(root: Path) -> Dashboard:
    path = root / "deploy/grafana/dashboards/gamestate.json"
    loaded: Dashboard = json.loads(path.read_text("utf-8"))
    return loaded


def expressions(dashboard: Dashboard) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def test_every_expression_names_metrics_and_labels_there_are(
    dashboard: Dashboard, exposed: Mapping[str, set[str]]
) -> None:
    assert {expr: list(unknown(expr, exposed)) for expr in expressions(dashboard)} == {
        expr: [] for expr in expressions(dashboard)
    }


def test_every_metric_of_the_server_is_on_a_panel(
    dashboard: Dashboard, exposed: Mapping[str, set[str]]
) -> None:
    shown = " ".join(expressions(dashboard))
    families = {
        name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        for name in exposed
        if name.startswith("gamestate_")
    }
    assert sorted(family for family in families if family not in shown) == []


def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard: Dashboard) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_every_panel_reads_from_the_provisioned_source(dashboard: Dashboard, root: Path) -> None:
    path = root / "deploy/grafana/provisioning/datasources/prometheus.yml"
    provisioned = {source["uid"] for source in yaml.safe_load(path.read_text())["datasources"]}
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} <= provisioned


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the PATH")
def test_promtool_parses_every_expression(dashboard: Dashboard, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, expr in enumerate(expressions(dashboard))
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
