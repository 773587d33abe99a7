"""`gamestate quarantine` and `gamestate state verify` beside a running server, and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.servers.command import complaint, gamestate
from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.stores import ask_postgres, redis_client

Stores = dict[str, str]


@pytest.fixture
def stores_of(redis_url: str, postgres_dsn: str, tmp_path: Path) -> Stores:
    """The settings of one installation: no server runs."""
    settings = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    return {**settings, "data_dir": str(tmp_path / "cli")}


def bad_and_sound(server: ServerProcess, stores: Stores) -> tuple[int, int]:
    """A character Redis has a bad copy of, with version 3; Postgres has version 2. And another."""
    hero, other = server.create(), server.create("Other")
    for char_id in (hero, other):
        server.login(char_id)
    server.send(hero, "core.move", {"location": "forest"})
    assert server.request("POST", f"/v1/characters/{hero}/logout").status == 200
    server.login(hero)
    server.send(hero, "core.move", {"location": "swamp"})
    server.kill()
    with redis_client(stores["redis_url"]) as client:
        client.hset(f"ac:{hero}", "vitals", '{"hp":{"cur":150,"max":100}}')
    server.start()
    return hero, other


def test_a_bad_copy_is_found_shown_and_gone_on_from_while_the_server_runs(
    make_server: MakeServer, stores_of: Stores
) -> None:
    server = make_server(
        redis_url=stores_of["redis_url"],
        postgres_dsn=stores_of["postgres_dsn"],
        backup_interval_s="3600",
    )
    server.start()
    hero, other = bad_and_sound(server, stores_of)
    refused = server.request("POST", f"/v1/characters/{hero}/login")
    assert (refused.status, refused.body["code"]) == (423, "character_quarantined")
    assert server.request("POST", f"/v1/characters/{other}/login").status == 200

    listed = gamestate("quarantine", "list", "--json", **stores_of)
    assert listed.returncode == 0, listed.stderr
    [entry] = json.loads(listed.stdout)
    assert (entry["char_id"], entry["source"], entry["closed_at"]) == (hero, "restore", None)
    assert "hp is 150 of 100" in entry["reason"]
    table = gamestate("quarantine", "list", **stores_of)
    assert str(hero) in table.stdout
    shown = gamestate("quarantine", "show", str(entry["entry_id"]), **stores_of)
    assert '"location"' in shown.stdout
    assert "found by    restore" in shown.stdout
    assert "swamp" in shown.stdout

    still = gamestate("quarantine", "retry", str(hero), **stores_of)
    assert (still.returncode, "would not load" in still.stdout) == (1, True)
    unasked = gamestate("quarantine", "restore", str(hero), **stores_of)
    assert unasked.returncode == 1, "nobody said yes"
    assert "Versions 3 to 3 are lost" in unasked.stdout
    assert server.request("POST", f"/v1/characters/{hero}/login").status == 423

    restored = gamestate(
        "quarantine", "restore", str(hero), "--from", "postgres", "--yes", **stores_of
    )
    assert restored.returncode == 0, restored.stderr
    login = server.login(hero)
    assert (login["restored_from"], login["character"]["location"]["current"]) == (
        "postgres",
        "forest",
    )
    assert gamestate("quarantine", "list", **stores_of).stdout == "no character is in quarantine\n"


def test_verify_names_who_would_not_load_and_why(stores_of: Stores) -> None:
    dsn = stores_of["postgres_dsn"]
    for number in range(3):
        vitals = '{"hp":{"cur":150,"max":100}}' if number == 1 else '{"hp":{"cur":1,"max":1}}'
        ask_postgres(
            dsn,
            "WITH one AS (INSERT INTO characters (name, game_stage, location_id, vitals) VALUES "
            f"('Anna', 'exploration', 'start', '{vitals}') RETURNING char_id) "
            "INSERT INTO character_stats SELECT char_id, '{}' FROM one",
        )
    ask_postgres(
        dsn,
        "INSERT INTO inventory_items (item_id, char_id, template_id, quantity, position) "
        "VALUES (1, 3, 'torch', -1, 0)",
    )
    before = ask_postgres(dsn, "SELECT string_agg(c::text, '|' ORDER BY char_id) FROM characters c")
    ended = gamestate("state", "verify", **stores_of)
    assert ended.returncode == 1, ended.stderr
    *problems, summary = ended.stdout.splitlines()
    assert [line.split("\t")[:2] for line in problems] == [["2", "core"], ["3", "inventory"]]
    assert summary.startswith("3 characters, 1 sessions in ")
    assert summary.endswith("2 would not load")
    report = json.loads(gamestate("state", "verify", "--json", **stores_of).stdout)
    assert [problem["char_id"] for problem in report["problems"]] == [2, 3]
    after = ask_postgres(dsn, "SELECT string_agg(c::text, '|' ORDER BY char_id) FROM characters c")
    assert before == after
    ask_postgres(dsn, "DELETE FROM characters WHERE char_id > 1")
    assert gamestate("state", "verify", **stores_of).returncode == 0


def test_the_commands_work_on_the_embedded_stores_of_a_running_server(
    server: ServerProcess,
) -> None:
    hero = server.create()
    data_dir = str(server.data_dir)
    verified = gamestate("state", "verify", data_dir=data_dir)
    assert "would" in verified.stdout, verified.stderr
    retried = gamestate("quarantine", "retry", str(hero), data_dir=data_dir)
    assert retried.stdout == f"character {hero} loads, and was not in quarantine\n"
    assert server.login(hero)["char_id"] == hero


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("quarantine", "retry", "4711"), "there is no character 4711"),
        (("quarantine", "restore", "4711", "--yes"), "there is no character 4711"),
    ],
    ids=["retry", "restore"],
)
def test_a_mistake_is_one_line(
    server: ServerProcess, arguments: tuple[str, ...], says: str
) -> None:
    assert complaint(gamestate(*arguments, data_dir=str(server.data_dir))) == says


def test_an_entry_that_is_not_there_and_a_record_without_an_id_are_said(
    server: ServerProcess,
) -> None:
    data_dir = str(server.data_dir)
    missing = gamestate("quarantine", "show", "4711", data_dir=data_dir)
    assert (missing.returncode, "gamestate: there is no entry 4711" in missing.stderr) == (2, True)
    hasty = gamestate("quarantine", "restore", "1", "--from", "record", data_dir=data_dir)
    assert (hasty.returncode, "needs the ID" in hasty.stderr) == (2, True)


def test_a_database_that_is_not_of_this_version_is_left_as_it_is(
    redis_url: str, empty_postgres_dsn: str, tmp_path: Path
) -> None:
    stores = {"redis_url": redis_url, "postgres_dsn": empty_postgres_dsn}
    stores["data_dir"] = str(tmp_path)
    assert "run `gamestate migrate`" in complaint(gamestate("state", "verify", **stores))
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert ask_postgres(empty_postgres_dsn, tables) == 0
