"""Carries out what the schedule has in store for servers and stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import trio

from tests.simulation.determinism import stream
from tests.simulation.schedule import Event, Misfortune
from tests.simulation.server import Server
from tests.simulation.world import NAMES, POLL_S, World

NOTICED_S: Final = 2.5
"""So long Redis is at least away when it comes back empty: servers look every two seconds, and what
they did not notice they can't make good before the next backup."""

QUIET: Final = 0.7
"""How often nobody plays meanwhile: who plays, makes good what Redis lost by the next change."""

MADE_GOOD_S: Final = 3.0
"""So long after an empty Redis is back everything it had is in a store again."""


class Nemesis:
    """All misfortunes of one run."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = stream(world.schedule.seed, "nemesis")
        self._deeds: Mapping[Misfortune, Callable[[Event], Awaitable[None]]] = {
            Misfortune.CRASH: self._crash,
            Misfortune.STOP: self._stop,
            Misfortune.FREEZE: self._freeze,
            Misfortune.CONNECTIONS: self._break_connections,
            Misfortune.REDIS_DOWN: self._redis_down,
            Misfortune.POSTGRES_DOWN: self._postgres_down,
            Misfortune.REDIS_EMPTY: self._redis_empty,
        }

    async def run(self) -> None:
        """Until all has happened."""
        async with trio.open_nursery() as nursery:
            for event in self._world.schedule.events:
                nursery.start_soon(self._happen, event)

    async def _happen(self, event: Event) -> None:
        await trio.sleep(event.at_s)
        await self._until_not_calm()
        await self._deeds[event.what](event)

    async def _until_not_calm(self) -> None:
        while self._world.calm:  # noqa: ASYNC110  # time is free here
            await trio.sleep(POLL_S)

    # ------------------------------------------------------------------ servers

    async def _crash(self, event: Event) -> None:
        server = self._victim(event)
        if not server.dead:
            server.kill()
            await trio.sleep(self._chance.choice((0.0, 0.01, event.lasts_s)))
            self._world.start(server.name)

    async def _stop(self, event: Event) -> None:
        server = self._victim(event)
        if server.up and not server.frozen:
            await server.stop()
            await self._until_not_calm()
            if self._world.servers[server.name] is server:
                self._world.start(server.name)

    async def _freeze(self, event: Event) -> None:
        server = self._victim(event)
        if server.up and not server.frozen:
            server.freeze()
            await trio.sleep(2 * event.lasts_s)
            server.thaw()

    def _victim(self, event: Event) -> Server:
        return self._world.servers[NAMES[event.server]]

    # ------------------------------------------------------------------ stores

    async def _break_connections(self, event: Event) -> None:
        server = self._victim(event)
        link = self._chance.choice((server.redis, server.postgres))
        if self._world.behind():
            link = server.redis
        self._world.history.note(link.name, "loses its connections")
        link.lose_connections()

    async def _redis_down(self, event: Event) -> None:
        await self._outage("redis", event.lasts_s)

    async def _postgres_down(self, event: Event) -> None:
        if self._world.is_down("redis") or self._world.behind():
            self._world.history.note("nemesis", "spares Postgres: it has what Redis lacks")
            return
        await self._outage("postgres", event.lasts_s)

    async def _outage(self, store: str, lasts_s: float) -> None:
        if not self._world.is_down(store):
            self._world.take_down(store)
            await trio.sleep(lasts_s)
            self._world.bring_back(store)

    async def _redis_empty(self, event: Event) -> None:
        """Only where nothing can get lost by it: and then nothing else happens until it is made
        good."""
        world = self._world
        if not world.may_lose_redis():
            world.history.note("nemesis", "spares Redis: not everything it has is elsewhere")
            return
        world.calm, at_risk = True, world.only_in_redis()
        world.quiet = self._chance.random() < QUIET
        world.take_down("redis")
        await trio.sleep(max(NOTICED_S, event.lasts_s))
        world.empty_redis()
        world.bring_back("redis")
        with trio.move_on_after(MADE_GOOD_S):
            while world.unsafe(at_risk):  # noqa: ASYNC110  # time is free here
                await trio.sleep(POLL_S)
        for char_id in world.unsafe(at_risk):
            world.history.breaks(
                f"Redis lost v{at_risk[char_id]} of {char_id}; {MADE_GOOD_S} s after its return it "
                "is in no store"
            )
        world.calm = world.quiet = False
