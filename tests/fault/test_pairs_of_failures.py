"""Two things die at once: what is lost is what docs/guarantees.md says, pair by pair."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest
from attrs import define

from actors.errors import ActorCrashedError, DeliveryError
from persistence.errors import PersistenceError
from tests.support.game import Server, World, eventually

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "guarantees.md"
ROW: Final = re.compile(
    r"^\| (?P<one>[a-zA-Z ]+) \+ (?P<other>[a-zA-Z ]+) \| (?P<lost>[^|]+) \|", re.MULTILINE
)
NOTHING: Final = "nothing"
BACKUP_INTERVAL_S: Final = 3_600.0
BACKED_UP, SINCE_THEN, MEANWHILE = 3, 2, 4


@define
class Play:
    """One character of one server, and how many added points were acknowledged."""

    world: World
    server: Server
    hero: int
    acknowledged: int = 0
    sent: int = 0

    async def add(self, times: int) -> None:
        """Add points one by one, as long as there is a server; refusals are not counted."""
        for _ in range(times):
            self.sent += 1
            try:
                await self.server.send(
                    self.hero, "core.adjust_stats", f"point-{self.sent}", strength=1
                )
            except (PersistenceError, DeliveryError):
                continue
            self.acknowledged += 1

    async def start_again(self) -> None:
        """Another server process on the same stores."""
        self.server = await self.world.start(backup_interval_s=BACKUP_INTERVAL_S)

    async def points(self) -> int:
        """How many there are."""
        stats = (await self.server.view(self.hero))["stats"]
        return int(stats["strength"]) - 10


async def crash_the_actor(play: Play) -> None:
    with pytest.raises((ActorCrashedError, PersistenceError, DeliveryError)):
        await play.server.send(play.hero, "probe.write", text="", then="crash")


async def kill_the_server(play: Play) -> None:
    await play.server.kill()


async def empty_redis(play: Play) -> None:
    play.world.restart_redis_empty()


async def take_redis_away(play: Play) -> None:
    play.world.redis.go_down()


async def take_postgres_away(play: Play) -> None:
    play.world.postgres.go_down()


FAILURES: Final[Mapping[str, Callable[[Play], Awaitable[None]]]] = {
    "Redis empty": empty_redis,
    "Redis away": take_redis_away,
    "Postgres away": take_postgres_away,
    "actor": crash_the_actor,
    "server": kill_the_server,
}
"""In the order in which they are brought about: an actor can only crash in a server."""

PAIRS: Final = [pair for pair in combinations(FAILURES, 2) if pair != ("Redis empty", "Redis away")]


def documented() -> dict[frozenset[str], str]:
    """What is said to be lost, by pair."""
    rows = ROW.finditer(DOCUMENT.read_text("utf-8"))
    return {frozenset((row["one"], row["other"])): row["lost"].strip() for row in rows}


def test_the_guarantees_speak_of_every_pair() -> None:
    assert set(documented()) == set(map(frozenset, PAIRS))


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
async def test_of_two_failures_at_once_no_more_is_lost_than_is_said(
    world: World, pair: tuple[str, str]
) -> None:
    server = await world.start(backup_interval_s=BACKUP_INTERVAL_S)
    play = Play(world, server, await server.character())
    await server.send(play.hero, "probe.begin", text="")
    await play.add(BACKED_UP)
    await server.orchestrator.backup_full_state(play.hero)
    await play.add(SINCE_THEN)

    for failure in pair:
        await FAILURES[failure](play)
    if "server" not in pair:
        await play.add(MEANWHILE)
    world.redis.come_back()
    world.postgres.come_back()
    if "server" in pair:
        await play.start_again()
    await eventually(lambda: not play.server.game.health.missing)
    before = play.acknowledged
    await play.add(MEANWHILE)

    assert play.acknowledged == before + MEANWHILE, "nothing works again"
    await play.server.kill()
    await play.start_again()
    lost = play.acknowledged - await play.points()
    assert lost == (0 if documented()[frozenset(pair)].startswith(NOTHING) else SINCE_THEN)
