"""A server that is paused under load, and taken over from, and goes on as if nothing had been.

Clients reach the two servers by one address, as by a load balancer. A is stopped (SIGSTOP); the
address leads to B from then on, where everybody is logged in again. Then A goes on (SIGCONT)."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from itertools import chain

import pytest

from tests.support.outcomes import Report, discrepancies, outcome_of
from tests.support.players.clients import Accounts, Clients, audit, create_characters, play
from tests.support.players.ledger import ScriptPlayer, each_path
from tests.support.servers.holdings import held_in_redis
from tests.support.servers.metrics import metric
from tests.support.servers.proxy import Proxy
from tests.support.servers.server import MakeServer, ServerProcess

CLIENTS = 16
CHARACTERS = 64
ITEMS_EACH = 4
A_WHILE = 300
"""Answers."""

Servers = tuple[ServerProcess, ServerProcess]


@pytest.fixture
def servers(make_server: MakeServer, redis_url: str, postgres_dsn: str) -> Iterator[Servers]:
    """A and B, stopped before their database goes."""
    a, b = (
        make_server(redis_url=redis_url, postgres_dsn=postgres_dsn, backup_interval_s="0.5")
        for _ in range(2)
    )
    a.start()
    b.start()
    yield a, b
    for server in (a, b):
        assert server.stop() == 0, server.log[-4000:]


def log_in(server: ServerProcess, accounts: Accounts) -> None:
    """Everybody."""

    def player(client: int) -> ScriptPlayer:
        ids = [account.char_id for account in accounts[client]]
        return ScriptPlayer(each_path([f"/v1/characters/{id_}/login" for id_ in ids]))

    play(server.port, len(accounts), player)


def wait_a_while(clients: Clients) -> None:
    clients.wait_answered(clients.answered + A_WHILE)


def assert_has_lost_all(server: ServerProcess, accounts: Accounts) -> None:
    """It changes nobody, and nobody is left in it."""
    for account in chain.from_iterable(accounts):
        answer = server.send(account.char_id, "core.move", {"location": "nowhere"})
        assert (answer.status, answer.body["code"]) in {(503, "fenced"), (503, "owned_elsewhere")}
    assert metric(server, "actors") == 0


def test_a_server_that_was_paused_under_load_writes_nothing_when_it_goes_on(
    servers: Servers, redis_url: str, report: Report
) -> None:
    a, b = servers
    accounts = create_characters(a.port, CLIENTS, CHARACTERS, ITEMS_EACH)
    with (
        Proxy(("127.0.0.1", a.port)) as address,
        Clients(address.port, accounts, "pause") as clients,
    ):
        wait_a_while(clients)
        a.signal(signal.SIGSTOP)
        began = time.monotonic()
        address.target = ("127.0.0.1", b.port)
        address.cut(reset=True)
        log_in(b, accounts)
        wait_a_while(clients)
        a.signal(signal.SIGCONT)
        assert_has_lost_all(a, accounts)
        wait_a_while(clients)
        ledgers = clients.finish()
    assert held_in_redis(redis_url, chain.from_iterable(each.accounts for each in ledgers)) == []
    audits = audit(b.port, [list(ledger.accounts) for ledger in ledgers])
    report(outcome_of("server paused, taken over from, woken", ledgers, began, audits))
    assert discrepancies([*ledgers, *audits]) == []
