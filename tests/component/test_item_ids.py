"""Item ids: never twice, given out without a round trip, refused when there are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gamestate.game.item_ids import BLOCK_SIZE, LOW_WATER, ItemIds
from persistence.errors import ColdStoreUnavailableError
from tests.support.faulty_stores import with_faults
from tests.support.game import World, eventually

MakeIds = Callable[[], ItemIds]


@pytest.fixture
def make_ids(world: World) -> MakeIds:
    cold = with_faults(world.cold, world.postgres)
    return lambda: ItemIds(cold)


async def test_no_two_servers_and_no_restart_give_an_id_twice(make_ids: MakeIds) -> None:
    given: list[int] = []
    for _ in range(3):
        ids = make_ids()
        await ids.fetch()
        given += [ids.take() for _ in range(1_000)]
    assert len(set(given)) == 3_000


async def test_ids_do_not_end_while_postgres_answers(
    make_ids: MakeIds, nursery: trio.Nursery
) -> None:
    ids = make_ids()
    await ids.fetch()
    nursery.start_soon(ids.run)
    given: set[int] = set()
    for _ in range(5 * BLOCK_SIZE // 1_000):
        given.update(ids.take() for _ in range(1_000))
        await wait_all_tasks_blocked()
    assert len(given) == 5 * BLOCK_SIZE


async def test_the_next_block_is_fetched_before_the_last_is_used_up(
    world: World, make_ids: MakeIds, nursery: trio.Nursery
) -> None:
    ids = make_ids()
    await ids.fetch()
    nursery.start_soon(ids.run)
    for _ in range(BLOCK_SIZE - LOW_WATER + 1):
        ids.take()
    await wait_all_tasks_blocked()
    assert world.postgres.count("reserve_item_ids") == 2


async def test_without_postgres_the_ids_at_hand_are_given_and_then_none(
    world: World, make_ids: MakeIds, nursery: trio.Nursery
) -> None:
    ids = make_ids()
    await ids.fetch()
    nursery.start_soon(ids.run)
    world.postgres.go_down()
    given = {ids.take() for _ in range(BLOCK_SIZE)}
    with pytest.raises(ColdStoreUnavailableError):
        ids.take()
    await trio.sleep(10)
    world.postgres.come_back()
    await eventually(lambda: world.postgres.count("reserve_item_ids") == 2)
    assert ids.take() not in given


async def test_a_grant_without_ids_is_refused_whole_and_works_again_later(world: World) -> None:
    server = await world.start(module_settings={"inventory": {"capacity_slots": 2 * BLOCK_SIZE}})
    rich, hero = await server.character(), await server.character()
    for loaded in (rich, hero):
        await server.send(loaded, "inventory.view")
    world.postgres.go_down()
    await server.send(rich, "inventory.grant", template_id="longsword", quantity=BLOCK_SIZE)
    with pytest.raises(ColdStoreUnavailableError):
        await server.send(hero, "inventory.grant", template_id="acid", quantity=1)
    assert (await server.view(hero))["version"] == 1
    world.postgres.come_back()
    await eventually(lambda: not server.game.health.missing)
    await server.pause(1)
    granted = await server.send(hero, "inventory.grant", template_id="acid", quantity=1)
    assert granted.version == 2
