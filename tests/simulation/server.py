"""One server of a run: the real game on links that can fail, and what a client of it may see."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog
import trio

from actors.envelope import ReplySlot
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.observe.log import Logger
from gamestate.observe.metrics import Metrics
from gamestate.server import wiring
from gamestate.server.config import Settings
from persistence.errors import ColdStoreUnavailableError, HotStoreUnavailableError
from tests.simulation.determinism import content, stream
from tests.simulation.injector import Link
from tests.support.faulty_stores import with_faults
from tests.support.game import now_s

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")

MODULES: Final = ("inventory", "combat", "scenario")
REDIS_TIMEOUT_S: Final = 2.0
POSTGRES_TIMEOUT_S: Final = 10.0
START_AGAIN_S: Final = 0.5
RECEIPTS_KEPT: Final = 256
"""More than any character of a run is sent messages with an id."""


class ServerLostError(Exception):
    """The server is gone: nobody knows what became of the request."""


class Server:
    """One life of one server. Two lives of the same `name` own characters under the same id.

    Attributes:
        game: None until it has started.
        dead: killed, or ended.
    """

    def __init__(self, world: World, name: str, life: int) -> None:
        self.name = name
        self.game: wiring.Game | None = None
        self.dead = False
        self.over = trio.Event()
        self.reconciled = trio.Event()
        chance = stream(world.schedule.seed, f"links of {name} {life}")
        self.redis = Link(f"{name}.redis", HotStoreUnavailableError, REDIS_TIMEOUT_S, world, chance)
        self.postgres = Link(
            f"{name}.postgres", ColdStoreUnavailableError, POSTGRES_TIMEOUT_S, world, chance
        )
        self._world = world
        self._life = trio.CancelScope()
        self._stop = trio.Event()
        self._thawed = trio.Event()
        self._thawed.set()
        self._asking: dict[trio.CancelScope, None] = {}

    @property
    def up(self) -> bool:
        """Whether it takes requests."""
        return self.game is not None and not self.dead and not self._stop.is_set()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return not self._thawed.is_set()

    @property
    def orchestrator(self) -> GameStateOrchestrator:
        """The way in."""
        assert self.game is not None
        return self.game.orchestrator

    # ------------------------------------------------------------------ its life

    async def run(self) -> None:
        """From the first connection to the end."""
        try:
            with self._life:
                while self.game is None:
                    await self._serve()
        except Exception as error:  # noqa: BLE001  # a server never ends by itself
            self._world.history.breaks(f"server {self.name} ended by {error!r}")
        finally:
            self._die()
            self.over.set()

    async def _serve(self) -> None:
        world = self._world
        hot = with_faults(world.hot, self.redis)
        cold = with_faults(world.cold, self.postgres)
        log = _logger(self._logged)
        try:
            async with (
                wiring.open_game(
                    world.settings, hot, cold, content(), Metrics(), self.name, log, now_s
                ) as self.game,
                trio.open_nursery() as nursery,
            ):
                world.history.note(self.name, "serves")
                nursery.start_soon(self._reconcile, self.game, log)
                await self._stop.wait()
                nursery.cancel_scope.cancel()
        except ColdStoreUnavailableError:  # as a supervisor of processes does
            await trio.sleep(START_AGAIN_S)

    async def _reconcile(self, game: wiring.Game, log: Logger) -> None:
        await wiring.reconcile(game, log)
        self.reconciled.set()

    def kill(self) -> None:
        """All its tasks are gone, nothing is drained; what was sent to the stores is on its way."""
        self._world.history.note(self.name, "is killed")
        self._die()
        self._life.cancel()

    async def stop(self) -> None:
        """Drain and end, as at SIGTERM."""
        self._world.history.note(self.name, "is told to stop")
        self._stop.set()
        await self.over.wait()

    def freeze(self) -> None:
        """Stand still, as at SIGSTOP."""
        self._world.history.note(self.name, "freezes")
        self._thawed = trio.Event()
        self.redis.freeze()
        self.postgres.freeze()

    def thaw(self) -> None:
        """Go on."""
        if self.frozen:
            self._world.history.note(self.name, "goes on")
        self._thawed.set()
        self.redis.thaw()
        self.postgres.thaw()

    def _die(self) -> None:
        self.dead = True
        self._thawed.set()
        self.redis.sever()
        self.postgres.sever()
        for scope in list(self._asking):
            scope.cancel()

    def _logged(self, level: str, event: str, facts: dict[str, Any]) -> None:
        if self.dead:
            return
        if facts.get("exc_info") is not None:
            self._world.history.breaks(f"server {self.name}: {event}: {facts}")
        elif level in ("warning", "error"):
            self._world.history.note(self.name, f"{event} {facts}")

    # ------------------------------------------------------------------ what a client does

    async def call(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Ask something of it. Raises: ServerLostError, and what the function raises."""
        with trio.CancelScope() as scope:
            self._asking[scope] = None
            try:
                await self._thawed.wait()
                self._refuse_if_dead()
                try:
                    answer = await function(*args)
                except Exception:
                    await self._thawed.wait()
                    raise
                await self._thawed.wait()
            finally:
                del self._asking[scope]
            return answer
        raise ServerLostError(self.name)

    async def send(
        self,
        char_id: int,
        type_: str,
        payload: Any,
        message_id: str | None,
        settled: Callable[[ReplySlot], None],
    ) -> None:
        """Send a message; `settled` gets the answer in the moment it is given.

        Raises: ServerLostError: there will be none."""
        slot = _Slot(self, settled)

        async def ask() -> None:
            self.orchestrator.submit(char_id, type_, payload, message_id, slot)
            await slot.answered.wait()

        await self.call(ask)

    def _refuse_if_dead(self) -> None:
        if not self.up:
            raise ServerLostError(self.name)


class _Slot(ReplySlot):
    """An answer on its way to a client. Those of a dead server never arrive."""

    __slots__ = ("_on_line", "_server", "answered")

    def __init__(self, server: Server, on_line: Callable[[ReplySlot], None]) -> None:
        super().__init__()
        self.answered = trio.Event()
        self._on_line = on_line
        self._server = server

    def settled(self) -> None:
        if not self._server.dead:
            self._on_line(self)
            self.answered.set()


def settings(backup_interval_s: float, session_ttl_s: int, passivate_after_s: float) -> Settings:
    """Of every server of a run."""
    return Settings(
        backup_interval_s=backup_interval_s,
        session_ttl_s=session_ttl_s,
        passivate_after_s=passivate_after_s,
        modules=MODULES,
        module_settings={"combat": {"turn_deadline_s": 4}},
        receipts_kept=RECEIPTS_KEPT,
    )


def _logger(on_line: Callable[[str, str, dict[str, Any]], None]) -> Logger:
    def hear(_: object, level: str, event: MutableMapping[str, Any]) -> str:
        on_line(level, event.pop("event"), dict(event))
        raise structlog.DropEvent

    made: Logger = structlog.wrap_logger(
        None,
        processors=[hear],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        context_class=dict,
    )
    return made
