"""Aggressive clean-up: a session that is closed and saved leaves memory and Redis at once, whatever
else happens at that moment. Lazy, the default: it stays."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from persistence.errors import FencedOutError
from persistence.hot import group_commit, keys
from persistence.records import LOGGED_OUT, ColdClaim, HotClaim
from tests.support.game import Server, World, eventually

AGGRESSIVE = {"inventory": {"clean_up": "aggressive"}, "probe": {"keeps": False}}


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(module_settings=AGGRESSIVE, backup_interval_s=3_600)


async def grant(server: Server, hero: int, quantity: int = 5) -> None:
    await server.send(hero, "inventory.grant", template_id="acid", quantity=quantity)


async def quantity(server: Server, hero: int) -> int:
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    return sum(item["quantity"] for item in backpack)


async def opened(server: Server) -> int:
    """A character that looks into an inventory with five unsaved vials."""
    hero = await server.character()
    await server.send(hero, "inventory.open")
    await grant(server, hero)
    return hero


def in_memory(server: Server, hero: int) -> bool:
    return "inventory" in server.activation(hero).state.sessions


def vials_in_postgres(world: World) -> int:
    return sum(row.quantity for _, row in world.cold.item_rows.values())


# ------------------------------------------------------------------ when it leaves


async def test_a_closed_inventory_leaves_memory_and_redis_when_postgres_has_it(
    world: World, server: Server
) -> None:
    hero = await opened(server)
    closed = await server.send(hero, "inventory.close")
    await eventually(lambda: not world.is_dirty(hero))
    await wait_all_tasks_blocked()
    assert not in_memory(server, hero)
    assert world.sessions("inventory") == []
    assert world.hot.core(hero)[b"inventory_session_id"] == b""
    assert vials_in_postgres(world) == 5
    assert world.version_in_redis(hero) == world.row(hero).version == closed.version
    assert server.metric("sessions", module="inventory") == 0


async def test_an_open_inventory_stays_however_often_it_is_saved(
    world: World, server: Server
) -> None:
    hero = await opened(server)
    for _ in range(3):
        await server.orchestrator.backup_full_state(hero)
        assert in_memory(server, hero)
        assert world.sessions("inventory") == [world.session_key(hero, "inventory")]
        await grant(server, hero, 1)


async def test_the_next_command_makes_a_new_session_of_the_same_items(
    world: World, server: Server
) -> None:
    hero = await opened(server)
    first = world.session_key(hero, "inventory")
    await server.send(hero, "inventory.close")
    await server.orchestrator.backup_full_state(hero)
    before = world.version_in_redis(hero)
    assert await quantity(server, hero) == 5
    assert world.version_in_redis(hero) == before
    assert world.sessions("inventory") == [world.session_key(hero, "inventory")] != [first]


async def test_a_change_without_opening_leaves_when_it_is_saved(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    assert in_memory(server, hero)
    await server.orchestrator.backup_full_state(hero)
    assert not in_memory(server, hero)
    assert world.sessions("inventory") == []
    assert await quantity(server, hero) == 5


async def test_a_stored_document_comes_back_under_its_own_id(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    key = world.session_key(hero, "probe")
    await server.send(hero, "probe.leave")
    await server.orchestrator.backup_full_state(hero)
    assert not world.hot.session(key)
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    assert world.session_key(hero, "probe") == key


async def test_the_other_modules_sessions_stay(world: World) -> None:
    server = await world.start(module_settings={"inventory": {"clean_up": "aggressive"}})
    hero = await server.character()
    await grant(server, hero)
    await server.send(hero, "probe.begin", text="hello")
    await server.orchestrator.backup_full_state(hero)
    assert world.hot.session(world.session_key(hero, "probe"))
    assert not in_memory(server, hero)


async def test_lazy_is_the_default(world: World) -> None:
    server = await world.start()
    hero = await opened(server)
    await server.send(hero, "inventory.close")
    await eventually(lambda: not world.is_dirty(hero))
    assert in_memory(server, hero)
    assert world.hot.ttl_s(world.session_key(hero, "inventory")) is not None


# ------------------------------------------------------------------ what else may happen then


async def test_a_change_that_comes_while_it_is_saved_keeps_it(world: World, server: Server) -> None:
    hero = await opened(server)
    gate = world.postgres.hold("save")
    await server.send(hero, "inventory.close")
    await gate.reached()
    await grant(server, hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert in_memory(server, hero)
    await server.orchestrator.backup_full_state(hero)
    assert not in_memory(server, hero)
    assert await quantity(server, hero) == vials_in_postgres(world) == 10


async def test_a_change_under_way_when_it_is_saved_keeps_it(world: World, server: Server) -> None:
    hero = await opened(server)
    save = world.postgres.hold("save")
    await server.send(hero, "inventory.close")
    await save.reached()
    commit = world.redis.hold("commit")
    change = server.submit(hero, "inventory.grant", template_id="acid", quantity=5)
    await commit.reached()
    save.open()
    await wait_all_tasks_blocked()
    assert in_memory(server, hero)
    commit.open()
    await wait_all_tasks_blocked()
    assert change.value.version == world.version_in_redis(hero)
    await server.kill()
    server = await world.start(module_settings=AGGRESSIVE)
    assert await quantity(server, hero) == 10


async def test_a_change_that_waits_in_the_mailbox_finds_it_again(
    world: World, server: Server
) -> None:
    hero = await opened(server)
    await server.send(hero, "inventory.close")
    gate = world.postgres.hold("documents")
    blocked = server.submit(hero, "probe.read")  # nothing is handled until this is
    await gate.reached()
    change = server.submit(hero, "inventory.grant", template_id="acid", quantity=5)
    await eventually(lambda: not in_memory(server, hero))
    assert not change.done
    gate.open()
    await eventually(lambda: blocked.done and change.done)
    assert change.error is None
    assert await quantity(server, hero) == 10


async def test_a_change_right_behind_finds_it_again(world: World, server: Server) -> None:
    hero = await opened(server)
    await server.send(hero, "inventory.close")
    gate = world.redis.hold("commit")
    await gate.reached()  # the commit that takes it out of Redis
    assert not in_memory(server, hero)
    changes = [
        server.submit(hero, "inventory.grant", template_id="acid", quantity=5) for _ in range(3)
    ]
    gate.open()
    await eventually(lambda: all(change.done for change in changes))
    assert await quantity(server, hero) == 20
    assert world.sessions("inventory") == [world.session_key(hero, "inventory")]


async def test_a_redis_that_comes_back_empty_at_that_moment_gets_the_rest(
    world: World, server: Server
) -> None:
    hero = await opened(server)
    await server.send(hero, "inventory.close")
    gate = world.redis.hold("commit")
    await gate.reached()
    moved = server.submit(hero, "core.move", location="forest")
    world.restart_redis_empty()
    gate.open()
    await wait_all_tasks_blocked()
    assert moved.value.version == world.version_in_redis(hero)
    assert world.hot.core(hero)[b"inventory_session_id"] == b""
    assert world.sessions("inventory") == []
    await server.kill()
    server = await world.start(module_settings=AGGRESSIVE)
    assert await quantity(server, hero) == 5


async def test_a_redis_that_is_unreachable_at_that_moment_forgets_it_later(
    world: World, server: Server
) -> None:
    hero = await opened(server)
    gate = world.postgres.hold("save")
    await server.send(hero, "inventory.close")
    await gate.reached()
    world.redis.go_down()
    gate.open()
    await wait_all_tasks_blocked()
    world.redis.come_back()
    await eventually(lambda: not server.game.health.missing and not world.is_dirty(hero))
    await wait_all_tasks_blocked()
    assert await quantity(server, hero) == 5
    await grant(server, hero)
    assert world.sessions("inventory") == [world.session_key(hero, "inventory")]
    await server.kill()
    server = await world.start(module_settings=AGGRESSIVE)
    assert await quantity(server, hero) == 10


async def test_who_was_fenced_meanwhile_touches_nothing(world: World, server: Server) -> None:
    hero = await opened(server)
    await server.send(hero, "inventory.close")
    gate = world.redis.hold("commit")
    await gate.reached()
    read = server.submit(hero, "core.move", location="forest")
    (row,) = await world.cold.claim([ColdClaim(hero, 0, "server-b")])
    assert row is not None
    await world.hot.claim([HotClaim(hero, row.epoch, "server-b")])
    stored = world.hot.core(hero), world.sessions("inventory")
    gate.open()
    await wait_all_tasks_blocked()
    assert (world.hot.core(hero), world.sessions("inventory")) == stored
    assert isinstance(read.error, FencedOutError)
    assert not server.is_active(hero)


async def test_a_full_queue_only_puts_it_off(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hero = await opened(server)
    await server.send(hero, "inventory.close")
    with monkeypatch.context() as full:
        full.setattr(group_commit, "MAX_BACKLOG", 0)
        await eventually(lambda: not world.is_dirty(hero))
        assert in_memory(server, hero)
    assert await quantity(server, hero) == 5
    await server.send(hero, "core.move", location="forest")
    await server.orchestrator.backup_full_state(hero)
    assert not in_memory(server, hero)


async def test_a_logout_lets_go_of_it_before_it_lets_go_of_the_character(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    gate = world.postgres.hold("save")
    logout = server.logout_soon(hero)
    await gate.reached()
    commit = world.redis.hold("commit")
    gate.open()
    await commit.reached()
    await wait_all_tasks_blocked()
    assert world.owner_in_redis(hero) == world.row(hero).owner == server.owner
    commit.open()
    await wait_all_tasks_blocked()
    assert logout.value == 2
    assert world.sessions("inventory") == []
    assert world.owner_in_redis(hero) == LOGGED_OUT
    assert world.hot.ttl_s(keys.core(hero)) is not None
    await server.login(hero)
    assert await quantity(server, hero) == 5
    assert server.metric("sessions_lost_total", module="inventory") == 0


async def test_devices_that_open_and_close_at_will_lose_nothing(
    world: World, server: Server
) -> None:
    hero = await server.character()
    for round_ in range(20):
        opening = server.submit(hero, "inventory.open")
        change = server.submit(hero, "inventory.grant", template_id="acid", quantity=1)
        closing = server.submit(hero, "inventory.close")
        if round_ % 3 == 0:
            await server.orchestrator.backup_full_state(hero)
        await eventually(lambda: opening.done and change.done and closing.done)  # noqa: B023
    assert await quantity(server, hero) == 20
