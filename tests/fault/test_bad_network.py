"""Networks that delay, cut, swallow and lose between the server and each of its stores, and
between the server and its clients.

Clients play all the time and write down what was acknowledged. While the network is bad every
change is taken and the durability of every reply is true, as read from the store that it names;
a character without changes is shown at once. When the network is good again everything is as
acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from typing import Literal

import psutil
import pytest
from attrs import define, field, frozen

from persistence.embedded.servers import EmbeddedServers
from tests.support.effort import effort
from tests.support.outcomes import Report, discrepancies, outcome_of
from tests.support.players.clients import Accounts, Clients, audit, create_characters
from tests.support.players.ledger import Account, Ledger
from tests.support.servers.front import postgres_dsn_by, postgres_front, redis_front, redis_url_by
from tests.support.servers.holdings import held_in_postgres, held_in_redis
from tests.support.servers.metrics import metric
from tests.support.servers.proxy import Proxy, Side, Weather
from tests.support.servers.server import ServerProcess
from tests.support.servers.stores import redis_client
from tests.support.servers.waiting import wait_until

CLIENTS = 16
CHARACTERS = effort(48, 128)
ITEMS_EACH = effort(2, 4)
TIMEOUT_S = 2.0
"""How long the server waits for an answer of either store."""
STRIKE_EVERY_S = 0.3
WARM = 200
MOST_GROWTH_BYTES = 64 * 1024 * 1024
STOP_DEADLINE_S = 10.0

Store = Literal["redis", "postgres"]
Link = Literal["redis", "postgres", "clients"]
"""What is at the other end of the bad network."""


@define
class World:
    """A server that knows its stores, and is known to its clients, by way of proxies only."""

    server: ServerProcess
    redis_url: str
    postgres_dsn: str
    proxies: dict[Link, Proxy]
    bystander: int = 0
    _seeds: Iterator[int] = field(factory=count)

    def everybody(self) -> Accounts:
        """New characters for a scenario of its own."""
        return create_characters(self.server.port, CLIENTS, CHARACTERS, ITEMS_EACH)

    def clients(self, accounts: Accounts) -> Clients:
        """Who play them."""
        return Clients(self.proxies["clients"].port, accounts, f"bad-network-{next(self._seeds)}")

    def seconds_to_see_the_bystander(self) -> float:
        """How long a read takes of a character that nobody changes."""
        began = time.monotonic()
        answer = self.server.request("GET", f"/v1/characters/{self.bystander}")
        assert answer.status == 200, answer
        return time.monotonic() - began

    def memory_bytes(self) -> int:
        """What the server takes."""
        taken: int = psutil.Process(self.server.pid).memory_info().rss
        return taken

    def wait_until_all_is_well(self, accounts: Accounts) -> None:
        """The server is ready, and Redis has everything again."""
        everyone = list(chain.from_iterable(accounts))
        wait_until(self.server.is_ready)
        wait_until(lambda: not held_in_redis(self.redis_url, everyone))

    def wait_until_saved(self) -> None:
        """The server says that Postgres lacks nothing."""
        wait_until(lambda: metric(self.server, "dirty_characters") == 0)

    def lose_server_and_redis(self) -> float:
        """The server is killed, and Redis is empty when it starts again; the seconds until it
        was ready."""
        died_at = time.monotonic()
        self.server.kill()
        with redis_client(self.redis_url) as redis:
            redis.flushall()
        self.server.start()
        return time.monotonic() - died_at


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all scenarios: each brings its own characters and leaves a good network."""
    directory = tmp_path_factory.mktemp("network")
    with ExitStack() as ending:
        stores = EmbeddedServers(directory / "stores", valkey=True, postgres=True)
        endpoints = stores.start()
        ending.callback(stores.stop, STOP_DEADLINE_S)
        assert endpoints.redis_url is not None
        assert endpoints.postgres_dsn is not None
        redis = ending.enter_context(redis_front(endpoints.redis_url))
        postgres = ending.enter_context(postgres_front(endpoints.postgres_dsn))
        server = ServerProcess(
            directory / "server",
            {
                "GAMESTATE_REDIS_URL": redis_url_by(redis, endpoints.redis_url),
                "GAMESTATE_POSTGRES_DSN": postgres_dsn_by(postgres, endpoints.postgres_dsn),
                "GAMESTATE_REDIS_TIMEOUT_S": str(TIMEOUT_S),
                "GAMESTATE_POSTGRES_TIMEOUT_S": str(TIMEOUT_S),
                "GAMESTATE_BACKUP_INTERVAL_S": "0.5",
            },
        )
        server.start()
        ending.callback(_stop, server)
        clients = ending.enter_context(Proxy(("127.0.0.1", server.port)))
        proxies: dict[Link, Proxy] = {"redis": redis, "postgres": postgres, "clients": clients}
        made = World(server, endpoints.redis_url, endpoints.postgres_dsn, proxies)
        made.bystander = server.create()
        server.login(made.bystander)
        yield made


def _stop(server: ServerProcess) -> None:
    assert server.stop() == 0, server.log[-4000:]


@pytest.fixture(autouse=True)
def good_network_before_and_after(world: World) -> Iterator[None]:
    world.server.login(world.bystander)
    yield
    for proxy in world.proxies.values():
        proxy.clear_up()


# ------------------------------------------------------------------ what goes wrong


@frozen
class Fault:
    """One way in which a network is bad. `strike`: called at its begin, and if `again` over and
    over, with the number of earlier calls."""

    name: str
    seconds: float
    strike: Callable[[Proxy, int], None]
    again: bool = False

    def __str__(self) -> str:
        return self.name


