"""The command line against a real database and a running server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ServerProcess
from tests.support.stores import ask_postgres

TABLES = {"characters", "character_stats", "inventory_items", "combat_sessions",
          "scenario_sessions", "quarantine"}  # fmt: skip


def gamestate(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GAMESTATE_")}
    given = {f"GAMESTATE_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "gamestate", *arguments],
        env={**inherited, **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def complaint(ended: subprocess.CompletedProcess[str]) -> str:
    """What is said to a user who made a mistake: one line."""
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    return line.removeprefix("gamestate: ")


def test_migrate_brings_a_database_up_to_date_once(
    redis_url: str, postgres_dsn: str, tmp_path: Path
) -> None:
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn, "data_dir": str(tmp_path)}
    first = gamestate("migrate", **stores)
    assert first.returncode == 0, first.stderr
    assert [line.split()[0] for line in first.stdout.splitlines()] == ["applied"] * len(
        first.stdout.splitlines()
    )
    found = "SELECT array_agg(table_name::text) FROM information_schema.tables"
    assert set(ask_postgres(postgres_dsn, found)) >= TABLES

    again = gamestate("migrate", **stores)
    assert (again.returncode, again.stdout) == (0, "the database is up to date\n")


def test_migrate_says_in_one_line_that_there_is_no_database(redis_url: str, tmp_path: Path) -> None:
    dsn = "postgresql://127.0.0.1:1/none"
    ended = gamestate("migrate", redis_url=redis_url, postgres_dsn=dsn, data_dir=str(tmp_path))
    assert "postgres" in complaint(ended).lower()


def test_a_character_is_created_and_shown(server: ServerProcess) -> None:
    created = gamestate(
        "character", "create", "Zoë Ó Briain", "--gender", "f", "--location", "old mill",
        url=server.url,
    )  # fmt: skip
    assert created.returncode == 0, created.stderr
    made = json.loads(created.stdout)
    assert made["bio"] == {**made["bio"], "name": "Zoë Ó Briain", "gender": "f"}

    shown = gamestate("character", "show", str(made["char_id"]), "--url", server.url)
    assert shown.returncode == 0, shown.stderr
    view = server.request("GET", f"/v1/characters/{made['char_id']}").body
    assert view["location"]["current"] == "old mill"
    assert json.loads(shown.stdout) == view


def test_a_character_that_does_not_exist_is_one_line(server: ServerProcess) -> None:
    ended = gamestate("character", "show", "999999999", url=server.url)
    assert "no character 999999999" in complaint(ended)


def test_a_name_the_server_refuses_is_one_line(server: ServerProcess) -> None:
    assert "name" in complaint(gamestate("character", "create", " ", url=server.url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:http"])
def test_a_server_that_does_not_answer_is_one_line(url: str) -> None:
    assert "server" in complaint(gamestate("character", "show", "1", url=url))


def test_the_version_is_told() -> None:
    told = gamestate("--version")
    assert told.returncode == 0
    assert any(character.isdigit() for character in told.stdout)
