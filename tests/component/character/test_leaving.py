"""A module with a command `leave` handles it before its character is logged out."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from persistence.errors import ColdStoreUnavailableError, FencedOutError, StoreUnavailableError
from tests.support.game import Server, World, eventually


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def text_after(server: Server, hero: int) -> str:
    """What the errand says at the next login."""
    await server.login(hero)
    text: str = (await server.send(hero, "errand.read")).reply["text"]
    return text


async def test_a_leave_that_needs_an_unloaded_session_is_handled_whole(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "errand.begin", text="derive")
    assert "inventory" not in server.activation(hero).state.sessions
    await server.orchestrator.logout(hero)
    assert (await text_after(server, hero)).startswith("armor ")


async def test_a_logout_waits_until_the_session_that_a_leave_needs_can_be_loaded(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "errand.begin", text="derive")
    world.postgres.refuse("items", ColdStoreUnavailableError("it is down"))
    with pytest.raises(StoreUnavailableError):
        await server.orchestrator.logout(hero)
    await server.orchestrator.logout(hero)
    assert (await text_after(server, hero)).startswith("armor ")


async def test_a_module_cannot_refuse_a_logout(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "errand.begin", text="refuse")
    await server.orchestrator.logout(hero)
    assert not server.is_active(hero)
    assert await text_after(server, hero) == "refuse"


async def test_a_leave_is_not_handled_by_an_activation_that_ended_before_it(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "errand.begin", text="derive")
    await server.send(hero, "inventory.view")
    gate = world.redis.hold("commit")
    change = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    logout = server.logout_soon(hero)
    await wait_all_tasks_blocked()
    world.redis.lose_answer("commit")
    world.postgres.lose_request("save")
    gate.open()
    await eventually(lambda: logout.done and not server.game.health.missing)
    assert isinstance(change.error, ColdStoreUnavailableError)
    assert isinstance(logout.error, FencedOutError)
    assert world.version_in_redis(hero) == 3
    assert await text_after(server, hero) == "derive"
