"""The compose file holds what it promises without an engine to ask."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from gamestate.server.config import ENV_PREFIX, Settings

Compose = Mapping[str, Any]

SERVICES = ("gamestate", "redis", "postgres", "prometheus", "grafana")


def seconds(duration: str) -> float:
    assert duration.endswith("s")
    return float(duration.removesuffix("s"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_restarts_is_watched_and_is_limited(compose: Compose, name: str) -> None:
    service = compose["services"][name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


def test_the_stores_are_reached_by_the_server_alone(compose: Compose) -> None:
    assert compose["networks"]["stores"]["internal"] is True
    for store in ("redis", "postgres"):
        assert "ports" not in compose["services"][store]
        assert compose["services"][store]["networks"] == ["stores"]


def test_redis_keeps_an_append_only_file_and_evicts_nothing(compose: Compose) -> None:
    command = compose["services"]["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"


def test_the_server_waits_for_healthy_stores(compose: Compose) -> None:
    waits = compose["services"]["gamestate"]["depends_on"]
    assert waits == {
        "redis": {"condition": "service_healthy"},
        "postgres": {"condition": "service_healthy"},
    }


def test_the_server_has_time_to_drain(compose: Compose) -> None:
    grace_s = seconds(compose["services"]["gamestate"]["stop_grace_period"])
    assert grace_s > Settings().drain_timeout_s


def test_every_variable_of_the_server_is_a_setting(compose: Compose) -> None:
    settings = {ENV_PREFIX + field.name.upper() for field in attrs.fields(Settings)}
    assert compose["services"]["gamestate"]["environment"].keys() <= settings


def test_every_variable_of_the_file_is_in_the_example(root: Path) -> None:
    text = (root / "deploy/compose.yaml").read_text("utf-8")
    used = set(re.findall(r"\$\{(\w+)", text))
    example = (root / "deploy/.env.example").read_text("utf-8")
    assert used == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_secrets_and_volumes_that_are_mounted_are_declared(compose: Compose) -> None:
    services = compose["services"].values()
    secrets = {secret for service in services for secret in service.get("secrets", [])}
    mounts = {mount.split(":")[0] for service in services for mount in service.get("volumes", [])}
    assert secrets == compose["secrets"].keys()
    assert {mount for mount in mounts if not mount.startswith(".")} == compose["volumes"].keys()


def test_every_folder_that_is_mounted_exists(compose: Compose, root: Path) -> None:
    services = compose["services"].values()
    mounts = [mount.split(":")[0] for service in services for mount in service.get("volumes", [])]
    folders = [mount for mount in mounts if mount.startswith(".")]
    assert folders
    assert [folder for folder in folders if not (root / "deploy" / folder).is_dir()] == []
