"""A message with an id of the sender's own is applied at most once, whatever is lost on the way."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from actors.envelope import ReplySlot
from gamestate.errors import InvalidPayloadError, MessageIdReusedError
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


async def test_an_id_is_remembered_for_so_long_and_then_applied_again(world: World) -> None:
    server = await world.start(receipts_kept_s=100, passivate_after_s=1_000)
    hero = await server.character()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    await server.pause(95)
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)).duplicate
    await server.pause(10)
    again = await server.send(hero, "core.adjust_vitals", "m-1", hp=-2)
    assert (again.duplicate, again.version) == (False, 3)
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-2)).duplicate


@pytest.mark.parametrize("store", ["redis", "postgres"])
async def test_what_is_too_old_is_not_restored_from_either_store(world: World, store: str) -> None:
    server = await world.start(receipts_kept_s=100)
    hero = await server.character()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    await server.orchestrator.logout(hero)
    if store == "postgres":
        world.restart_redis_empty()
    await server.pause(50)
    await server.login(hero)
    await server.send(hero, "core.adjust_vitals", "m-2", hp=-1)
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)).duplicate
    await server.kill()
    await server.pause(60)
    if store == "postgres":
        world.restart_redis_empty()
    server = await world.start(receipts_kept_s=100)
    assert not (await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)).duplicate


async def test_what_is_too_old_leaves_postgres_and_redis(world: World) -> None:
    server = await world.start(receipts_kept_s=100, passivate_after_s=1_000)
    hero = await server.character()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    await server.orchestrator.backup_full_state(hero)
    assert b"m-1" in world.row(hero).receipts
    await server.pause(110)
    world.restart_redis_empty()
    await server.send(hero, "core.adjust_vitals", "m-2", hp=-1)
    await server.orchestrator.backup_full_state(hero)
    assert b"m-1" not in world.row(hero).receipts
    assert [b"m-2" in record for record in world.hot.receipts(hero)] == [True]


async def test_a_look_leaves_nothing_to_remember(world: World, server: Server) -> None:
    hero = await server.character()
    looks = [await server.send(hero, "core.view", "m-1") for _ in range(2)]
    assert [look.duplicate for look in looks] == [False, False]
    assert not world.hot.receipts(hero)
    moved = await server.send(hero, "core.move", "m-1", location="forest")
    assert (moved.duplicate, moved.version) == (False, 2)
    with pytest.raises(MessageIdReusedError):
        await server.send(hero, "core.view", "m-1")


async def test_a_long_reply_counts_for_the_size_of_its_commit(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", "m-1", text="x" * 10_000)
    ((commit,),) = world.redis.calls_of("commit")[-1]
    written = sum(len(value) for delta in commit.sessions for value in delta.put)
    assert commit.size_bytes >= written + len(commit.receipt) > 20_000


async def test_copies_under_way_together_are_applied_once_and_answered_alike(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    copies = [server.submit(hero, "core.adjust_vitals", "m-1", hp=-10) for _ in range(3)]
    other = server.submit(hero, "core.adjust_vitals", "m-1", hp=-11)
    await gate.reached()
    assert not any(slot.done for slot in (*copies, other))
    gate.open()
    await wait_all_tasks_blocked()
    assert [slot.value.duplicate for slot in copies] == [False, True, True]
    assert {slot.value.version for slot in copies} == {2}
    assert copies[0].value.reply == copies[1].value.reply == copies[2].value.reply
    assert isinstance(other.error, MessageIdReusedError)
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 90


async def test_copies_that_wait_for_their_character_are_applied_once(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.stop()
    server = await world.start()
    copies = [server.submit(hero, "core.adjust_vitals", "m-1", hp=-10) for _ in range(3)]
    await wait_all_tasks_blocked()
    assert [slot.value.duplicate for slot in copies] == [False, True, True]
    assert {slot.value.version for slot in copies} == {2}


async def test_after_the_loss_of_redis_postgres_knows_what_it_was_given(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    await server.orchestrator.backup_full_state(hero)
    await server.send(hero, "core.adjust_vitals", "m-2", hp=-10)
    await server.kill()
    world.restart_redis_empty()
    server = await world.start()
    await server.login(hero)
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)).duplicate
    assert not (await server.send(hero, "core.adjust_vitals", "m-2", hp=-10)).duplicate
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 80


async def test_after_the_loss_of_redis_the_actor_knows_all_and_gives_it_back(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    world.restart_redis_empty()
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)).duplicate
    await server.send(hero, "core.adjust_vitals", "m-2", hp=-10)
    await server.kill()
    server = await world.start()
    for message_id in ("m-1", "m-2"):
        assert (await server.send(hero, "core.adjust_vitals", message_id, hp=-10)).duplicate


async def test_what_only_postgres_took_is_known_after_a_crash(world: World, server: Server) -> None:
    hero = await server.character()
    world.redis.go_down()
    first = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert first.durability == "postgres"
    await server.kill()
    world.redis.come_back()
    server = await world.start()
    again = await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    assert (again.duplicate, again.version, again.reply) == (True, 2, first.reply)
    with pytest.raises(MessageIdReusedError):
        await server.send(hero, "core.adjust_vitals", "m-1", hp=-11)


async def test_a_number_written_with_a_fraction_is_another_body(server: Server) -> None:
    hero = await server.character()
    slot = ReplySlot()
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    server.orchestrator.submit(hero, "core.adjust_vitals", {"hp": -1.0}, "m-1", slot)
    assert isinstance(slot.error, InvalidPayloadError)


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
