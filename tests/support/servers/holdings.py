"""What the stores hold of characters, read past the server, against what clients know of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import orjson

from tests.support.players.ledger import Account, Held
from tests.support.servers.stores import redis_client

CORES = """
SELECT char_id, version, location_id, prev_location_id, vitals::text, stats::text
FROM characters JOIN character_stats USING (char_id) WHERE char_id = ANY($1)
"""
ITEMS = """
SELECT char_id, item_id, template_id, quantity, slot FROM inventory_items WHERE char_id = ANY($1)
"""


def versions_in_redis(url: str, char_ids: Sequence[int]) -> list[int]:
    """The version of each character; 0: not there."""
    with redis_client(url) as redis:
        asked = redis.pipeline(transaction=False)
        for char_id in char_ids:
            asked.hget(f"ac:{char_id}", "version")
        return [int(version or 0) for version in asked.execute()]


def held_in_redis(url: str, accounts: Iterable[Account]) -> list[str]:
    """What Redis does not have of these, though it is said to."""
    known = list(accounts)
    versions = versions_in_redis(url, [account.char_id for account in known])
    return [
        f"character {account.char_id}: version {version} instead of {account.version}"
        for account, version in zip(known, versions, strict=True)
        if version != account.version
    ]


def held_in_postgres(dsn: str, accounts: Iterable[Account]) -> list[str]:
    """What Postgres has otherwise than these say: version, core and every item."""
    known = {account.char_id: account for account in accounts}
    return asyncio.run(_compare(dsn, known))


async def _compare(dsn: str, known: Mapping[int, Account]) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        cores = await connection.fetch(CORES, list(known))
        items = await connection.fetch(ITEMS, list(known))
    finally:
        await connection.close()
    carried: defaultdict[int, dict[int, Held]] = defaultdict(dict)
    for row in items:
        carried[row["char_id"]][row["item_id"]] = Held(
            row["template_id"], row["quantity"], row["slot"]
        )
    stored = {row["char_id"]: (_core(row), carried[row["char_id"]]) for row in cores}
    return [
        f"character {char_id}: {stored.get(char_id)} instead of {_account(account)}"
        for char_id, account in known.items()
        if stored.get(char_id) != _account(account)
    ]


Core = Mapping[str, object]


def _core(row: asyncpg.Record) -> Core:
    return {
        "version": row["version"],
        "location": {"current": row["location_id"], "prev": row["prev_location_id"]},
        "vitals": orjson.loads(row["vitals"]),
        "stats": orjson.loads(row["stats"]),
    }


def _account(account: Account) -> tuple[Core, Mapping[int, Held]]:
    core = {name: getattr(account, name) for name in ("version", "location", "vitals", "stats")}
    return core, account.items
