"""The alerts ask for what the server exposes, and fire when they should."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.promql import unknown

Rule = Mapping[str, Any]

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not on the PATH"
)


@pytest.fixture(scope="module")
def rules(root: Path) -> Sequence[Rule]:
    loaded = yaml.safe_load((root / "deploy/prometheus/alerts.yml").read_text("utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def config(root: Path) -> Mapping[str, Any]:
    text = (root / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def promtool(*arguments: str | Path) -> None:
    ran = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_names_metrics_and_labels_there_are(
    rules: Sequence[Rule], exposed: Mapping[str, set[str]]
) -> None:
    assert [name for rule in rules for name in unknown(rule["expr"], exposed)] == []


def test_every_alert_says_whom_it_wakes_and_what_to_do(rules: Sequence[Rule]) -> None:
    for rule in rules:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "runbook"}


def test_the_scrape_finds_the_server_of_the_compose_file(
    config: Mapping[str, Any], compose: Mapping[str, Any]
) -> None:
    scrape = next(job for job in config["scrape_configs"] if job["job_name"] == "gamestate")
    host, port = scrape["static_configs"][0]["targets"][0].split(":")
    assert compose["services"][host]["environment"]["GAMESTATE_PORT"] == port


def test_the_scrape_carries_the_token_the_compose_file_mounts(
    config: Mapping[str, Any], compose: Mapping[str, Any]
) -> None:
    scrape = next(job for job in config["scrape_configs"] if job["job_name"] == "gamestate")
    secret = Path(scrape["authorization"]["credentials_file"])
    assert secret.parent == Path("/run/secrets")
    assert secret.name in compose["services"]["prometheus"]["secrets"]


@needs_promtool
def test_promtool_accepts_the_configuration(root: Path) -> None:
    promtool("check", "config", "--syntax-only", root / "deploy/prometheus/prometheus.yml")


@needs_promtool
def test_promtool_accepts_the_rules(root: Path) -> None:
    promtool("check", "rules", root / "deploy/prometheus/alerts.yml")


@needs_promtool
def test_alerts_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", Path(__file__).with_name("alerts_fire.yml"))
