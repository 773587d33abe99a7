"""Valkey's disk is full under load: changes go to Postgres, until there is room again.

With `appendfsync everysec` Valkey then refuses to write and says so (MISCONF); with `always` it
ends, and its owner starts it again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from attrs import define

from tests.support.outcomes import Report, discrepancies, outcome_of
from tests.support.players.clients import Accounts, Clients, audit, create_characters
from tests.support.players.ledger import Account, Ledger
from tests.support.servers.holdings import held_in_postgres, held_in_redis
from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.small_disk import Disk, LimitedFiles, SmallDisk, ValkeyProcess
from tests.support.servers.stores import redis_client
from tests.support.servers.waiting import wait_until

CLIENTS = 16
CHARACTERS = 64
ITEMS_EACH = 4
PLAYED_ON_S = 1.0
"""How long clients play on when there is no room any more."""


@define
class World:
    """A server, its Postgres, and a Valkey on a disk that can be full."""

    server: ServerProcess
    valkey: ValkeyProcess
    disk: Disk
    postgres_dsn: str

    @property
    def redis_url(self) -> str:
        """Where Valkey listens."""
        return self.valkey.program.url

    def play_with_a_full_disk(self) -> tuple[list[Ledger], float]:
        """What clients wrote down before and after it was full, and when it began to be."""
        accounts = create_characters(self.server.port, CLIENTS, CHARACTERS, ITEMS_EACH)
        with Clients(self.server.port, accounts, "full-disk") as clients:
            self.disk.fill(self.valkey)
            began = time.monotonic()
            wait_until(lambda: not self.server.is_ready())
            time.sleep(PLAYED_ON_S)  # the fault takes its time: that is the scenario
            return clients.finish(), began

    def wait_until_redis_has_everything(self, accounts: Accounts) -> None:
        """The server found by itself that there is room."""
        everyone = list(chain.from_iterable(accounts))
        wait_until(self.server.is_ready)
        wait_until(lambda: not held_in_redis(self.redis_url, everyone))


def said_to_be_in_postgres(accounts: Accounts) -> list[Account]:
    return [each for each in chain.from_iterable(accounts) if each.durability == "postgres"]


def accounts_of(ledgers: list[Ledger]) -> Accounts:
    return [list(ledger.accounts) for ledger in ledgers]


MakeWorld = Callable[[Disk, str], World]


@pytest.fixture
def limited(tmp_path: Path) -> Disk:
    return LimitedFiles(tmp_path / "limited")


@pytest.fixture(params=["limited", "mounted"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, limited: Disk) -> Iterator[Disk]:
    if request.param == "limited":
        yield limited
        return
    try:
        mounted = SmallDisk(tmp_path / "mounted")
    except PermissionError as error:
        pytest.skip(f"a small disk can't be mounted here: {error}")
    yield mounted
    mounted.close()


@pytest.fixture
def make_world(tmp_path: Path, make_server: MakeServer, postgres_dsn: str) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(disk: Disk, fsync: str) -> World:
        valkey = ValkeyProcess(disk.directory, tmp_path, fsync)
        valkey.start()
        server = make_server(
            redis_url=valkey.program.url, postgres_dsn=postgres_dsn, backup_interval_s="0.5"
        )
        made.append(World(server, valkey, disk, postgres_dsn))
        server.start()
        return made[-1]

    yield make
    for world in made:
        assert world.server.stop() == 0, world.server.log[-4000:]
        world.valkey.kill()


def check(world: World, report: Report, scenario: str, ledgers: list[Ledger], began: float) -> None:
    """Redis has everything again, and it is as acknowledged."""
    world.wait_until_redis_has_everything(accounts_of(ledgers))
    audits = audit(world.server.port, accounts_of(ledgers))
    report(outcome_of(f"{scenario} ({type(world.disk).__name__})", ledgers, began, audits))
    assert discrepancies([*ledgers, *audits]) == []


def test_a_valkey_without_room_is_done_without_until_it_has_room(
    make_world: MakeWorld, disk: Disk, report: Report
) -> None:
    world = make_world(disk, "everysec")
    ledgers, began = world.play_with_a_full_disk()
    in_postgres = said_to_be_in_postgres(accounts_of(ledgers))
    assert in_postgres
    assert held_in_postgres(world.postgres_dsn, in_postgres) == []
    assert "MISCONF" in world.server.log
    world.disk.make_room(world.valkey)
    check(world, report, "valkey: disk full, everysec", ledgers, began)


def test_a_valkey_that_ended_for_want_of_room_is_used_when_it_runs_again(
    make_world: MakeWorld, disk: Disk, report: Report
) -> None:
    world = make_world(disk, "always")
    ledgers, began = world.play_with_a_full_disk()
    assert held_in_postgres(world.postgres_dsn, said_to_be_in_postgres(accounts_of(ledgers))) == []
    wait_until(lambda: not world.valkey.is_running)
    world.disk.make_room(world.valkey)
    world.valkey.start()
    check(world, report, "valkey: disk full, always, ended", ledgers, began)


def test_a_valkey_that_is_killed_while_it_has_no_room_loses_nothing(
    make_world: MakeWorld, limited: Disk, report: Report
) -> None:
    """What it had acknowledged and could not write is in the server's memory."""
    world = make_world(limited, "everysec")
    ledgers, began = world.play_with_a_full_disk()
    world.valkey.kill()
    world.disk.make_room(world.valkey)
    world.valkey.start()
    check(world, report, "valkey: disk full, everysec, killed", ledgers, began)


def test_what_postgres_took_for_a_valkey_without_room_survives_both(
    make_world: MakeWorld, limited: Disk, report: Report
) -> None:
    world = make_world(limited, "everysec")
    ledgers, began = world.play_with_a_full_disk()
    died_at = time.monotonic()
    world.server.kill()
    world.disk.make_room(world.valkey)
    with redis_client(world.redis_url) as redis:
        redis.flushall()
    world.server.start()
    away_s = time.monotonic() - died_at
    safe = [said_to_be_in_postgres([accounts]) for accounts in accounts_of(ledgers)]
    assert any(safe)
    audits = audit(world.server.port, [accounts for accounts in safe if accounts])
    scenario = f"valkey: disk full, it and the server die ({type(world.disk).__name__})"
    report(outcome_of(scenario, ledgers, began, audits, away_s))
    assert discrepancies([*ledgers, *audits]) == []
