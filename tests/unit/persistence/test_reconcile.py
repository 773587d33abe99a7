"""After a crash: what is dirty and owned by no other server is recovered, each once."""

from __future__ import annotations

import pytest
import trio

from persistence.backup.reconcile import IDS_PER_PEEK, MAX_CONCURRENT_RECOVERIES, Reconciler
from persistence.errors import BadRecordError, HotStoreUnavailableError
from persistence.records import Commit, Ownership
from tests.support.faulty_stores import with_faults
from tests.support.game import World, eventually


async def left(world: World, char_id: int, owner: str, *, dirty: bool = True) -> None:
    await world.hot.commit([Commit(char_id, 1, 5, owner, full=True, dirty=dirty)])


def reconciler(world: World, recovered: list[int]) -> Reconciler:
    async def recover(char_id: int) -> None:
        recovered.append(char_id)

    def ours(ownership: Ownership) -> bool:
        return ownership.owner == "server-a"

    return Reconciler(with_faults(world.hot, world.redis), ours, recover)


async def test_what_is_dirty_and_ours_is_recovered(world: World) -> None:
    await left(world, 1, "server-a")
    await left(world, 2, "server-b")
    await left(world, 3, "server-a", dirty=False)
    await left(world, 4, "server-a")
    recovered: list[int] = []
    assert await reconciler(world, recovered).run() == 2
    assert sorted(recovered) == [1, 4]


async def test_a_mark_without_a_character_is_left_alone(world: World) -> None:
    await left(world, 1, "server-a")
    world.hot.lose(b"ac:1")
    assert await reconciler(world, []).run() == 0


async def test_an_unreadable_record_hides_no_other(world: World) -> None:
    for char_id in (1, 2, 3):
        await left(world, char_id, "server-a")
    world.redis.refuse("peek", BadRecordError(2, "no hash"))
    recovered: list[int] = []
    assert await reconciler(world, recovered).run() == 2
    assert sorted(recovered) == [1, 3]


async def test_thousands_are_looked_up_in_few_calls(world: World) -> None:
    for char_id in range(IDS_PER_PEEK + 1):
        await left(world, char_id, "server-a")
    recovered: list[int] = []
    assert await reconciler(world, recovered).run() == IDS_PER_PEEK + 1
    assert sorted(recovered) == list(range(IDS_PER_PEEK + 1))
    assert world.redis.count("peek") == 2


async def test_only_so_many_are_recovered_at_the_same_time(
    world: World, nursery: trio.Nursery
) -> None:
    for char_id in range(2 * MAX_CONCURRENT_RECOVERIES):
        await left(world, char_id, "server-a")
    under_way, most = 0, 0

    async def recover(char_id: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await trio.sleep(1)
        under_way -= 1

    await Reconciler(world.hot, lambda _: True, recover).run()
    assert most == MAX_CONCURRENT_RECOVERIES


async def test_without_redis_it_says_so(world: World) -> None:
    world.redis.go_down()
    with pytest.raises(HotStoreUnavailableError):
        await reconciler(world, []).run()


async def test_when_redis_goes_away_while_owners_are_looked_up_it_says_so(world: World) -> None:
    await left(world, 1, "server-a")
    world.redis.lose_request("peek")
    with pytest.raises(HotStoreUnavailableError):
        await reconciler(world, []).run()


async def test_a_server_goes_on_when_redis_fails_while_it_recovers(world: World) -> None:
    server = await world.start(backup_interval_s=3_600)
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.kill()
    world.redis.lose_request("peek")
    server = await world.start(backup_interval_s=3_600)
    await eventually(lambda: not server.game.health.missing)
    assert (await server.send(hero, "core.move", location="lake")).version == 3


async def test_a_crashed_server_leaves_nothing_dirty_after_its_restart(world: World) -> None:
    server = await world.start(backup_interval_s=3_600)
    heroes = [await server.character() for _ in range(5)]
    for hero in heroes:
        await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await server.kill()
    assert all(world.is_dirty(hero) for hero in heroes)
    server = await world.start(backup_interval_s=3_600)
    await eventually(lambda: not any(world.is_dirty(hero) for hero in heroes))
    assert [world.row(hero).version for hero in heroes] == [2] * 5
    assert set(await world.cold.items(heroes)) == set(heroes)
    assert [world.row(hero).epoch for hero in heroes] == [2] * 5


async def test_another_servers_dirty_characters_are_not_touched(world: World) -> None:
    one = await world.start("server-a", backup_interval_s=3_600)
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    await world.start("server-b")
    assert world.row(hero).epoch == 1
    assert (await one.send(hero, "core.move", location="lake")).version == 3


async def test_sessions_that_no_character_names_are_swept(world: World) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=1)
    key = world.session_key(hero, "inventory")
    orphan = b"inventory:session:orphan"
    world.hot.hashes[orphan] = dict(world.hot.session(key))
    await server.kill()
    await world.start()
    assert not world.hot.session(orphan)
    assert world.hot.session(key)
