"""Idle characters leave the memory, saved and released; the next message brings them back."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from persistence.records import UNOWNED
from tests.support.game import Server, World, eventually

IDLE_S = 20.0


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(passivate_after_s=IDLE_S, backup_interval_s=3_600)


async def test_an_idle_character_is_saved_and_released(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await eventually(lambda: not server.is_active(hero))
    assert (world.row(hero).version, world.row(hero).owner) == (2, UNOWNED)
    assert world.owner_in_redis(hero) == UNOWNED
    assert not world.is_dirty(hero)


@pytest.mark.parametrize("redis_is_empty", [False, True])
async def test_the_next_message_brings_it_back(
    world: World, server: Server, redis_is_empty: bool
) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await eventually(lambda: not server.is_active(hero))
    if redis_is_empty:
        world.restart_redis_empty()
    receipt = await server.send(hero, "inventory.grant", template_id="acid", quantity=1)
    assert receipt.version == 3
    assert world.owner_in_redis(hero) == world.row(hero).owner == server.owner


async def test_a_character_that_is_talked_to_stays(world: World, server: Server) -> None:
    hero = await server.character()
    for _ in range(20):
        await server.pause(IDLE_S / 2)
        await server.send(hero, "core.view")
    assert server.metric("activations_total") == 1


async def test_a_character_that_can_not_be_saved_stays_in_memory(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    world.postgres.go_down()
    await server.pause(10 * IDLE_S)
    assert server.is_active(hero)
    world.postgres.come_back()
    await eventually(lambda: not server.is_active(hero))
    assert world.row(hero).version == 2


@pytest.mark.parametrize("store_call", ["save", "release"])
async def test_a_message_that_comes_while_it_is_saved_is_answered(
    world: World, server: Server, store_call: str
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold(store_call)
    await gate.reached()
    message = server.submit(hero, "core.move", location="lake")
    gate.open()
    await wait_all_tasks_blocked()
    assert message.value.version == 3
    assert world.owner_in_redis(hero) == world.row(hero).owner == server.owner


async def test_a_character_kept_by_a_message_still_survives_the_loss_of_redis(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("release")
    await gate.reached()
    message = server.submit(hero, "core.move", location="lake")
    gate.open()
    await wait_all_tasks_blocked()
    assert message.value.version == 3
    world.restart_redis_empty()
    assert (await server.send(hero, "core.move", location="hill")).version == 4
    assert world.version_in_redis(hero) == 4
