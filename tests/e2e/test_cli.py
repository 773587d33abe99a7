"""The command line against a real database and a running server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers.command import complaint, gamestate
from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.stores import ask_postgres

TABLES = {"characters", "character_stats", "inventory_items", "combat_sessions",
          "scenario_sessions", "quarantine"}  # fmt: skip


def test_migrate_brings_a_database_up_to_date_once(
    redis_url: str, empty_postgres_dsn: str, tmp_path: Path
) -> None:
    stores = {"redis_url": redis_url, "postgres_dsn": empty_postgres_dsn}
    stores["data_dir"] = str(tmp_path)
    first = gamestate("migrate", **stores)
    assert first.returncode == 0, first.stderr
    assert [line.split()[0] for line in first.stdout.splitlines()] == ["applied"] * len(
        first.stdout.splitlines()
    )
    found = "SELECT array_agg(table_name::text) FROM information_schema.tables"
    assert set(ask_postgres(empty_postgres_dsn, found)) >= TABLES

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
    command = [sys.executable, "-m", "gamestate", "--version"]
    version = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert any(character.isdigit() for character in version)


# ------------------------------------------------------------------ content

BOAT = """
[paper-boat]
name = "Paper Boat"
kind = "gear"
weight_mlb = 10
value_cp = 1
"""


def test_the_starter_pack_has_no_problems() -> None:
    checked = gamestate("content", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.endswith("3 scenarios: no problems\n")


def test_every_problem_of_a_directory_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "items.toml").write_text("[hat]\nname = 7\n[cap]\nkind = 'sky'\n")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "stub.toml").write_text("name = 'Stub'\nstart = 'a'\n[nodes.b]\n")
    checked = gamestate("content", "check", str(tmp_path))
    assert checked.returncode == 1
    lines = checked.stdout.splitlines()
    for start in ("items.toml: hat: ", "items.toml: cap: ", "scenarios/stub.toml: "):
        assert any(line.startswith(start) for line in lines), lines


def test_a_directory_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    checked = gamestate("content", "check", str(tmp_path / "nowhere"))
    assert (checked.returncode, len(checked.stdout.splitlines())) == (1, 1)


def test_a_scenario_is_drawn() -> None:
    drawn = gamestate("content", "check", "--graph", "drowned-bell")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert drawn.stdout.startswith("flowchart TD\n")
    assert "zombie" in drawn.stdout


def test_a_scenario_that_does_not_exist_is_one_line_with_those_that_do() -> None:
    assert "drowned-bell" in complaint(gamestate("content", "check", "--graph", "bell"))


def test_a_running_server_reads_its_content_again_or_says_what_is_wrong(
    make_server: MakeServer, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    content.mkdir()
    server = make_server(content_dir=str(content))
    server.start()
    char_id = server.create()
    server.login(char_id)
    boat = {"template_id": "paper-boat", "quantity": 1}
    assert server.send(char_id, "inventory.grant", boat).status == 400

    (content / "items.toml").write_text(BOAT)
    read = gamestate("content", "reload", url=server.url)
    assert (read.returncode, read.stderr) == (0, "")
    assert "items, " in read.stdout
    assert server.send(char_id, "inventory.grant", boat).status == 200

    (content / "items.toml").write_text("[hat]\nname = 7\n")
    refused = gamestate("content", "reload", url=server.url)
    assert (refused.returncode, refused.stderr) == (1, "")
    assert refused.stdout.startswith("items.toml: hat: ")
    assert server.send(char_id, "inventory.grant", boat).status == 200


def test_a_reload_without_a_server_is_one_line() -> None:
    assert "server" in complaint(gamestate("content", "reload", url="http://127.0.0.1:1"))
