"""The end of a run: all faults are gone, every outcome is asked for, and the books must balance."""

from __future__ import annotations

from typing import Final

import trio

from tests.simulation.determinism import stream
from tests.simulation.message import Known
from tests.simulation.requests import Answer, Requests
from tests.simulation.seen import Seen, items_shown
from tests.simulation.server import Server
from tests.simulation.world import NAMES, POLL_S, World

RETRY_S: Final = 0.5
PATIENCE: Final = 40
"""How often something is tried before it counts as never to be had."""


class Judgement:
    """Of one run."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._requests = Requests(world, "judge")
        self._chance = stream(world.schedule.seed, "judgement")

    async def hold(self) -> None:
        """End all servers, start one that had no part in anything, and look: first at what it finds
        in both stores, then at what it finds in Postgres alone."""
        await self._end_everything()
        server = self._world.start("judge")
        await self._world.until_up(server)
        for char_id in self._world.characters:
            await self._insist(server, char_id, "log in")
            await self._settle(server, char_id)
            await self._look(server, char_id)
            await self._insist(server, char_id, "log out")
        self._world.empty_redis()
        for char_id in self._world.characters:
            await self._insist(server, char_id, "log in")
            await self._look(server, char_id)

    async def _end_everything(self) -> None:
        """Some are drained, some killed. What the dead sent is waited for."""
        world = self._world
        while world.calm:  # noqa: ASYNC110  # time is free here
            await trio.sleep(POLL_S)
        world.history.note("judge", "all faults are gone")
        world.calm = True
        for store in ("redis", "postgres"):
            world.bring_back(store)
        for name in NAMES[: world.schedule.servers]:
            server = world.servers[name]
            server.thaw()
            if server.up and self._chance.random() < 0.5:
                await server.stop()
            elif not server.dead:
                server.kill()
        while world.late:  # noqa: ASYNC110
            await trio.sleep(POLL_S)
        world.calm = False
        world.schedule = world.undisturbed

    async def _settle(self, server: Server, char_id: int) -> None:
        """Learn of every message with an id what became of it, by sending it again."""
        for sent in self._world.ledger.sent[char_id]:
            tries = 0
            while sent.known is Known.UNKNOWN and sent.message_id and tries < PATIENCE:
                tries += 1
                await self._requests.send(server, sent)
            if sent.known is Known.UNKNOWN and sent.message_id:
                self._world.history.breaks(f"{sent}: nobody can tell what came of it")

    async def _look(self, server: Server, char_id: int) -> None:
        ledger, world = self._world.ledger, self._world
        await self._requests.view(server, char_id)
        core = (await server.orchestrator.ask(char_id, "core.view", {})).reply
        shown = (await server.orchestrator.ask(char_id, "inventory.view", {})).reply
        where = "what is left in the end"
        seen = Seen(
            where, char_id, core["epoch"], core["version"], core["stats"], items=items_shown(shown)
        )
        ledger.answers(seen, ledger.mark(char_id), ledger.relics_lost(char_id))
        ledger.balances(seen)
        world.history.note("judge", f"{char_id}: v{seen.version} {seen.stats} {seen.items}")

    async def _insist(self, server: Server, char_id: int, what: str) -> None:
        act = self._requests.log_in if what == "log in" else self._requests.log_out
        for _ in range(PATIENCE):
            if await act(server, char_id) is Answer.OK:
                return
            await trio.sleep(RETRY_S)
        self._world.history.breaks(f"{char_id} can't {what} with all faults gone")
