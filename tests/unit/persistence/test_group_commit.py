"""Group commit: what waits goes together, in order, and to Postgres while Redis is away."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from persistence.errors import (
    BacklogFullError,
    BadRecordError,
    ColdStoreUnavailableError,
    FencedOutError,
)
from persistence.health import StoreHealth
from persistence.hot import group_commit
from persistence.hot.group_commit import MAX_BYTES, MAX_TURNS, GroupCommit
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import ColdClaim, HotClaim
from persistence.reporting import reporting
from tests.support.faulty_stores import with_faults
from tests.support.game import World
from tests.unit.persistence.character import OWNER, Character, new_character


@pytest.fixture
async def commits(world: World, nursery: trio.Nursery) -> GroupCommit:
    hot, cold = with_faults(world.hot, world.redis), with_faults(world.cold, world.postgres)
    observer = StoreObserver()
    health = StoreHealth(hot, cold, observer)
    hot, cold = reporting(hot, health.failed), reporting(cold, health.failed)
    made = GroupCommit(hot, cold, health, observer, Invariants(observer))
    nursery.start_soon(made.run)
    return made


async def known(world: World) -> Character:
    """A character Redis has, too."""
    hero = await new_character(world.cold)
    await world.hot.commit([hero.whole()])
    return hero


def sizes(world: World) -> list[int]:
    """How many turns went in each call."""
    return [len(args[0]) for args in world.redis.calls_of("commit")]


async def test_turns_that_are_sent_together_go_together(world: World, commits: GroupCommit) -> None:
    heroes = [await known(world) for _ in range(20)]
    for hero in heroes:
        commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert sizes(world) == [20]
    assert all(hero.landed_in == [(2, "redis")] for hero in heroes)


async def test_one_call_has_a_bounded_number_of_turns(world: World, commits: GroupCommit) -> None:
    hero = await known(world)
    for _ in range(3 * MAX_TURNS):
        commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert max(sizes(world)) == MAX_TURNS
    assert [version for version, _ in hero.landed_in] == list(range(2, 3 * MAX_TURNS + 2))


async def test_one_call_has_a_bounded_number_of_bytes(world: World, commits: GroupCommit) -> None:
    hero = await known(world)
    for _ in range(4):
        commits.submit(hero.turn(size_bytes=MAX_BYTES * 2 // 5), hero)
    commits.submit(hero.turn(size_bytes=MAX_BYTES * 2), hero)
    await wait_all_tasks_blocked()
    assert sizes(world) == [2, 2, 1]


async def test_calls_go_one_after_another(world: World, commits: GroupCommit) -> None:
    heroes = [await known(world) for _ in range(3)]
    gate = world.redis.hold("commit")
    commits.submit(heroes[0].turn(), heroes[0])
    await gate.reached()
    for hero in heroes[1:]:
        commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert len(commits) == 2
    gate.open()
    await wait_all_tasks_blocked()
    assert sizes(world) == [1, 2]


async def test_a_full_queue_takes_nothing_more(
    world: World, commits: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_BACKLOG", 2)
    hero = await known(world)
    gate = world.redis.hold("commit")
    commits.submit(hero.turn(), hero)
    await gate.reached()
    commits.submit(hero.turn(), hero)
    commits.submit(hero.turn(), hero)
    with pytest.raises(BacklogFullError):
        commits.submit(hero.turn(), hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert [version for version, _ in hero.landed_in] == [2, 3, 4]


async def test_a_fenced_turn_fails_and_the_others_of_its_call_land(
    world: World, commits: GroupCommit
) -> None:
    hero, other = await known(world), await known(world)
    await world.hot.claim([HotClaim(hero.char_id, 9, "server-b")])
    commits.submit(hero.turn(), hero)
    commits.submit(other.turn(), other)
    await wait_all_tasks_blocked()
    assert isinstance(hero.errors[0], FencedOutError)
    assert hero.landed_in == []
    assert other.landed_in == [(2, "redis")]


async def test_a_character_that_redis_lost_is_sent_whole(
    world: World, commits: GroupCommit
) -> None:
    hero = await known(world)
    world.restart_redis_empty()
    for _ in range(3):
        commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert [durability for _, durability in hero.landed_in] == ["redis"] * 3
    assert world.version_in_redis(hero.char_id) == 4
    assert world.hot.core(hero.char_id)[b"location"] == b"start-4"


async def test_nothing_is_sent_again_for_a_character_that_is_gone(
    world: World, commits: GroupCommit
) -> None:
    hero = await known(world)
    world.restart_redis_empty()
    commits.submit(hero.turn(), hero)
    hero.gone = True
    await wait_all_tasks_blocked()
    assert world.version_in_redis(hero.char_id) == 0
    assert sizes(world) == [1]


async def test_without_redis_postgres_takes_the_turns(world: World, commits: GroupCommit) -> None:
    heroes = [await known(world) for _ in range(3)]
    world.redis.go_down()
    for hero in heroes:
        commits.submit(hero.turn(), hero)
        commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert all(hero.landed_in == [(2, "postgres"), (3, "postgres")] for hero in heroes)
    assert [world.row(hero.char_id).version for hero in heroes] == [3, 3, 3]
    assert world.postgres.count("save") == 1


async def test_redis_is_not_asked_while_it_is_known_to_be_down(
    world: World, commits: GroupCommit
) -> None:
    hero = await known(world)
    world.redis.lose_request("commit")
    for _ in range(3):
        commits.submit(hero.turn(), hero)
        await wait_all_tasks_blocked()
    assert sizes(world) == []
    assert [durability for _, durability in hero.landed_in] == ["postgres"] * 3


async def test_a_turn_that_falls_back_may_be_fenced_by_postgres(
    world: World, commits: GroupCommit
) -> None:
    hero = await known(world)
    world.redis.go_down()
    await world.cold.claim([ColdClaim(hero.char_id, 5, "server-b")])
    commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert isinstance(hero.errors[0], FencedOutError)
    assert hero.landed_in == []


async def test_a_record_that_postgres_refuses_fails_alone(
    world: World, commits: GroupCommit
) -> None:
    heroes = [await known(world) for _ in range(4)]
    world.redis.go_down()
    heroes[2].spoil()
    for hero in heroes:
        commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert isinstance(heroes[2].errors[0], BadRecordError)
    assert [len(hero.landed_in) for hero in heroes] == [1, 1, 0, 1]


async def test_without_both_stores_a_turn_fails(world: World, commits: GroupCommit) -> None:
    hero = await known(world)
    world.redis.go_down()
    world.postgres.go_down()
    commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert isinstance(hero.errors[0], ColdStoreUnavailableError)
    world.redis.come_back()
    world.postgres.come_back()
    other = await known(world)
    commits.submit(other.turn(), other)
    await wait_all_tasks_blocked()
    assert other.landed_in == [(2, "postgres")]


async def test_a_lost_answer_writes_nothing_twice(world: World, commits: GroupCommit) -> None:
    hero = await known(world)
    world.redis.lose_answer("commit")
    commits.submit(hero.turn(), hero)
    await wait_all_tasks_blocked()
    assert hero.landed_in == [(2, "postgres")]
    assert world.version_in_redis(hero.char_id) == world.row(hero.char_id).version == 2
    assert world.owner_in_redis(hero.char_id) == OWNER
