"""The game in this process, on stores in memory that outlive it: for tests under trio's own clock.

    async def test_…(world: World) -> None:
        server = await world.start()          # wiring.open_game, no edge
        hero = await server.character()       # created and logged in
        await server.send(hero, "core.move", location="forest")
        await server.kill()                   # nothing is drained
        server = await world.start()          # on the same stores

`world.redis` and `world.postgres` are the switchboards of the stores' faults; `world.hot` and
`world.cold` are the stores themselves, to be looked at from outside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
import trio
from prometheus_client.parser import text_string_to_metric_families
from trio.testing import MockClock

from actors.envelope import ReplySlot
from actors.errors import ActorStoppedError, AskTimeoutError
from gamestate.content import catalogue
from gamestate.content.live import LiveContent
from gamestate.game.character.activation import Activation
from gamestate.game.character.actor import CharacterActor
from gamestate.game.message_result import MessageResult
from gamestate.game.orchestrator import GameStateOrchestrator, Login
from gamestate.observe.log import get_logger
from gamestate.observe.metrics import Metrics
from gamestate.server import wiring
from gamestate.server.config import Settings
from persistence.errors import (
    ColdStoreUnavailableError,
    FencedOutError,
    HotStoreUnavailableError,
    StoreUnavailableError,
)
from persistence.hot import keys
from persistence.records import CharacterRow
from persistence.testing import MemoryColdStore, MemoryHotStore
from tests.support.faulty_stores import Faults, with_faults

MODULES = ("inventory", "probe", "errand")
ENTRY_POINTS = """[gamestate.modules]
probe = tests.support.modules.probe:probe
errand = tests.support.modules.errand:errand
"""
START_S = 1_800_000_000.0
"""What the wall clock says when trio's says 0; they go together."""

SESSION_TTL_S = 60
SETTINGS = {"session_ttl_s": SESSION_TTL_S}
RETRIED = (StoreUnavailableError, FencedOutError, ActorStoppedError, AskTimeoutError)
RETRY_S = 0.1
POLL_S = 0.01
DEADLINE_S = 120.0
"""On trio's clock, which jumps: a condition that never comes true costs no time."""


async def eventually(condition: Callable[[], object]) -> None:
    """Let time pass until the condition holds. For what no event announces."""
    with trio.move_on_after(DEADLINE_S):
        while not condition():  # noqa: ASYNC110  # no event announces it, and time costs nothing
            await trio.sleep(POLL_S)
    assert condition(), "this did not come true"


class _Life:
    """How a server's task is ended, and seen to have ended."""

    def __init__(self) -> None:
        self.drain = trio.Event()
        self.over = trio.Event()
        self.scope = trio.CancelScope()


