"""Real input, and a hard kill of each process in the middle of it: nothing acknowledged is gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.effort import effort
from tests.support.outcomes import Report, discrepancies, figures, ledgers_of, outcome_of
from tests.support.players.clients import Accounts, audit, create_characters, play
from tests.support.players.ledger import MixedPlay, ScriptPlayer, each_path
from tests.support.players.load import Load, LoadProcess
from tests.support.servers.metrics import metric
from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.stores import redis_client
from tests.support.servers.victims import (
    kill_postgres,
    kill_server,
    kill_valkey,
    paused_valkey,
    valkey_url,
)
from tests.support.servers.waiting import wait_answered, wait_until

CLIENTS = effort(16, 64)
CHARACTERS = effort(96, 1_000)
ITEMS_EACH = effort(6, 20)
MESSAGES = effort(5_000, 50_000)
SEED = "kill-under-load"
NO_ANSWER_S = 0.5
"""Shorter than the server waits for Redis before it turns to Postgres."""

log = logging.getLogger(__name__)


VICTIMS: Mapping[str, Callable[[ServerProcess], None]] = {
    "server": kill_server,
    "valkey": kill_valkey,
    "postgres": kill_postgres,
}


def play_round(server: ServerProcess, accounts: Accounts, victim: str, report: Report) -> Accounts:
    """Play, kill the victim in the middle, play on; the accounts then."""
    messages = MESSAGES // len(VICTIMS)
    moves = MixedPlay(accounts, messages // CLIENTS, f"{SEED}-{victim}")
    with LoadProcess(Load(server.port, CLIENTS, moves)) as load:
        wait_answered(load, messages // 2)
        killed_at = time.monotonic()
        VICTIMS[victim](server)
        ledgers = ledgers_of(load.result())
    report(outcome_of(f"{victim} killed under load", ledgers, killed_at))
    log.info("%s", figures(ledgers))
    assert discrepancies(ledgers) == []
    return [list(ledger.accounts) for ledger in ledgers]


def assert_as_acknowledged(server: ServerProcess, accounts: Accounts) -> None:
    """Everything of every character is as its account says."""
    assert discrepancies(audit(server.port, accounts)) == []


def log_all(server: ServerProcess, accounts: Accounts, in_or_out: str) -> list[Any]:
    def player(client: int) -> ScriptPlayer:
        ids = [account.char_id for account in accounts[client]]
        return ScriptPlayer(each_path([f"/v1/characters/{id_}/{in_or_out}" for id_ in ids]))

    return [answer for answers in play(server.port, CLIENTS, player) for answer in answers]


def test_real_input_survives_the_death_of_the_server_of_valkey_and_of_postgres(
    make_server: MakeServer, report: Report
) -> None:
    server = make_server(backup_interval_s="3")
    server.start()
    accounts = create_characters(server.port, CLIENTS, CHARACTERS, ITEMS_EACH)
    for victim in VICTIMS:
        accounts = play_round(server, accounts, victim, report)
        assert_as_acknowledged(server, accounts)
    wait_until(lambda: metric(server, "dirty_characters") == 0)  # Postgres is used again
    log_all(server, accounts, "logout")
    with redis_client(valkey_url(server)) as redis:
        redis.flushall()
    assert {login["restored_from"] for login in log_all(server, accounts, "login")} == {"postgres"}
    assert_as_acknowledged(server, accounts)


def test_nothing_is_acknowledged_or_shown_before_valkey_has_it(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    char_id = server.create()
    path, version = f"/v1/characters/{char_id}", server.login(char_id)["version"]
    stronger = {"type": "core.adjust_stats", "payload": {"strength": 1}, "message_id": "once"}
    with paused_valkey(server):
        with pytest.raises(TimeoutError):
            server.request("POST", f"{path}/messages", stronger, timeout_s=NO_ANSWER_S)
        with pytest.raises(TimeoutError):
            server.request("GET", path, timeout_s=NO_ANSWER_S)
        server.kill()
    server.start()
    answer = server.request("POST", f"{path}/messages", stronger).body
    assert (answer["version"], answer["reply"]["stats"]["strength"]) == (version + 1, 11)
    assert server.request("GET", path).body["version"] == version + 1
