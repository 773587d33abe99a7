"""Stores that are slow, or gone: nothing piles up, what is too much is refused, and all is well
again by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
import trio

from actors.envelope import ReplySlot
from actors.errors import TooManyStartsError
from gamestate.api.problems import kind_of
from gamestate.errors import NotYetInPostgresError
from persistence.errors import StoreUnavailableError
from persistence.hot import group_commit
from tests.support.game import Server, World, eventually

REDIS_TIMEOUT_S = 2.0
POSTGRES_TIMEOUT_S = 10.0
CAPACITY = 8
BACKLOG = 100
PLAYERS = 40
RESTING = 50
MINUTE_S = 60
TICKS_PER_S = 4


class Outcomes:
    """What came of the messages, by HTTP status, and how many wait."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.waiting = 0

    def slot(self) -> ReplySlot:
        self.waiting += 1
        return _Counted(self)


class _Counted(ReplySlot):
    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__()
        self._outcomes = outcomes

    def settled(self) -> None:
        self._outcomes.waiting -= 1
        self._outcomes.statuses[200 if self.error is None else kind_of(self.error).status] += 1


async def play_for_a_minute(server: Server, heroes: Sequence[int]) -> Outcomes:
    """Every character is sent eight messages a second, answered or not; what waits stays
    bounded."""
    outcomes = Outcomes()
    for _ in range(MINUTE_S):
        for _ in range(TICKS_PER_S):
            for hero in heroes:
                submit(server, hero, outcomes.slot(), "core.adjust_stats", {"wisdom": 0})
                submit(server, hero, outcomes.slot(), "core.view", {})
            await trio.sleep(1 / TICKS_PER_S)
        assert server.metric("commits_waiting") <= BACKLOG
        assert outcomes.waiting <= PLAYERS * 3 * CAPACITY
        assert server.game.system.registry.starting <= PLAYERS + RESTING
    return outcomes


def submit(server: Server, hero: int, slot: ReplySlot, type_: str, payload: object) -> None:
    server.orchestrator.submit(hero, type_, payload, None, slot)


async def playing(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Server, list[int]]:
    """A small server, and characters that are logged in."""
    monkeypatch.setattr(group_commit, "MAX_BACKLOG", BACKLOG)
    monkeypatch.setattr(group_commit, "MAX_TURNS", 20)
    server = await world.start(mailbox_capacity=CAPACITY)
    return server, [await server.character() for _ in range(PLAYERS)]


async def is_well(server: Server, heroes: Sequence[int]) -> None:
    """The stores answer, nothing waits, and everybody plays on Redis."""
    await eventually(lambda: not server.game.health.missing)
    await eventually(lambda: server.metric("commits_waiting") == 0)
    for hero in heroes:
        receipt = await server.send_until_answered(hero, "core.move", "m-1", location="inn")
        assert receipt.durability == "redis"


async def test_a_redis_that_answers_too_late_is_done_without(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, heroes = await playing(world, monkeypatch)
    world.redis.slow_down(3, REDIS_TIMEOUT_S)
    outcomes = await play_for_a_minute(server, heroes)
    assert outcomes.statuses.keys() <= {200, 429, 503, 504}
    assert outcomes.statuses[200] > 0.9 * outcomes.statuses.total()
    world.redis.slow_down(0, REDIS_TIMEOUT_S)
    await is_well(server, heroes)


async def test_a_redis_that_answers_late_refuses_what_is_too_much(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, heroes = await playing(world, monkeypatch)
    world.redis.slow_down(1.5, REDIS_TIMEOUT_S)
    outcomes = await play_for_a_minute(server, heroes)
    assert outcomes.statuses.keys() <= {200, 429, 503, 504}
    assert outcomes.statuses[429] > outcomes.statuses[200] > 0
    world.redis.slow_down(0, REDIS_TIMEOUT_S)
    await is_well(server, heroes)


async def test_a_postgres_that_answers_too_late_costs_nobody_a_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, heroes = await playing(world, monkeypatch)
    resting = [await server.create() for _ in range(RESTING)]
    world.postgres.slow_down(12, POSTGRES_TIMEOUT_S)
    logins = [server.login_soon(one) for one in resting]
    outcomes = await play_for_a_minute(server, heroes)
    assert outcomes.statuses.keys() == {200}
    assert all(isinstance(it.error, (StoreUnavailableError, TooManyStartsError)) for it in logins)
    with pytest.raises(NotYetInPostgresError):
        await server.orchestrator.ask(heroes[0], "core.view", {}, wait="postgres")
    world.postgres.slow_down(0, POSTGRES_TIMEOUT_S)
    await is_well(server, heroes)
    await eventually(lambda: all(world.row(hero).version > 200 for hero in heroes))
    for one in resting:
        await server.login(one)


async def test_without_both_stores_everything_is_a_503_until_they_are_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, heroes = await playing(world, monkeypatch)
    for hero in heroes:
        await server.send(hero, "core.adjust_stats", wisdom=1)
    resting = await server.create()
    world.redis.go_down()
    world.postgres.go_down()
    outcomes = await play_for_a_minute(server, heroes)
    assert outcomes.statuses.keys() == {503}
    with pytest.raises(StoreUnavailableError):
        await server.login(resting)
    assert len(server.game.system.registry) == 0
    world.redis.come_back()
    world.postgres.come_back()
    await is_well(server, heroes)
    for hero in heroes:
        assert (await server.view(hero))["stats"]["wisdom"] == 11
    await server.login(resting)
