"""The real game on real stores: what the benchmarks put beside their baselines.

Every case has a database of its own in Postgres and a numbered one in Redis, so that cases that
take turns do not see one another. Write-behind is off (its interval is an hour) unless it is what
is measured, because its bursts would hit some rounds and miss others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
import redis.asyncio
import trio
from attrs import frozen

from actors.portal import Portal, open_portal
from gamestate.content import catalogue
from gamestate.content.live import LiveContent
from gamestate.observe import log
from gamestate.observe.metrics import Metrics
from gamestate.server.config import Settings
from gamestate.server.stores import open_stores
from gamestate.server.wiring import Game, open_game
from persistence.cold.migrate import migrate
from persistence.embedded.servers import Endpoints
from persistence.records import UNOWNED
from tests.bench.population import CALLERS, CHARACTERS, document

OWNER: Final = "bench"
ITEM_IDS_EACH: Final = 10_000
ITEMS: Final = 6
"""With six items a character is about 1 KiB as Redis holds it."""

UNDISTURBED: Final = {
    "backup_interval_s": 3_600.0,
    "passivate_after_s": 86_400.0,
    "drain_timeout_s": 0.1,  # what the stores hold is thrown away
}


@frozen
class Seed:
    """The characters a case starts with, and where it keeps them.

    Attributes:
        name: of the case's database. `redis_db`: its number in Redis.
        stage: with 'inventory' a login loads the items too.
    """

    name: str
    redis_db: int
    characters: int = CHARACTERS
    items: int = ITEMS
    stage: str = "inventory"


@frozen
class Running:
    """A game in this process, and the way to its stores."""

    game: Game
    portal: Portal
    stores: Endpoints

    async def ask(self, char_id: int, type_: str, payload: Any) -> Any:
        """One message and its reply."""
        return (await self.game.orchestrator.ask(char_id, type_, payload)).reply

    async def log_in(self, char_ids: Iterable[int]) -> None:
        """Log in, many at once."""
        waiting = iter(char_ids)
        async with trio.open_nursery() as nursery:
            for _ in range(CALLERS):
                nursery.start_soon(self._log_in, waiting)

    async def _log_in(self, waiting: Iterator[int]) -> None:
        for char_id in waiting:
            await self.game.orchestrator.restore_full_state(char_id)


@asynccontextmanager
async def running_game(endpoints: Endpoints, seed: Seed, **settings: Any) -> AsyncIterator[Running]:
    """Characters in Postgres, nobody logged in yet. On trio."""
    configured = Settings(**{**UNDISTURBED, **settings})
    content = LiveContent.read(configured.content_dir)
    async with open_portal() as portal:
        stores = await portal.call(seeded_stores, endpoints, seed)
        async with (
            open_stores(portal, stores, configured) as (hot, cold),
            open_game(
                configured, hot, cold, content, Metrics(), OWNER, log.get_logger("bench")
            ) as game,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(game.garbage.run)
            yield Running(game, portal, stores)
            nursery.cancel_scope.cancel()


async def seeded_stores(endpoints: Endpoints, seed: Seed) -> Endpoints:
    """An empty Redis database and a Postgres database with the characters. On asyncio."""
    log.configure_logs("console", "error")
    assert endpoints.postgres_dsn is not None
    await _create_database(endpoints.postgres_dsn, f"bench_{seed.name}")
    dsn = urlunsplit(urlsplit(endpoints.postgres_dsn)._replace(path=f"/bench_{seed.name}"))
    await migrate(dsn)
    await _fill(dsn, seed)
    if endpoints.redis_url is None:
        return Endpoints(None, dsn)
    server = endpoints.redis_url.partition("?")[0]
    stores = Endpoints(f"{server}?db={seed.redis_db}", dsn)
    await forget_in_redis(stores)
    return stores


async def forget_in_redis(stores: Endpoints) -> None:
    """Empty the case's database. On asyncio."""
    assert stores.redis_url is not None
    async with redis.asyncio.Redis.from_url(stores.redis_url) as client:
        await client.flushdb()


async def _create_database(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    finally:
        await connection.close()


async def _fill(dsn: str, seed: Seed) -> None:
    char_ids = range(1, seed.characters + 1)
    templates = sorted(catalogue.load(None).items)
    connection = await asyncpg.connect(dsn)
    try:
        await _copy(connection, "characters", _CHARACTER, [_character(n, seed) for n in char_ids])
        await _copy(connection, "character_stats", ("char_id", "stats"), map(_stats, char_ids))
        await _copy(
            connection, "character_receipts", ("char_id", "receipts"), [(n, "[]") for n in char_ids]
        )
        items = [_item(n, place, templates) for n in char_ids for place in range(seed.items)]
        await _copy(connection, "inventory_items", _ITEM, items)
        taken = ITEM_IDS_EACH * (seed.characters + 1)
        await connection.execute(f"SELECT setval('item_ids', {taken})")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


_CHARACTER: Final = (
    "char_id", "name", "gender", "game_stage", "location_id", "prev_location_id", "vitals", "owner",
)  # fmt: skip
_ITEM: Final = ("item_id", "char_id", "template_id", "quantity", "position")


async def _copy(
    connection: asyncpg.Connection[asyncpg.Record],
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[object, ...]],
) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)


def _character(char_id: int, seed: Seed) -> tuple[object, ...]:
    character = document(char_id)
    bio, place = character["bio"], character["location"]
    vitals = orjson.dumps(character["vitals"]).decode()
    whereabouts = place["current"], place["prev"]
    return (char_id, bio["name"], bio["gender"], seed.stage, *whereabouts, vitals, UNOWNED)


def _stats(char_id: int) -> tuple[object, ...]:
    return char_id, orjson.dumps(document(char_id)["stats"]).decode()


def _item(char_id: int, place: int, templates: Sequence[str]) -> tuple[object, ...]:
    template_id = templates[(char_id * 7 + place * 13) % len(templates)]
    return char_id * ITEM_IDS_EACH + place, char_id, template_id, 1, place
