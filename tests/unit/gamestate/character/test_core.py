"""The rules of the core: where a character may go, what its points and stats may become."""

from __future__ import annotations

import pytest

from gamestate.character.core import StateForbidsError, StatOutOfRangeError
from gamestate.errors import InvalidPayloadError
from tests.support.game import Server, World


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def test_a_move_remembers_where_one_came_from(server: Server) -> None:
    hero = await server.character()
    receipt = await server.send(hero, "core.move", location="forest")
    assert receipt.reply == {"location": {"current": "forest", "prev": "start"}}
    receipt = await server.send(hero, "core.move", location="lake")
    assert receipt.reply == {"location": {"current": "lake", "prev": "forest"}}


@pytest.mark.parametrize(("change", "left"), [(-30, 70), (-1_000, 0), (+1_000, 100), (0, 100)])
async def test_points_stay_between_nothing_and_their_most(
    server: Server, change: int, left: int
) -> None:
    hero = await server.character()
    receipt = await server.send(hero, "core.adjust_vitals", hp=change)
    assert receipt.reply["vitals"]["hp"] == {"cur": left, "max": 100}


async def test_points_that_nobody_has_can_not_be_adjusted(server: Server) -> None:
    hero = await server.character()
    with pytest.raises(InvalidPayloadError) as caught:
        await server.send(hero, "core.adjust_vitals", hp=-1, luck=1)
    assert caught.value.facts["field"] == "payload.luck"
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 100


@pytest.mark.parametrize("change", [-11, 1_000_000])
async def test_a_stat_that_would_leave_its_bounds_is_refused_with_the_facts(
    server: Server, change: int
) -> None:
    hero = await server.character()
    with pytest.raises(StatOutOfRangeError) as caught:
        await server.send(hero, "core.adjust_stats", strength=change)
    assert caught.value.facts["would_be"] == 10 + change


async def test_a_new_module_is_entered_from_exploration_and_left_for_it(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.open")
    with pytest.raises(StateForbidsError):
        await server.send(hero, "probe.begin", text="hello")
    await server.send(hero, "inventory.close")
    await server.send(hero, "probe.begin", text="hello")
    assert (await server.view(hero))["state"] == "probe"
    await server.send(hero, "probe.end")
    assert (await server.view(hero))["state"] == "exploration"
