"""A clean session that nobody uses expires in Redis: Postgres has it, so nothing is lost, and
nothing is counted as lost."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gamestate.game.session_expiry import PERIOD_S
from persistence.errors import ColdStoreUnavailableError
from persistence.hot import keys
from persistence.records import UNOWNED
from tests.support.game import SESSION_TTL_S, Server, World, eventually

EXPIRED_S = SESSION_TTL_S + PERIOD_S + 1


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(backup_interval_s=1, passivate_after_s=10_000)


async def saved_inventory(world: World, server: Server) -> int:
    """A character with five vials, in both stores."""
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await eventually(lambda: not world.is_dirty(hero))
    return hero


async def quantity(server: Server, hero: int) -> int:
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    return sum(item["quantity"] for item in backpack)


def named(world: World, hero: int) -> bytes:
    """The inventory session that the core in Redis names."""
    return world.hot.core(hero)[b"inventory_session_id"]


def lost(server: Server) -> float:
    return server.metric("sessions_lost_total", module="inventory")


# ------------------------------------------------------------------ while its character plays


async def test_the_core_no_longer_names_what_expired(world: World, server: Server) -> None:
    hero = await saved_inventory(world, server)
    version = world.version_in_redis(hero)
    await trio.sleep(EXPIRED_S)
    assert named(world, hero) == b""
    assert world.version_in_redis(hero) == version
    assert not world.is_dirty(hero)


async def test_the_memory_keeps_what_expired(world: World, server: Server) -> None:
    hero = await saved_inventory(world, server)
    reads, session = world.postgres.count("items"), (await server.view(hero))["sessions"]
    await trio.sleep(EXPIRED_S)
    assert await quantity(server, hero) == 5
    assert (await server.view(hero))["sessions"] == session
    assert world.postgres.count("items") == reads


async def test_the_next_change_brings_it_back_under_its_name(world: World, server: Server) -> None:
    hero = await saved_inventory(world, server)
    key = world.session_key(hero, "inventory")
    await trio.sleep(EXPIRED_S)
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    assert world.session_key(hero, "inventory") == key
    await server.kill()
    server = await world.start()
    assert await quantity(server, hero) == 10
    assert lost(server) == 0


async def test_redis_is_told_once(world: World, server: Server) -> None:
    await saved_inventory(world, server)
    await trio.sleep(EXPIRED_S)
    commits = world.redis.count("commit")
    await trio.sleep(10 * PERIOD_S)
    assert world.redis.count("commit") == commits


async def test_a_crash_after_it_expired_lost_no_session(world: World, server: Server) -> None:
    hero = await saved_inventory(world, server)
    await trio.sleep(EXPIRED_S)
    await server.send(hero, "core.move", location="forest")
    await server.kill()
    server = await world.start()
    await server.login(hero)
    assert lost(server) == 0
    assert await quantity(server, hero) == 5


async def test_a_session_that_is_used_is_left_alone(world: World, server: Server) -> None:
    hero = await saved_inventory(world, server)
    key = world.session_key(hero, "inventory")
    for _ in range(6):
        await trio.sleep(SESSION_TTL_S / 2)
        assert await quantity(server, hero) == 5
    assert world.session_key(hero, "inventory") == key
    assert world.hot.session(key)


async def test_a_dirty_session_is_left_alone(world: World) -> None:
    server = await world.start(backup_interval_s=3_600)
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await trio.sleep(EXPIRED_S)
    assert world.hot.session(world.session_key(hero, "inventory"))


async def test_a_redis_that_is_away_meanwhile_hides_nothing(world: World, server: Server) -> None:
    hero = await saved_inventory(world, server)
    await trio.sleep(SESSION_TTL_S - 1)
    world.redis.lose_request("time_left", 20)
    await trio.sleep(2 * EXPIRED_S)
    assert named(world, hero) == b""
    assert await quantity(server, hero) == 5


async def test_a_session_that_is_changed_while_it_is_looked_at_is_left_alone(
    world: World, server: Server
) -> None:
    hero = await saved_inventory(world, server)
    await trio.sleep(SESSION_TTL_S + 1)
    saving, looking = world.postgres.hold("save"), world.redis.hold("time_left")
    await trio.sleep(PERIOD_S)
    await looking.reached()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    looking.open()
    await wait_all_tasks_blocked()
    assert world.hot.session(world.session_key(hero, "inventory"))
    await server.kill()
    saving.open()
    server = await world.start()
    assert await quantity(server, hero) == 10


async def test_a_character_that_logs_out_while_it_is_looked_at_is_not_written_again(
    world: World, server: Server
) -> None:
    hero = await saved_inventory(world, server)
    await trio.sleep(SESSION_TTL_S + 1)
    looking, releasing = world.redis.hold("time_left"), world.postgres.hold("release")
    await trio.sleep(PERIOD_S)
    commits = world.redis.count("commit")
    logout = server.logout_soon(hero)
    await releasing.reached()
    looking.open()
    await wait_all_tasks_blocked()
    releasing.open()
    await wait_all_tasks_blocked()
    assert logout.value
    assert world.redis.count("commit") == commits
    assert world.hot.ttl_s(keys.core(hero)) is not None


# ------------------------------------------------------------------ while nobody plays it


async def passivated(world: World) -> tuple[Server, int]:
    """A character that left the memory with its inventory in Redis, which has expired by now."""
    server = await world.start(passivate_after_s=20)
    hero = await saved_inventory(world, server)
    await eventually(lambda: not server.is_active(hero))
    assert world.hot.session(world.session_key(hero, "inventory"))
    await trio.sleep(EXPIRED_S)
    assert not world.hot.session(world.session_key(hero, "inventory"))
    assert world.owner_in_redis(hero) == UNOWNED
    return server, hero


async def test_an_inventory_that_expired_while_its_owner_slept_was_not_lost(world: World) -> None:
    server, hero = await passivated(world)
    assert await quantity(server, hero) == 5
    assert lost(server) == 0


async def test_what_expired_is_not_loaded_before_it_is_needed(world: World) -> None:
    server, hero = await passivated(world)
    reads = world.postgres.count("items")
    await server.send(hero, "core.move", location="forest")
    assert named(world, hero) == b""
    assert world.postgres.count("items") == reads


async def test_a_character_whose_inventory_expired_plays_on_without_postgres(world: World) -> None:
    server, hero = await passivated(world)
    world.postgres.go_down()
    receipt = await server.send(hero, "core.move", location="forest")
    assert receipt.durability == "redis"
    with pytest.raises(ColdStoreUnavailableError):
        await server.send(hero, "inventory.view")
    world.postgres.come_back()
    assert await quantity(server, hero) == 5


async def test_the_state_a_character_is_in_is_loaded_though_its_session_expired(
    world: World,
) -> None:
    server = await world.start(passivate_after_s=20, backup_interval_s=1)
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await eventually(lambda: not server.is_active(hero))
    await trio.sleep(EXPIRED_S)
    assert (await server.view(hero))["state"] == "probe"
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    assert server.metric("sessions_lost_total", module="probe") == 0


async def test_the_sessions_of_who_logged_out_live_as_long_as_its_core(
    world: World, server: Server
) -> None:
    hero = await saved_inventory(world, server)
    await trio.sleep(SESSION_TTL_S / 2)
    await server.orchestrator.logout(hero)
    await trio.sleep(SESSION_TTL_S - 1)
    assert (await server.login(hero)).restored_from == "redis"
    assert lost(server) == 0
    await server.orchestrator.logout(hero)
    await trio.sleep(SESSION_TTL_S + 1)
    assert (await server.login(hero)).restored_from == "postgres"
    assert await quantity(server, hero) == 5
    assert lost(server) == 0
