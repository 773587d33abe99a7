"""The stories of the starter pack in the running game, on stores in memory: whenever the server
dies, they go on as if it had not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import trio
from attrs import asdict, evolve

from gamestate.server import modules
from tests.support.game import START_S, Server, World, log_plainly
from tests.support.players.endings import BELL, POCKETS, WALKS
from tests.support.players.scripts import Script, tale
from tests.support.players.walker import Walker

MODULES = ("inventory", "combat", "scenario")


@pytest.fixture
async def world(
    jumping_clock: None, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> World:
    """Empty stores and no server yet; servers start fast."""
    log_plainly()
    monkeypatch.setattr(modules, "entry_points", lambda **_: ())
    return World(nursery, MODULES)


async def born(world: World, server: Server) -> int:
    """A character that is prepared for all stories; in every world it is the same, with the same
    luck."""
    hero = await server.create()
    world.cold.rows[hero] = evolve(world.row(hero), created_at=START_S)
    await server.login(hero)
    for item, quantity in POCKETS.items():
        await server.send(hero, "inventory.grant", template_id=item, quantity=quantity)
    await server.send(hero, "core.adjust_stats", strength=10, agility=6)  # who fights is to win
    return hero


async def walked(world: World, script: Callable[[], Script], dies: str | None) -> Walker:
    """The whole story; the server dies before every step."""
    server = await world.start()
    walker = Walker(await born(world, server), script)
    while walker.next is not None:
        if dies is not None:
            server = await again(world, server, walker.char_id, redis_too=dies == "redis too")
        await server.pause(walker.next.pause_s)
        receipt = await send(server, walker.message)
        walker.receives(receipt, [await send(server, look) for look in walker.looks])
    await server.kill()
    return walker


async def send(server: Server, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message; its receipt as a client gets it."""
    receipt = await server.send(
        sent["char_id"], sent["type"], sent.get("message_id"), **sent["payload"]
    )
    return asdict(receipt)


async def again(world: World, server: Server, hero: int, *, redis_too: bool) -> Server:
    """The server died, and Redis with all it had too if that is said; the hero is back."""
    if redis_too:
        await server.orchestrator.backup_full_state(hero)
    await server.kill()
    if redis_too:
        world.restart_redis_empty()
    server = await world.start()
    restored_from = (await server.login(hero)).restored_from
    assert (restored_from == "postgres") is redis_too
    return server


@pytest.mark.parametrize("dies", ["server", "redis too"])
@pytest.mark.parametrize(("scenario", "ending"), WALKS)
async def test_a_story_goes_on_to_its_end_wherever_the_server_dies(
    world: World, nursery: trio.Nursery, scenario: str, ending: str, dies: str
) -> None:
    script = partial(tale, scenario, WALKS[scenario, ending])
    undisturbed = await walked(world, script, dies=None)
    last = undisturbed.steps[-1]
    assert last.answer.get("ending", ending) == ending
    assert last.looks[-1]["state"] == "exploration"
    killed = await walked(World(nursery, MODULES), script, dies)
    assert killed.transcript == undisturbed.transcript


async def test_time_runs_out_in_a_story_around_a_fight_that_redis_did_not_live_to_see_end(
    world: World,
) -> None:
    server = await world.start()
    hero = await born(world, server)
    await server.send(hero, "scenario.start", scenario=BELL)
    for choice in ("set-out", "window"):
        await server.send(hero, "scenario.choose", choice=choice)
    await server.send(hero, "combat.start", monsters=[{"monster": "rat", "count": 1}], seed=1)
    server = await again(world, server, hero, redis_too=True)
    assert (await server.view(hero))["sessions"]["scenario"] is not None
    while not (await server.send(hero, "combat.act", action="attack")).reply["over"]:
        pass
    await server.pause(181)
    view = await server.view(hero)
    assert (view["state"], view["location"]["current"]) == ("exploration", "saltwick-strand")