class Server:
    """One running game. It ends by `stop`, by `kill`, or with the world.

    Attributes:
        game: what `wiring.open_game` gave.
        owner: its id, under which it owns characters.
    """

    def __init__(
        self, world: World, game: wiring.Game, metrics: Metrics, owner: str, life: _Life
    ) -> None:
        self.game = game
        self.owner = owner
        self._metrics = metrics
        self._life = life
        self._world = world

    @property
    def orchestrator(self) -> GameStateOrchestrator:
        """The way in."""
        return self.game.orchestrator

    async def character(self, name: str = "Mira") -> int:
        """A new character, logged in."""
        char_id = await self.create(name)
        await self.login(char_id)
        return char_id

    async def create(self, name: str = "Mira") -> int:
        """A new character, logged out."""
        char_id: int = (await self.orchestrator.create(name))["char_id"]
        return char_id

    async def login(self, char_id: int) -> Login:
        """Log in."""
        return await self.orchestrator.restore_full_state(char_id)

    async def send(
        self, char_id: int, type_: str, message_id: str | None = None, **payload: Any
    ) -> MessageResult:
        """Send a message and wait for its answer."""
        return await self.orchestrator.ask(char_id, type_, payload, message_id)

    def login_soon(self, char_id: int) -> ReplySlot:
        """Log in without waiting."""
        return self._world.soon(self.login, char_id)

    def logout_soon(self, char_id: int) -> ReplySlot:
        """Log out without waiting."""
        return self._world.soon(self.orchestrator.logout, char_id)

    def submit(
        self, char_id: int, type_: str, message_id: str | None = None, **payload: Any
    ) -> ReplySlot:
        """Send a message without waiting: the slot tells whether it is answered, and how."""
        slot = ReplySlot()
        self.orchestrator.submit(char_id, type_, payload, message_id, slot)
        return slot

    async def send_under(
        self, epoch: int, char_id: int, type_: str, **payload: Any
    ) -> MessageResult:
        """Send a message that is for this epoch only, and wait for its answer."""
        slot = ReplySlot()
        self.orchestrator.submit(char_id, type_, payload, None, slot, epoch=epoch)
        await eventually(lambda: slot.done)
        if slot.error is not None:
            raise slot.error
        receipt: MessageResult = slot.value
        return receipt

    async def send_until_answered(
        self, char_id: int, type_: str, message_id: str, **payload: Any
    ) -> MessageResult:
        """As a client does whose answers get lost: the same message again, until one is given."""
        while True:
            try:
                return await self.send(char_id, type_, message_id, **payload)
            except RETRIED:
                await trio.sleep(RETRY_S)

    async def view(self, char_id: int) -> Mapping[str, Any]:
        """The character as a client sees it."""
        return await self.orchestrator.view(char_id)

    async def pause(self, seconds: float) -> None:
        """Let this much of the jumping clock's time pass."""
        await trio.sleep(seconds)

    def is_active(self, char_id: int) -> bool:
        """Whether the character has an actor that takes messages."""
        return any(actor.char_id == char_id for actor in self.orchestrator.active())

    def activation(self, char_id: int) -> Activation:
        """The activation of a character, in any state."""
        cell = self.game.system.registry.get(char_id)
        assert cell is not None
        assert isinstance(cell.actor, CharacterActor)
        return cell.actor.activation

    def metric(self, name: str, **labels: str) -> float:
        """A metric's value at this moment; 0 if nothing was counted under these labels."""
        text = self._metrics.render().decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"gamestate_{name}" and sample.labels == labels:
                    return float(sample.value)
        return 0.0

    async def stop(self) -> None:
        """Drain and end, as at SIGTERM."""
        self._life.drain.set()
        await self._life.over.wait()

    async def kill(self) -> None:
        """End at once, as at SIGKILL: what is in memory is gone."""
        self._life.scope.cancel()
        await self._life.over.wait()


