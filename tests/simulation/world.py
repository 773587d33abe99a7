"""The two stores and the servers on them, and what may befall them at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import trio
from attrs import evolve

from gamestate.game.character.activation import Activation
from gamestate.game.character.actor import CharacterActor
from gamestate.game.message_result import MessageResult
from persistence.records import Ownership
from persistence.testing import MemoryColdStore, MemoryHotStore
from tests.simulation.history import History
from tests.simulation.injector import QUICK_S, Link
from tests.simulation.ledger import Ledger
from tests.simulation.message import TALLIES
from tests.simulation.schedule import Schedule
from tests.simulation.seen import MARCHED
from tests.simulation.server import MODULES, RECEIPTS_KEPT, Server, settings
from tests.simulation.watch import Watch

NAMES: Final = ("alder", "birch")
STATS: Final = dict.fromkeys((*TALLIES, MARCHED), 0)
POLL_S: Final = 0.05


class World:
    """One run.

    Attributes:
        servers: by name, the latest life of each.
        calm: nothing goes wrong: something is in one place only, and to lose that, too, would be a
            second fault.
        quiet: no client begins anything.
        late: requests of the lost and dead that may still reach a store.
        logins: how many are under way.
    """

    def __init__(self, schedule: Schedule, history: History, nursery: trio.Nursery) -> None:
        self.schedule = schedule
        self.history = history
        self.nursery = nursery
        self.hot = MemoryHotStore(
            session_ttl_s=schedule.session_ttl_s,
            modules=MODULES,
            receipts_kept=RECEIPTS_KEPT,
            clock=trio.current_time,
        )
        self.cold = MemoryColdStore()
        self.settings = settings(
            schedule.backup_interval_s, schedule.session_ttl_s, schedule.passivate_after_s
        )
        self.ledger = Ledger(history)
        self.watch = Watch(self.hot, self.cold, self.ledger, history, MODULES)
        self.undisturbed = evolve(schedule, error_rate=0.0, late_rate=0.0, slow_s=QUICK_S)
        self.servers: dict[str, Server] = {}
        self.characters: list[int] = []
        self.calm = False
        self.quiet = False
        self.late = 0
        self.logins = 0
        self._lives = 0
        self._down: set[str] = set()

    # ------------------------------------------------------------------ servers

    def start(self, name: str) -> Server:
        """A server starts, on the stores as they are."""
        self._lives += 1
        server = self.servers[name] = Server(self, name, self._lives)
        for store in sorted(self._down):
            self._links(server)[store].go_down()
        self.nursery.start_soon(server.run)
        return server

    async def create_characters(self) -> None:
        """As many as the schedule says, straight into Postgres."""
        for number in range(self.schedule.characters):
            server = self.servers[NAMES[number % self.schedule.servers]]
            view = await server.orchestrator.create(f"Hero {number}", stats=STATS)
            self.characters.append(view["char_id"])

    def activation(self, server: Server, char_id: int) -> Activation | None:
        """What a server has of a character in memory."""
        cell = server.game.system.registry.get(char_id) if server.game is not None else None
        actor = cell.actor if cell is not None else None
        if isinstance(actor, CharacterActor) and hasattr(actor.activation, "state"):
            return actor.activation
        return None

    async def until_up(self, server: Server) -> None:
        """Until it takes requests and has reconciled."""
        while not (server.up and server.reconciled.is_set()):  # noqa: ASYNC110  # time is free here
            await trio.sleep(POLL_S)

    # ------------------------------------------------------------------ stores

    def take_down(self, store: str) -> None:
        """'redis' or 'postgres' is out of reach for everybody."""
        self.history.note(store, "is down")
        self._down.add(store)
        for server in self.servers.values():
            self._links(server)[store].go_down()

    def bring_back(self, store: str) -> None:
        """It is there again."""
        self.history.note(store, "is back")
        self._down.discard(store)
        for server in self.servers.values():
            self._links(server)[store].come_back()

    def is_down(self, store: str) -> bool:
        """Whether it is out of reach."""
        return store in self._down

    def empty_redis(self) -> None:
        """It has nothing any more."""
        self.history.note("redis", "is empty")
        self.hot.lose()
        self.watch.redis_forgot()

    def _links(self, server: Server) -> Mapping[str, Link]:
        return {"redis": server.redis, "postgres": server.postgres}

    # ------------------------------------------------------------------ what is where

    def in_redis(self, char_id: int) -> Ownership:
        """What Redis says of a character; nothing is e0 v0."""
        return self.hot.ownership(char_id) or Ownership(0, 0, "")

    def in_postgres(self, char_id: int) -> Ownership:
        """What Postgres says of it."""
        row = self.cold.rows[char_id]
        return Ownership(row.epoch, row.version, row.owner)

    def epoch(self, char_id: int) -> int:
        """The greatest that is claimed."""
        return max(self.in_redis(char_id).epoch, self.in_postgres(char_id).epoch)

    def only_in_redis(self) -> dict[int, int]:
        """The characters that Redis has newer than Postgres, and the version it has."""
        versions = {one: self.in_redis(one).version for one in self.characters}
        return {one: it for one, it in versions.items() if it > self.in_postgres(one).version}

    def behind(self) -> bool:
        """Whether Postgres has what Redis lacks: as long as no server that knows it has made it
        good, to lose Postgres would be the third fault, after the loss of Redis and of that
        server."""
        return any(
            0 < self.in_redis(one).version < self.in_postgres(one).version
            for one in self.characters
        )

    def unsafe(self, versions: Mapping[int, int]) -> list[int]:
        """The characters of which neither store has this version."""
        return [
            one
            for one, version in versions.items()
            if max(self.in_redis(one).version, self.in_postgres(one).version) < version
        ]

    def may_lose_redis(self) -> bool:
        """Whether everything that only Redis has is in the memory of a server that is well and will
        not be taken from: else its loss would be the second fault."""
        well = [it for it in self.servers.values() if it.reconciled.is_set() and not it.frozen]
        if self._down or self.late or self.logins or len(well) < len(self.servers):
            return False
        if not all(server.up for server in well):
            return False
        return all(self._is_held(char_id, well) for char_id in self.only_in_redis())

    def _is_held(self, char_id: int, servers: list[Server]) -> bool:
        redis, postgres = self.in_redis(char_id), self.in_postgres(char_id)
        found = [self.activation(server, char_id) for server in servers]
        return redis.epoch == postgres.epoch and any(
            one is not None
            and one.loaded
            and one.state.epoch == redis.epoch
            and one.state.version >= redis.version
            for one in found
        )

    def tells_the_truth(self, what: str, char_id: int, receipt: MessageResult) -> None:
        """A reply says where it is safe: it must be there, now."""
        redis, postgres = self.in_redis(char_id), self.in_postgres(char_id)
        stored = postgres.version
        if receipt.durability == "redis":
            stored = max(stored, redis.version)
        if stored < receipt.version:
            self.history.breaks(
                f"{what} was answered v{receipt.version}, safe in {receipt.durability}; Redis has "
                f"v{redis.version}, Postgres v{postgres.version}"
            )
