"""A message with an id of the sender's own is applied at most once, whatever is lost on the way."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from gamestate.errors import MessageIdReusedError
from tests.support.game import Server, World


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def test_the_second_sending_gets_the_first_reply(world: World, server: Server) -> None:
    hero = await server.character()
    first = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    await server.send(hero, "core.adjust_vitals", hp=-10)
    again = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert (again.duplicate, again.version, again.reply) == (True, first.version, first.reply)
    assert again.message_id == "m-1"
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 80
    assert server.metric("duplicates_total") == 1


async def test_the_same_id_with_another_body_is_refused(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", "m-1", location="forest")
    with pytest.raises(MessageIdReusedError):
        await server.send(hero, "core.move", "m-1", location="lake")
    with pytest.raises(MessageIdReusedError):
        await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    assert (await server.view(hero))["location"]["current"] == "forest"


async def test_the_order_of_a_payloads_fields_does_not_make_it_another_body(
    server: Server,
) -> None:
    hero = await server.character()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-1, mp=-2)
    assert (await server.send(hero, "core.adjust_vitals", "m-1", mp=-2, hp=-1)).duplicate


async def test_another_characters_message_may_have_the_same_id(server: Server) -> None:
    hero, other = await server.character(), await server.character("Bran")
    await server.send(hero, "core.move", "m-1", location="forest")
    assert not (await server.send(other, "core.move", "m-1", location="lake")).duplicate


async def test_a_refused_message_may_be_sent_again(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.adjust_stats", strength=-10)
    for _ in range(2):
        slot = server.submit(hero, "core.adjust_stats", "m-1", strength=-1)
        assert slot.error is not None
    await server.send(hero, "core.adjust_stats", strength=1)
    assert not (await server.send(hero, "core.adjust_stats", "m-1", strength=-1)).duplicate


async def test_applied_ids_are_known_after_a_crash(world: World, server: Server) -> None:
    hero = await server.character()
    first = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    await server.kill()
    server = await world.start()
    again = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert (again.duplicate, again.reply) == (True, first.reply)
    with pytest.raises(MessageIdReusedError):
        await server.send(hero, "core.adjust_vitals", "m-1", hp=-11)


async def test_applied_ids_are_known_after_a_logout_and_the_loss_of_redis(
    world: World, server: Server
) -> None:
    hero = await server.character()
    first = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    assert (await server.login(hero)).restored_from == "postgres"
    again = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert (again.duplicate, again.reply) == (True, first.reply)


async def test_the_oldest_ids_are_forgotten(world: World) -> None:
    server = await world.start(receipts_kept=4)
    hero = await server.character()
    for number in range(5):
        await server.send(hero, "core.adjust_vitals", f"m-{number}", hp=-1)
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)).duplicate
    assert not (await server.send(hero, "core.adjust_vitals", "m-0", hp=-1)).duplicate


async def test_a_lost_answer_of_redis_does_not_apply_the_change_twice(
    world: World, server: Server
) -> None:
    hero = await server.character()
    world.redis.lose_answer("commit")
    receipt = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert (receipt.version, receipt.durability) == (2, "postgres")
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)).duplicate
    await wait_all_tasks_blocked()
    assert world.version_in_redis(hero) == world.row(hero).version == 2


@pytest.mark.parametrize("lose", ["lose_request", "lose_answer"])
async def test_an_unknown_outcome_is_settled_by_sending_again(
    world: World, server: Server, lose: str
) -> None:
    hero = await server.character()
    getattr(world.redis, lose)("commit")
    world.postgres.lose_request("save", times=3)
    slot = server.submit(hero, "core.adjust_vitals", "m-1", hp=-10)
    await wait_all_tasks_blocked()
    assert slot.error is not None
    again = await server.send_until_answered(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert again.version == 2
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 90