class World:
    """The stores, and the servers that run on them."""

    def __init__(self, nursery: trio.Nursery, modules: tuple[str, ...] = MODULES) -> None:
        self.hot = MemoryHotStore(
            session_ttl_s=SESSION_TTL_S, modules=modules, clock=trio.current_time
        )
        self.cold = MemoryColdStore()
        self.redis = Faults(HotStoreUnavailableError)
        self.postgres = Faults(ColdStoreUnavailableError)
        self._nursery = nursery
        self._modules = modules

    async def start(self, owner: str = "server-a", **settings: Any) -> Server:
        """A running server. It reconciles at once, as `open_server` lets it."""
        started: Server = await self._nursery.start(self._serve, owner, settings)
        return started

    def soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> ReplySlot:
        """Call it in a task of its own; what it returns or raises is in the slot then."""
        slot = ReplySlot()
        self._nursery.start_soon(_settle, slot, function, args)
        return slot

    async def _serve(
        self,
        owner: str,
        settings: Mapping[str, Any],
        task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        configured = Settings(**{**SETTINGS, "modules": self._modules, **settings})
        metrics, log, life = Metrics(), get_logger("game"), _Life()
        hot = with_faults(self.hot, self.redis)
        cold = with_faults(self.cold, self.postgres)
        with life.scope:
            async with wiring.open_game(
                configured, hot, cold, content(configured), metrics, owner, log, now_s
            ) as game:
                await wiring.reconcile(game, log)
                task_status.started(Server(self, game, metrics, owner, life))
                await life.drain.wait()
        life.over.set()

    # ------------------------------------------------------------------ from outside

    def row(self, char_id: int) -> CharacterRow:
        """The character's rows in Postgres."""
        return self.cold.rows[char_id]

    def version_in_redis(self, char_id: int) -> int:
        """The version in `ac:{char_id}`; 0 if there is none."""
        return int(self.hot.core(char_id).get(keys.VERSION, b"0"))

    def owner_in_redis(self, char_id: int) -> str:
        """The owner in `ac:{char_id}`."""
        return self.hot.core(char_id)[keys.OWNER].decode()

    def session_key(self, char_id: int, module: str) -> bytes:
        """The key of the session that the core in Redis names."""
        session_id = self.hot.core(char_id)[keys.session_field(module).encode()]
        return keys.session(module, session_id.decode())

    def sessions(self, module: str) -> list[bytes]:
        """The keys of all sessions of a module, named by a core or not."""
        stored = self.hot.keys()
        return [key for key in stored if key.startswith(keys.session_prefix(module))]

    def is_dirty(self, char_id: int) -> bool:
        """Whether `dirty_accounts` has the character."""
        return char_id in self.hot.dirty_marks

    def contents(self, char_id: int, session_key: bytes) -> tuple[Any, ...]:
        """Everything Redis has of a character with one session, but for who owns it."""
        owned = (keys.EPOCH, keys.OWNER)
        core = {name: it for name, it in self.hot.core(char_id).items() if name not in owned}
        return core, self.hot.session(session_key), self.hot.receipts(char_id)

    def restart_redis_empty(self) -> None:
        """Redis is a new process that has nothing."""
        self.hot.lose()

    def spoil(self, key: bytes, field: bytes, value: bytes) -> None:
        """Write bytes into a hash in Redis that no server would write."""
        self.hot.hashes[key][field] = value


def now_s() -> float:
    """The wall clock of every server."""
    return START_S + trio.current_time()


async def _settle(slot: ReplySlot, function: Callable[..., Awaitable[Any]], args: Any) -> None:
    try:
        slot.resolve(await function(*args))
    except Exception as error:  # noqa: BLE001  # whatever it is, the test looks at it
        slot.fail(error)


# ---------------------------------------------------------------------- fixtures


def run_jumping(main: Callable[..., Awaitable[Any]], **settings: Any) -> Any:
    """trio.run on a clock that jumps ahead when there is nothing else to do."""
    return trio.run(main, **{**settings, "clock": MockClock(autojump_threshold=0)})


@pytest.fixture
def jumping_clock(request: pytest.FixtureRequest) -> None:
    """The test runs under `run_jumping`, whichever of its fixtures asked for it."""
    request.node.add_marker(pytest.mark.trio(run=run_jumping), append=False)


@pytest.fixture(scope="session")
def probe_entry_point(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for sys.path, in which a package is installed that registers the probe's and the
    errand's module."""
    folder = tmp_path_factory.mktemp("installed")
    metadata = folder / "probe-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


@pytest.fixture
async def world(
    jumping_clock: None,
    nursery: trio.Nursery,
    probe_entry_point: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Empty stores and no server yet."""
    monkeypatch.syspath_prepend(probe_entry_point)
    log_plainly()
    return World(nursery)


def log_plainly() -> None:
    """Log without rich tracebacks, which take longer than a test."""
    structlog.reset_defaults()
    plain = structlog.dev.plain_traceback
    structlog.configure([structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)])


def content(settings: Settings) -> LiveContent:
    """What a server has to play with. All share one catalogue, which is read-only."""
    return LiveContent(_catalogue(settings.content_dir), settings.content_dir)


_catalogue = cache(catalogue.load)
