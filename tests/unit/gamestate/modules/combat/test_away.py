"""Characters that go away in the middle of a fight, in the running game on stores in memory."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from gamestate.modules.combat.refusals import NoFightError
from persistence.errors import ColdStoreUnavailableError
from tests.support.game import Server, World, eventually

TURN_S = 30.0
BRAWL: dict[str, Any] = {"monsters": [{"monster": "giant-rat", "count": 1}], "seed": 1}


async def in_a_fight(server: Server) -> int:
    hero = await server.character()
    await server.send(hero, "combat.start", **BRAWL)
    return hero


async def resolved(server: Server, hero: int) -> Any:
    """The view of the fight a second later: no other turn of the character expires until then."""
    await server.pause(1)
    assert (await server.view(hero))["state"] == "exploration"
    return (await server.send(hero, "combat.view")).reply


async def test_who_stays_logged_in_and_does_nothing_is_told_the_end(world: World) -> None:
    server = await world.start(passivate_after_s=1.0)
    hero = await in_a_fight(server)
    await server.pause(3 * TURN_S + 1)
    await eventually(lambda: not server.is_active(hero))
    reply = (await server.send(hero, "combat.view")).reply
    assert (reply["outcome"], reply["over"]) == ("fled", True)
    assert [one["result"] for one in reply["log"] if one["action"] == "expire"] == [
        "lingers",
        "lingers",
        "absent",
    ]


async def test_a_character_in_a_fight_is_not_passivated_before_its_turn_expired(
    world: World,
) -> None:
    server = await world.start(passivate_after_s=1.0)
    hero = await in_a_fight(server)
    await server.pause(TURN_S - 1)
    assert server.is_active(hero)


async def test_the_end_of_a_fight_waits_for_its_player_for_days(world: World) -> None:
    server = await world.start(passivate_after_s=1.0)
    hero = await in_a_fight(server)
    await server.pause(3 * TURN_S + 1)
    await eventually(lambda: not server.is_active(hero))
    await server.stop()
    world.restart_redis_empty()
    await trio.sleep(3 * 86_400)
    server = await world.start()
    await server.login(hero)
    assert (await server.send(hero, "combat.view")).reply["outcome"] == "fled"
    await server.send(hero, "combat.acknowledge")
    with pytest.raises(NoFightError):
        await server.send(hero, "combat.view")


async def test_who_logs_out_and_in_finds_the_fight_as_it_was(world: World) -> None:
    server = await world.start()
    hero = await in_a_fight(server)
    before = (await server.send(hero, "combat.view")).reply
    await server.orchestrator.logout(hero)
    await server.login(hero)
    assert (await server.send(hero, "combat.view")).reply == before


async def test_who_logs_out_of_a_fight_and_stays_away_finds_it_resolved(world: World) -> None:
    server = await world.start()
    hero = await in_a_fight(server)
    await server.orchestrator.logout(hero)
    await trio.sleep(10 * TURN_S)
    await server.login(hero)
    assert (await resolved(server, hero))["outcome"] == "fled"


async def test_a_logout_is_kept_by_postgres_alone(world: World) -> None:
    server = await world.start()
    hero = await in_a_fight(server)
    world.redis.go_down()
    await server.orchestrator.logout(hero)
    world.redis.come_back()
    world.restart_redis_empty()
    await trio.sleep(10 * TURN_S)
    await server.login(hero)
    assert (await resolved(server, hero))["outcome"] == "fled"


async def test_with_postgres_down_nobody_is_logged_out(world: World) -> None:
    server = await world.start()
    hero = await in_a_fight(server)
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await server.orchestrator.logout(hero)
    assert not (await server.send(hero, "combat.act", action="pass")).reply["over"]
    world.postgres.come_back()
    assert not (await server.send(hero, "combat.act", action="pass")).reply["over"]
