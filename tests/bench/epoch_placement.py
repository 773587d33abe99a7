"""Where the epoch of a character lives best in Postgres, and what the store makes of it.

Three layouts of the same data, claimed and saved by the same kinds of statements:

- **wide row**: everything of a character in `characters`, stats and receipts too;
- **character row**: a narrow `characters` row with the epoch in it, stats and receipts in tables
  of their own (what the migrations make);
- **epoch table**: a row of nothing but epoch and owner, which every save locks.

Then the real store against the same work done one character at a time. `WAL B` is what Postgres
had to log per character, `HOT %` how many of the updates so far stayed on their page and touched no
index; unlike the times these do not depend on who else uses the machine.

Alone: `python -m tests.bench.epoch_placement [--quick] [--dsn DSN]`. It makes databases of its own
and drops them.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import click
import orjson
import uvloop
from attrs import evolve, field, frozen
from rich.console import Console

from persistence.cold.migrate import migrate
from persistence.cold.postgres_store import PostgresColdStore
from persistence.embedded.servers import Endpoints
from persistence.records import Backup, CharacterRow, ColdClaim
from tests.bench import harness, report
from tests.bench.case import Benchmark, Case, Round, Runtime, Sample, Store, Target
from tests.bench.closed_loop import Tally, together
from tests.bench.crud import POOL
from tests.bench.machine import inspect
from tests.bench.population import CALLERS, CHARACTERS
from tests.bench.servers import throw_away_servers

BATCH: Final = 500

STATS: Final = ("strength", "agility", "endurance", "intelligence", "wisdom", "charisma")


def receipts_of(turn: int) -> bytes:
    """The last 16 replies, 1.4 KiB, no two of them alike."""
    ids = [str(UUID(int=turn << 64 | number)) for number in range(16)]
    return orjson.dumps([{"id": id_, "reply": {"item_id": 12345678}} for id_ in ids])


NEW: Final = {
    "vitals": orjson.dumps({name: {"cur": 50, "max": 100} for name in ("hp", "mp", "stamina")}),
    "stats": orjson.dumps(dict.fromkeys(STATS, 10)),
    "receipts": receipts_of(0),
}
"""What every character is given. A save writes the same vitals and stats, and other receipts."""

Work = Callable[[Sequence[int]], Awaitable[object]]
"""Claims, or saves, these characters."""


# ---------------------------------------------------------------- layouts


@frozen
class Statement:
    """SQL whose `$1` is the character ids, and whose `$2` … are these columns."""

    sql: str
    columns: tuple[str, ...] = ()


@frozen
class Layout:
    """One way to lay characters out: the tables, and what claims and saves run, in order."""

    tables: Sequence[str]
    claim: Sequence[Statement]
    save: Sequence[Statement]


_CHARACTERS = """
    CREATE TABLE characters (
        char_id bigint PRIMARY KEY, name text, gender text, created_at timestamptz DEFAULT now(),
        game_stage text, location_id text, prev_location_id text, vitals json,
        epoch bigint DEFAULT 0, version bigint DEFAULT 1, owner text DEFAULT 'server-0001',
        updated_at timestamptz DEFAULT now(), stats json, receipts json
    ) WITH (fillfactor = 85);
    INSERT INTO characters (char_id, name, game_stage, location_id, vitals, stats, receipts)
"""
_NARROW = f"""{_CHARACTERS}
    SELECT i, 'Character ' || i, 'exploration', 'tavern', '{NEW["vitals"].decode()}', NULL, NULL
    FROM generate_series(1, {CHARACTERS}) i
"""
_WIDE = f"""{_CHARACTERS}
    SELECT i, 'Character ' || i, 'exploration', 'tavern', '{NEW["vitals"].decode()}',
           '{NEW["stats"].decode()}', '{NEW["receipts"].decode()}'
    FROM generate_series(1, {CHARACTERS}) i
"""
_SIDES = f"""
    CREATE TABLE character_stats (char_id bigint PRIMARY KEY REFERENCES characters, stats json);
    CREATE TABLE character_receipts (
        char_id bigint PRIMARY KEY REFERENCES characters, receipts json
    ) WITH (fillfactor = 70, toast_tuple_target = 8160);
    INSERT INTO character_stats SELECT char_id, '{NEW["stats"].decode()}' FROM characters;
    INSERT INTO character_receipts SELECT char_id, '{NEW["receipts"].decode()}' FROM characters
"""
_EPOCHS = """
    CREATE TABLE character_epochs (
        char_id bigint PRIMARY KEY, epoch bigint NOT NULL, owner text NOT NULL
    ) WITH (fillfactor = 85);
    INSERT INTO character_epochs SELECT char_id, 0, 'server-0001' FROM characters