def weather(weather: Weather) -> Callable[[Proxy, int], None]:
    return lambda proxy, _: proxy.turn(weather)


def cut(proxy: Proxy, number: int) -> None:
    """In turn by RST and by FIN."""
    proxy.cut(reset=number % 2 == 0)


def half_close(towards: Side) -> Callable[[Proxy, int], None]:
    return lambda proxy, _: proxy.half_close(towards)


def refuse(proxy: Proxy, number: int) -> None:
    proxy.refuse()
    proxy.cut(reset=True)


black_hole = weather(Weather(black_hole=True))
CUT = Fault("connections cut every 300 ms", 2.0, cut, again=True)
FAULTS = (
    Fault("answers 400 ms late", 2.0, weather(Weather(delay_s=0.2))),
    Fault("answers after the timeout", 3.0, weather(Weather(delay_s=0.7 * TIMEOUT_S))),
    Fault("in pieces", 1.0, weather(Weather(piece_bytes=512))),
    CUT,
    Fault("half-closed towards the server", 1.5, half_close("client"), again=True),
    Fault("half-closed towards the store", 1.5, half_close("server"), again=True),
    Fault("a black hole", 5.0, black_hole),
    Fault("answers lost", 2.5, weather(Weather(answers_lost=True))),
    Fault("one answer lost", 2.5, lambda proxy, _: proxy.lose_next_answer()),
    Fault("connections die without a word", 2.5, lambda proxy, _: proxy.forget()),
    Fault("connections refused", 1.0, refuse),
)


SCENARIOS: Sequence[tuple[Link, Fault]] = (
    *(("redis", fault) for fault in FAULTS),
    *(("postgres", fault) for fault in FAULTS),
    ("clients", CUT),
)


@contextmanager
def bounded_memory(world: World) -> Iterator[None]:
    """Meanwhile nothing piles up in the server."""
    before = world.memory_bytes()
    yield
    assert world.memory_bytes() - before < MOST_GROWTH_BYTES


def suffer(world: World, proxy: Proxy, fault: Fault) -> None:
    """Let it be bad for its time, and look at the bystander all the while."""
    ends_at = time.monotonic() + fault.seconds
    for number in count():
        if number == 0 or fault.again:
            fault.strike(proxy, number)
        assert world.seconds_to_see_the_bystander() < TIMEOUT_S
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            break
        time.sleep(min(STRIKE_EVERY_S, left_s))  # the fault takes its time: that is the scenario


def said_to_be_in(store: Store, accounts: Accounts) -> list[Account]:
    return [each for each in chain.from_iterable(accounts) if each.durability == store]


def accounts_of(ledgers: list[Ledger]) -> Accounts:
    return [list(ledger.accounts) for ledger in ledgers]


def play_through(
    world: World, link: Link, fault: Fault, accounts: Accounts
) -> tuple[list[Ledger], float]:
    """Clients play before and while the network is bad; what they wrote down, and since when it
    was bad. It still is."""
    with world.clients(accounts) as clients:
        clients.wait_answered(WARM)
        began = time.monotonic()
        suffer(world, world.proxies[link], fault)
        return clients.finish(), began


@pytest.mark.parametrize(("link", "fault"), SCENARIOS, ids=str)
def test_a_bad_network_loses_nothing_applies_nothing_twice_and_hides_nothing(
    world: World, report: Report, link: Link, fault: Fault
) -> None:
    with bounded_memory(world):
        ledgers, began = play_through(world, link, fault, world.everybody())
    accounts = accounts_of(ledgers)
    assert held_in_redis(world.redis_url, said_to_be_in("redis", accounts)) == []
    assert held_in_postgres(world.postgres_dsn, said_to_be_in("postgres", accounts)) == []
    world.proxies[link].clear_up()
    world.wait_until_all_is_well(accounts)
    audits = audit(world.server.port, accounts)
    report(outcome_of(f"{link}: {fault.name}", ledgers, began, audits))
    assert discrepancies([*ledgers, *audits]) == []


def test_what_is_said_to_be_in_postgres_survives_the_server_and_redis(
    world: World, report: Report
) -> None:
    fault = Fault("a black hole, then the server and Redis die", 4.0, black_hole)
    ledgers, began = play_through(world, "redis", fault, world.everybody())
    world.proxies["redis"].clear_up()
    away_s = world.lose_server_and_redis()
    safe = [said_to_be_in("postgres", [accounts]) for accounts in accounts_of(ledgers)]
    assert sum(map(len, safe)) > CHARACTERS / 2
    audits = audit(world.server.port, [accounts for accounts in safe if accounts])
    report(outcome_of(f"redis: {fault.name}", ledgers, began, audits, away_s))
    assert discrepancies([*ledgers, *audits]) == []


def test_what_waited_for_postgres_is_saved_as_soon_as_it_answers(
    world: World, report: Report
) -> None:
    fault = Fault("a black hole, then the server and Redis die", 4.0, black_hole)
    ledgers, began = play_through(world, "postgres", fault, world.everybody())
    accounts = accounts_of(ledgers)
    world.proxies["postgres"].clear_up()
    world.wait_until_saved()
    away_s = world.lose_server_and_redis()
    audits = audit(world.server.port, accounts)
    report(outcome_of(f"postgres: {fault.name}", ledgers, began, audits, away_s))
    assert discrepancies([*ledgers, *audits]) == []
