"""A single call that gets no answer, while its store is well, costs only its caller."""

from __future__ import annotations

import pytest
import trio

from gamestate.errors import QuarantinedError
from persistence.errors import ColdStoreUnavailableError
from tests.support.game import World, eventually


async def test_a_session_that_could_not_be_read_does_not_open_the_quarantine_of_another(
    world: World,
) -> None:
    server = await world.start(backup_interval_s=3_600)
    hero, held = await server.character(), await server.create("Bran")
    await world.cold.quarantine(held, "backup", "no good", b"record")
    world.postgres.hold("ping")
    world.postgres.refuse("items", ColdStoreUnavailableError("no answer within 10 s"))
    with pytest.raises(ColdStoreUnavailableError):
        await server.send(hero, "inventory.view")
    assert server.game.health.missing == []
    login = server.login_soon(held)
    await eventually(lambda: login.done)
    assert isinstance(login.error, QuarantinedError)


async def test_a_handover_message_that_is_lost_writes_no_character_again(world: World) -> None:
    here = await world.start("server-a", backup_interval_s=3_600)
    there = await world.start("server-b", backup_interval_s=3_600)
    wanted = await there.character()
    for hero in [await here.character() for _ in range(3)]:
        await here.send(hero, "core.move", location="forest")
    commits, saves = world.redis.count("commit"), world.postgres.count("save")
    world.redis.lose_request("publish")
    await here.login(wanted)
    await trio.sleep(5)
    again = [one for args in world.redis.calls_of("commit")[commits:] for one in args[0]]
    assert {one.char_id for one in again if one.full} <= {wanted}
    assert world.postgres.count("save") == saves