"""

_CLAIM = """
    WITH before AS MATERIALIZED (
        SELECT char_id, owner FROM {table} WHERE char_id = ANY($1::bigint[])
        ORDER BY char_id FOR NO KEY UPDATE
    )
    UPDATE {table} c SET epoch = c.epoch + 1, owner = 'server-0002'
    FROM before WHERE c.char_id = before.char_id RETURNING before.owner AS owner_before, {read}
"""
_READ = Statement("""
    SELECT * FROM characters c JOIN character_stats s USING (char_id)
    JOIN character_receipts r USING (char_id) WHERE char_id = ANY($1::bigint[])
""")
_LOCK = """
    SELECT char_id, epoch FROM {table} WHERE char_id = ANY($1::bigint[])
    ORDER BY char_id FOR NO KEY UPDATE
"""
_TURN = "version = c.version + 1, game_stage = 'combat', location_id = 'forest', updated_at = now()"
_SAVE = Statement(
    f"""UPDATE characters c SET {_TURN}, vitals = new.vitals
    FROM unnest($1::bigint[], $2::json[]) new (id, vitals) WHERE c.char_id = new.id""",
    ("vitals",),
)
_SAVE_WIDE = Statement(
    f"""UPDATE characters c SET {_TURN}, vitals = new.vitals, stats = new.stats,
        receipts = new.receipts
    FROM unnest($1::bigint[], $2::json[], $3::json[], $4::json[]) new (id, vitals, stats, receipts)
    WHERE c.char_id = new.id""",
    ("vitals", "stats", "receipts"),
)
_SAVE_STATS = Statement(
    """UPDATE character_stats s SET stats = new.stats
    FROM unnest($1::bigint[], $2::json[]) new (id, stats)
    WHERE s.char_id = new.id AND s.stats::text <> new.stats::text""",
    ("stats",),
)
_SAVE_RECEIPTS = Statement(
    """UPDATE character_receipts r SET receipts = new.receipts
    FROM unnest($1::bigint[], $2::json[]) new (id, receipts) WHERE r.char_id = new.id""",
    ("receipts",),
)
_SAVE_NARROW = (_SAVE, _SAVE_STATS, _SAVE_RECEIPTS)

WIDE_ROW: Final = Layout(
    (_WIDE,),
    (Statement(_CLAIM.format(table="characters", read="c.*")),),
    (Statement(_LOCK.format(table="characters")), _SAVE_WIDE),
)
CHARACTER_ROW: Final = Layout(
    (_NARROW, _SIDES),
    (Statement(_CLAIM.format(table="characters", read="c.epoch")), _READ),
    (Statement(_LOCK.format(table="characters")), *_SAVE_NARROW),
)
EPOCH_TABLE: Final = Layout(
    (_NARROW, _SIDES, _EPOCHS),
    (Statement(_CLAIM.format(table="character_epochs", read="c.epoch")), _READ),
    (Statement(_LOCK.format(table="character_epochs")), *_SAVE_NARROW),
)
LAYOUTS: Final = {
    "wide row": WIDE_ROW,
    "character row": CHARACTER_ROW,
    "epoch table": EPOCH_TABLE,
}


# ---------------------------------------------------------------- what is measured


@asynccontextmanager
async def a_database(endpoints: Endpoints, name: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    """A new database, and a pool of connections to it with JSON as bytes."""
    assert endpoints.postgres_dsn is not None
    dsn = urlunsplit(urlsplit(endpoints.postgres_dsn)._replace(path=f"/{name}"))
    operator = await asyncpg.connect(endpoints.postgres_dsn)
    await operator.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    async with asyncpg.create_pool(dsn, min_size=1, max_size=POOL, init=_json_as_bytes) as pool:
        yield dsn, pool
    await operator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await operator.close()


async def _json_as_bytes(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )


@asynccontextmanager
async def laid_out(
    layout: Layout, kind: str, size: int, endpoints: Endpoints
) -> AsyncIterator[Round]:
    """Claims or saves (`kind`) on one layout, `size` characters a transaction."""
    statements = layout.claim if kind == "claim" else layout.save
    name = f"bench_{kind}_{size}_{list(LAYOUTS.values()).index(layout)}"
    async with a_database(endpoints, name) as (_, pool):
        for tables in layout.tables:
            await pool.execute(tables)
        await pool.execute("VACUUM ANALYZE")

        turns = itertools.count(1)

        async def work(char_ids: Sequence[int]) -> None:
            new = NEW | {"receipts": receipts_of(next(turns))}
            async with pool.acquire() as connection, connection.transaction():
                for statement in statements:
                    columns = [[new[column]] * len(char_ids) for column in statement.columns]
                    await connection.fetch(statement.sql, char_ids, *columns)

        yield partial(measure, pool, work, size, 1 if size > 1 else CALLERS)


async def measure(
    pool: asyncpg.Pool, work: Work, size: int, callers: int, seconds: float
) -> Sample:
    """One round: `callers` at once, each with `size` random characters at a time."""
    order = random.Random(size).sample(range(1, CHARACTERS + 1), CHARACTERS)
    batches = itertools.cycle([sorted(order[i : i + size]) for i in range(0, CHARACTERS, size)])
    logged, tally, until = await _wal_bytes(pool), Tally(), time.perf_counter() + seconds
    await together(Runtime.ASYNCIO, [_caller(work, batches, until, tally) for _ in range(callers)])
    sample = tally.sample()
    details = dict(sample.details)
    details["WAL B"] = (await _wal_bytes(pool) - logged) / tally.operations
    details["HOT %"] = await _hot_percent(pool)
    return evolve(sample, details=details)


async def _caller(work: Work, batches: Iterator[Sequence[int]], until: float, tally: Tally) -> None:
    while (began := time.perf_counter()) < until:
        batch = next(batches)
        await work(batch)
        tally.latencies.append(time.perf_counter() - began)
        tally.operations += len(batch)


async def _wal_bytes(pool: asyncpg.Pool) -> int:
    return int(await pool.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


async def _hot_percent(pool: asyncpg.Pool) -> float:
    share = "sum(n_tup_hot_upd) * 100.0 / greatest(sum(n_tup_upd), 1)"
    return float(await pool.fetchval(f"SELECT {share} FROM pg_stat_user_tables"))


# ---------------------------------------------------------------- the store


@asynccontextmanager
async def a_store(
    endpoints: Endpoints, name: str
) -> AsyncIterator[tuple[PostgresColdStore, asyncpg.Pool]]:
    """The real store and a plain pool, on one database with all characters in it."""
    async with a_database(endpoints, name) as (dsn, pool):
        await migrate(dsn)
        await pool.execute(f"""
            INSERT INTO characters (name, game_stage, location_id, vitals)
            SELECT 'Character ' || i, 'exploration', 'tavern', '{NEW["vitals"].decode()}'
            FROM generate_series(1, {CHARACTERS}) i""")
        for side in ("stats", "receipts"):
            sql = f"INSERT INTO character_{side} SELECT char_id, $1::json FROM characters"
            await pool.execute(sql, NEW[side])
        await pool.execute("VACUUM ANALYZE")
        store = await PostgresColdStore.connect(dsn, tables={}, pool_size=POOL)
        yield store, pool
        await store.close()


@asynccontextmanager
async def claim_then_select(endpoints: Endpoints) -> AsyncIterator[Round]:
    """Two plain statements a character, on a pool as asyncpg makes it."""
    async with a_store(endpoints, "bench_restore_plain") as (_, pool):
        take = "UPDATE characters SET epoch = epoch + 1, owner = 'us' WHERE char_id = $1"
        read = _READ.sql.replace("= ANY($1::bigint[])", "= $1")

        async def restore(char_ids: Sequence[int]) -> None:
            async with pool.acquire() as connection:
                await connection.fetchrow(f"{take} RETURNING epoch", char_ids[0])
                await connection.fetchrow(read, char_ids[0])

        yield partial(measure, pool, restore, 1, CALLERS)


@asynccontextmanager
async def claim_one_by_one(endpoints: Endpoints) -> AsyncIterator[Round]:
    """`PostgresColdStore.claim`, one character a call."""
    async with a_store(endpoints, "bench_restore_single") as (store, pool):

        async def restore(char_ids: Sequence[int]) -> None:
            await store.claim([ColdClaim(char_ids[0], 0, "us")])

        yield partial(measure, pool, restore, 1, CALLERS)


@asynccontextmanager
async def claim_together(endpoints: Endpoints) -> AsyncIterator[Round]:
    """`PostgresColdStore.claim`, with what came in during one call going into the next."""
    async with a_store(endpoints, "bench_restore_together") as (store, pool):
        queue = Queue(store)

        async def restore(char_ids: Sequence[int]) -> None:
            await queue.claim(char_ids[0])

        yield partial(measure, pool, restore, 1, CALLERS)


@frozen
class Queue:
    """Logins that wait for the claim in flight to end. (The server's coalescer runs on trio.)"""

    store: PostgresColdStore
    waiting: dict[int, asyncio.Future[CharacterRow | None]] = field(factory=dict)
    pumps: list[asyncio.Task[None]] = field(factory=list)

    async def claim(self, char_id: int) -> CharacterRow | None:
        """Claim one character."""
        answer = self.waiting[char_id] = asyncio.get_running_loop().create_future()
        if not self.pumps:
            self.pumps.append(asyncio.create_task(self._pump()))
        row: CharacterRow | None = await answer
        return row

    async def _pump(self) -> None:
        while self.waiting:
            taken = dict(itertools.islice(self.waiting.items(), BATCH))
            for char_id in taken:
                del self.waiting[char_id]
            rows = await self.store.claim([ColdClaim(char_id, 0, "us") for char_id in taken])
            for answer, row in zip(taken.values(), rows, strict=True):
                answer.set_result(row)
        self.pumps.clear()


@asynccontextmanager
async def upsert_one_by_one(endpoints: Endpoints) -> AsyncIterator[Round]:
    """The same three rows of each character by one guarded statement."""
    async with a_store(endpoints, "bench_save_plain") as (_, pool):
        versions = itertools.count(2)

        async def save(char_ids: Sequence[int]) -> None:
            version = next(versions)
            new = NEW["vitals"], version, NEW["stats"], receipts_of(version)
            await pool.execute(_UPSERT, char_ids[0], *new)

        yield partial(measure, pool, save, 1, 1)


_UPSERT = """
    WITH saved AS (
        INSERT INTO characters AS c (char_id, name, game_stage, location_id, vitals, version)
        VALUES ($1, '', 'combat', 'forest', $2, $3)
        ON CONFLICT (char_id) DO UPDATE SET version = excluded.version, vitals = excluded.vitals,
            game_stage = excluded.game_stage, location_id = excluded.location_id
        WHERE c.epoch <= excluded.epoch AND c.version < excluded.version
        RETURNING char_id
    ), stats AS (
        INSERT INTO character_stats (char_id, stats) SELECT char_id, $4 FROM saved
        ON CONFLICT (char_id) DO UPDATE SET stats = excluded.stats
    )
    INSERT INTO character_receipts (char_id, receipts) SELECT char_id, $5 FROM saved
    ON CONFLICT (char_id) DO UPDATE SET receipts = excluded.receipts
"""


@asynccontextmanager
async def save_with_store(size: int, endpoints: Endpoints) -> AsyncIterator[Round]:
    """`PostgresColdStore.save` of rows, receipts that changed and stats that did not."""
    async with a_store(endpoints, f"bench_save_{size}") as (store, pool):
        first = (await store.read([1]))[0]
        assert first is not None
        row, versions = first, itertools.count(2)

        async def save(char_ids: Sequence[int]) -> None:
            version = next(versions)
            played = evolve(row, version=version, receipts=receipts_of(version))
            rows = [evolve(played, char_id=char_id) for char_id in char_ids]
            await store.save(list(map(Backup, rows)))

        yield partial(measure, pool, save, size, 1)


# ---------------------------------------------------------------- the benchmarks


def _placement(title: str, kind: str, size: int) -> Benchmark:
    cases = [Case(name, partial(laid_out, layout, kind, size)) for name, layout in LAYOUTS.items()]
    return Benchmark(f"{kind}-{size}", title, "chars/s", cases, frozenset({Store.POSTGRES}))


BENCHMARKS: Final = (
    _placement("claims with all rows read, 500 a transaction", "claim", BATCH),
    _placement("claims with all rows read, one a transaction, 256 in flight", "claim", 1),
    _placement("saves of 1.8 KiB, 500 a transaction", "save", BATCH),
    Benchmark(
        "restore",
        "claims with all rows read, 256 in flight on a pool of 16",
        "chars/s",
        (
            Case("UPDATE, SELECT, one at a time", claim_then_select),
            Case("store.claim of one", claim_one_by_one),
            Case("store.claim of all waiting", claim_together, target=Target(2.5)),
        ),
        frozenset({Store.POSTGRES}),
    ),
    Benchmark(
        "save",
        "saves with the guard, one transaction in flight",
        "chars/s",
        (
            Case("single-row upserts", upsert_one_by_one),
            Case("store.save of one", partial(save_with_store, 1)),
            Case("store.save of 500", partial(save_with_store, BATCH), target=Target(5)),
        ),
        frozenset({Store.POSTGRES}),
    ),
)


@click.command()
@click.option("--quick", is_flag=True, help="Two short rounds: a smoke test, not a measurement.")
@click.option("--dsn", help="A Postgres to use instead of an embedded one.")
def main(quick: bool, dsn: str | None) -> None:
    """Print what was measured."""
    console, effort = Console(), harness.QUICK if quick else harness.Effort()
    given = nullcontext(Endpoints(None, dsn)) if dsn else throw_away_servers({Store.POSTGRES})
    with given as endpoints:
        report.print_machine(uvloop.run(inspect(endpoints)), console)
        for benchmark in BENCHMARKS:
            with console.status(benchmark.name) as status:
                result = harness.run(benchmark, endpoints, effort, status.update)
            report.print_result(result, console)


if __name__ == "__main__":
    main()
