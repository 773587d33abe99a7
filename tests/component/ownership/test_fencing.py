"""One writer: an activation that lost its character stops, and nothing of it is stored."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from gamestate.errors import OwnedElsewhereError
from persistence.errors import FencedOutError
from persistence.records import ColdClaim, HotClaim
from tests.support.game import Server, World


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def take_over(world: World, hero: int, owner: str = "server-b") -> None:
    """Another server claims the character, in both stores, as a restore does."""
    (row,) = await world.cold.claim([ColdClaim(hero, 0, owner)])
    assert row is not None
    await world.hot.claim([HotClaim(hero, row.epoch, owner)])


async def test_a_turn_of_an_older_epoch_is_refused_by_redis(world: World, server: Server) -> None:
    hero = await server.character()
    await take_over(world, hero)
    stored = world.hot.core(hero)
    with pytest.raises(FencedOutError):
        await server.send(hero, "core.move", location="forest")
    assert world.hot.core(hero) == stored
    assert server.metric("fenced_total", store="redis") == 1


async def test_a_fenced_actor_is_gone_and_its_character_is_elsewhere(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await take_over(world, hero)
    with pytest.raises(FencedOutError):
        await server.send(hero, "core.move", location="forest")
    assert not server.is_active(hero)
    with pytest.raises(OwnedElsewhereError):
        await server.send(hero, "core.view")


async def test_whoever_waits_in_the_mailbox_of_a_fenced_actor_hears_of_it(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.postgres.hold("items")
    loading = server.submit(hero, "inventory.view")
    await gate.reached()
    waiting = server.submit(hero, "core.move", location="forest")
    await take_over(world, hero)
    server.activation(hero).fenced_by("redis")
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(waiting.error, FencedOutError)
    assert isinstance(loading.error, FencedOutError)


async def test_a_backup_of_an_older_epoch_is_refused_by_postgres(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await world.cold.claim([ColdClaim(hero, 0, "server-b")])
    stored = world.row(hero)
    await server.orchestrator.backup_full_state(hero)
    assert world.row(hero) == stored
    assert not server.is_active(hero)
    assert server.metric("fenced_total", store="postgres") == 1


async def test_a_turn_that_falls_back_to_postgres_is_fenced_there(
    world: World, server: Server
) -> None:
    hero = await server.character()
    world.redis.go_down()
    await world.cold.claim([ColdClaim(hero, 0, "server-b")])
    stored = world.row(hero)
    with pytest.raises(FencedOutError):
        await server.send(hero, "core.move", location="forest")
    assert world.row(hero) == stored
    assert not server.is_active(hero)


async def test_a_login_notices_that_another_server_took_the_character(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await take_over(world, hero)
    assert (await server.login(hero)).character["epoch"] == 3
    assert (await server.send(hero, "core.move", location="forest")).version == 2


async def test_a_character_taken_over_is_played_on_by_the_other_server(world: World) -> None:
    one, two = await world.start("server-a"), await world.start("server-b")
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    login = await two.login(hero)
    assert login.restored_from == "redis"
    assert login.character["location"]["current"] == "forest"
    await two.send(hero, "core.move", location="lake")
    with pytest.raises(OwnedElsewhereError):
        await one.send(hero, "core.move", location="swamp")
    assert world.version_in_redis(hero) == 3
    await two.stop()
    assert world.row(hero).location_id == "lake"


async def test_of_two_servers_that_log_in_at_once_one_has_the_character(world: World) -> None:
    one, two = await world.start("server-a"), await world.start("server-b")
    hero = await one.create()
    logins = [server.login_soon(hero) for server in (one, two)]
    await wait_all_tasks_blocked()
    assert any(login.value for login in logins)
    turns = [server.submit(hero, "core.move", location="forest") for server in (one, two)]
    await wait_all_tasks_blocked()
    assert sorted(turn.error is None for turn in turns) == [False, True]
    assert world.version_in_redis(hero) == 2
