"""Embedded Valkey and Postgres as their clients, their operator and other users see them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import psutil
import pytest

from persistence.embedded.process import processes_in
from persistence.embedded.servers import Endpoints
from persistence.errors import EmbeddedServerError
from tests.support.servers.stores import MakeServers, ask_postgres, redis_client

DEADLINE_S = 10.0


def ping(endpoints: Endpoints) -> bool:
    with redis_client(endpoints.redis_url) as client:
        return bool(client.ping())


def configured(endpoints: Endpoints, setting: str) -> str:
    with redis_client(endpoints.redis_url) as client:
        answer: dict[str, str] = client.config_get(setting)
    return answer[setting]


def fetch(endpoints: Endpoints, query: str) -> Any:
    return ask_postgres(endpoints.postgres_dsn, query)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def working_below(directory: Path) -> list[psutil.Process]:
    """Every process of ours that works in a directory of a data directory."""
    places = ("valkey", "postgres/data", "postgres/draft")
    programs = ("valkey-server", "postgres", "initdb")
    return [found for place in places for found in processes_in(directory / place, programs)]


def test_both_servers_answer_and_keep_what_a_promise_rests_on(
    embedded: MakeServers, tmp_path: Path
) -> None:
    endpoints = embedded(tmp_path / "data").start()
    assert ping(endpoints)
    assert configured(endpoints, "appendonly") == "yes"
    assert configured(endpoints, "appendfsync") == "everysec"
    assert configured(endpoints, "maxmemory-policy") == "noeviction"
    assert configured(endpoints, "save") == ""
    assert fetch(endpoints, "SHOW fsync") == "on"
    assert fetch(endpoints, "SHOW synchronous_commit") == "on"
    assert fetch(endpoints, "SHOW server_encoding") == "UTF8"
    assert fetch(endpoints, "SELECT current_database()") == "gamestate"
    assert fetch(endpoints, "SELECT upper('é') = 'É'")


def test_only_the_owner_can_reach_them_and_no_port_is_open(
    embedded: MakeServers, tmp_path: Path
) -> None:
    started = embedded(tmp_path / "data")
    started.start()
    run = tmp_path / "data" / "run"
    for directory in (tmp_path / "data", run, tmp_path / "data/valkey", tmp_path / "data/postgres"):
        assert mode(directory) == 0o700
    assert mode(run / "valkey.sock") == 0o700
    assert mode(run / ".s.PGSQL.5432") == 0o700
    for pid in started.pids.values():
        assert psutil.Process(pid).net_connections(kind="inet") == []


@pytest.mark.parametrize(
    "name",
    ["Данные Ж", 'it\'s "odd" 100% #1 ?x=1&y=+2 back\\slash $HOME `id`', "one,two"],
    ids=["letters", "signs", "comma"],
)
def test_a_data_directory_may_have_any_name(
    embedded: MakeServers, tmp_path: Path, name: str
) -> None:
    endpoints = embedded(tmp_path / name).start()
    assert ping(endpoints)
    assert fetch(endpoints, "SELECT 1") == 1
    assert (tmp_path / name / "valkey" / "appendonlydir").is_dir()
    assert (tmp_path / name / "postgres" / "data" / "PG_VERSION").is_file()


def test_a_data_directory_may_be_too_deep_for_a_socket(
    embedded: MakeServers, tmp_path: Path
) -> None:
    deep = tmp_path.joinpath(*["a rather long name"] * 20)
    started = embedded(deep)
    endpoints = started.start()
    assert ping(endpoints)
    assert fetch(endpoints, "SELECT 1") == 1
    assert not (deep / "run").exists()


def test_a_path_that_postgres_cannot_take_is_refused_in_words(
    embedded: MakeServers, tmp_path: Path
) -> None:
    with pytest.raises(EmbeddedServerError, match="950 bytes"):
        embedded(tmp_path.joinpath(*["x" * 200] * 5)).start()


def test_the_users_environment_changes_no_server(
    embedded: MakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGPORT", "PGHOST", "PGDATA", "PGOPTIONS", "LD_LIBRARY_PATH", "LANG", "TZ"):
        monkeypatch.setenv(name, "/nonsense,1")
    started = embedded(tmp_path / "data")
    started.start()
    for pid in started.pids.values():
        assert "PGOPTIONS" not in psutil.Process(pid).environ()


def test_data_outlives_a_clean_stop_and_nothing_is_left_running(
    embedded: MakeServers, tmp_path: Path
) -> None:
    first = embedded(tmp_path / "data")
    endpoints = first.start()
    with redis_client(endpoints.redis_url) as client:
        client.set("key", "value")
    fetch(endpoints, "CREATE TABLE kept AS SELECT 7 AS n")
    first.stop(DEADLINE_S)
    assert working_below(tmp_path / "data") == []
    assert first.pids == {}
    assert not (tmp_path / "data" / "run").exists()

    endpoints = embedded(tmp_path / "data").start()
    with redis_client(endpoints.redis_url) as client:
        assert client.get("key") == b"value"
    assert fetch(endpoints, "SELECT n FROM kept") == 7


def test_one_server_can_be_had_without_the_other(embedded: MakeServers, tmp_path: Path) -> None:
    endpoints = embedded(tmp_path / "data", postgres=False).start()
    assert ping(endpoints)
    assert endpoints.postgres_dsn is None
    assert not (tmp_path / "data" / "postgres").exists()


def test_with_all_alive_nothing_is_restarted(embedded: MakeServers, tmp_path: Path) -> None:
    started = embedded(tmp_path / "data", postgres=False)
    started.start()
    before = started.pids
    assert started.ensure_running() == []
    assert started.pids == before


def test_after_a_stop_nothing_is_restarted(embedded: MakeServers, tmp_path: Path) -> None:
    started = embedded(tmp_path / "data", postgres=False)
    started.start()
    started.stop(DEADLINE_S)
    started.stop(DEADLINE_S)
    assert started.ensure_running() == []
    assert working_below(tmp_path / "data") == []


def test_a_second_server_on_the_directory_is_told_who_has_it(
    embedded: MakeServers, tmp_path: Path
) -> None:
    first = embedded(tmp_path / "data", postgres=False)
    first.start()
    with pytest.raises(EmbeddedServerError, match=f"pid {os.getpid()}.*GAMESTATE_DATA_DIR"):
        embedded(tmp_path / "data", postgres=False).start()
    assert first.ensure_running() == []


def test_a_start_that_fails_leaves_nothing_running(embedded: MakeServers, tmp_path: Path) -> None:
    cluster = tmp_path / "data" / "postgres" / "data"
    cluster.mkdir(parents=True)
    cluster.parent.chmod(0o700)
    (cluster / "PG_VERSION").write_text("15\n")
    failing = embedded(tmp_path / "data")
    with pytest.raises(EmbeddedServerError, match="written by Postgres 15"):
        failing.start()
    assert working_below(tmp_path / "data") == []
    embedded(tmp_path / "data", postgres=False).start()  # the directory is free again


def test_a_server_that_does_not_start_says_why(embedded: MakeServers, tmp_path: Path) -> None:
    aof = tmp_path / "data" / "valkey" / "appendonlydir"
    aof.mkdir(parents=True)
    aof.parent.chmod(0o700)
    (aof / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(EmbeddedServerError, match=r"(?s)valkey\.log.*manifest"):
        embedded(tmp_path / "data", postgres=False).start()


def test_a_half_made_cluster_is_made_again(embedded: MakeServers, tmp_path: Path) -> None:
    for half_made in ("data/base", "draft/global"):
        (tmp_path / "data" / "postgres" / half_made).mkdir(parents=True)
    (tmp_path / "data" / "postgres").chmod(0o700)
    endpoints = embedded(tmp_path / "data", valkey=False).start()
    assert fetch(endpoints, "SELECT 1") == 1


def test_a_damaged_cluster_is_not_replaced_by_an_empty_one(
    embedded: MakeServers, tmp_path: Path
) -> None:
    control = tmp_path / "data" / "postgres" / "data" / "global" / "pg_control"
    control.parent.mkdir(parents=True)
    (tmp_path / "data" / "postgres").chmod(0o700)
    control.write_bytes(b"precious")
    with pytest.raises(EmbeddedServerError, match="damaged"):
        embedded(tmp_path / "data", valkey=False).start()
    assert control.read_bytes() == b"precious"


def test_a_file_in_place_of_the_directory_is_refused_in_words(
    embedded: MakeServers, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(EmbeddedServerError, match="cannot be used"):
        embedded(tmp_path / "data", postgres=False).start()


def test_a_socket_directory_that_others_can_enter_is_refused(
    embedded: MakeServers, tmp_path: Path
) -> None:
    (tmp_path / "data" / "run").mkdir(parents=True)
    (tmp_path / "data" / "run").chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="chmod 700"):
        embedded(tmp_path / "data", postgres=False).start()


def test_a_socket_directory_that_is_a_link_is_refused(
    embedded: MakeServers, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "data" / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedServerError, match="must be a directory"):
        embedded(tmp_path / "data", postgres=False).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_setpriv_is_told_what_to_do(
    embedded: MakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=r"as a normal user.*GAMESTATE_POSTGRES_DSN"):
        embedded(tmp_path / "data").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_under_root_postgres_is_nobody_and_no_directory_is_opened_for_it(
    embedded: MakeServers, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    started = embedded(private / "data")
    started.start()
    assert psutil.Process(started.pids["postgres"]).username() == "nobody"
    assert mode(private) == 0o700
    assert mode(private / "data") == 0o700
