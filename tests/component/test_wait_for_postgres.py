"""`wait="postgres"`: the answer leaves when Postgres has it, and many that wait share a save."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.envelope import ReplySlot
from actors.errors import AskTimeoutError
from gamestate.errors import NotYetInPostgresError, QuarantinedError
from gamestate.game.message_result import MessageResult
from persistence.backup.worker import CHARACTERS_PER_SAVE
from persistence.errors import BadRecordError, StoreUnavailableError
from tests.support.game import RETRIED, RETRY_S, Server, World, eventually

NEVER_S = 86_400.0


@pytest.fixture
async def server(world: World) -> Server:
    """Nothing goes to Postgres unless somebody waits for it."""
    return await world.start(backup_interval_s=NEVER_S)


async def hurt(server: Server, hero: int, message_id: str | None = None) -> MessageResult:
    """A change that waits for Postgres."""
    return await server.orchestrator.ask(
        hero, "core.adjust_vitals", {"hp": -1}, message_id, wait="postgres"
    )


def hurt_soon(server: Server, hero: int, message_id: str | None = None) -> ReplySlot:
    """The same, without waiting for it here."""
    slot = ReplySlot()
    payload = {"hp": -1}
    server.orchestrator.submit(hero, "core.adjust_vitals", payload, message_id, slot, "postgres")
    return slot


async def test_the_answer_comes_when_postgres_has_it(world: World, server: Server) -> None:
    hero = await server.character()
    assert (await server.send(hero, "core.move", location="forest")).durability == "redis"
    assert world.row(hero).version == 1
    receipt = await hurt(server, hero, "m-1")
    assert (receipt.version, receipt.durability, receipt.duplicate) == (3, "postgres", False)
    assert receipt.reply["vitals"]["hp"]["cur"] == 99
    assert world.row(hero).version == 3


async def test_it_does_not_come_before(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.postgres.hold("save")
    slot = hurt_soon(server, hero)
    await gate.reached()
    await wait_all_tasks_blocked()
    assert world.version_in_redis(hero) == 2
    assert not slot.done
    gate.open()
    await wait_all_tasks_blocked()
    assert slot.value.durability == "postgres"


async def test_a_change_that_a_running_save_does_not_carry_waits_for_the_next(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.postgres.hold("save")
    first = hurt_soon(server, hero)
    await gate.reached()
    second = hurt_soon(server, hero)
    await wait_all_tasks_blocked()
    gate.open()
    gate = world.postgres.hold("save")
    await gate.reached()
    assert (first.done, second.done) == (True, False)
    gate.open()
    await wait_all_tasks_blocked()
    assert (first.value.version, second.value.version) == (2, 3)
    assert [args[0][0].character.version for args in world.postgres.calls_of("save")] == [2, 3]


async def test_a_character_that_never_rests_is_not_waited_for_for_ever(
    world: World, server: Server
) -> None:
    """Postgres needs a second, and something changes ten times a second."""
    hero = await server.character()
    world.postgres.slow_down(1, timeout_s=10)

    async def play() -> None:
        while True:
            await server.send(hero, "core.adjust_stats", wisdom=1)
            await trio.sleep(0.1)

    playing = world.soon(play)
    receipt = await hurt(server, hero)
    assert receipt.durability == "postgres"
    assert world.row(hero).version >= receipt.version
    assert not playing.done


@pytest.mark.parametrize("many", [1, 500, 1_000])
async def test_all_who_wait_share_few_transactions(world: World, server: Server, many: int) -> None:
    heroes = [await server.character() for _ in range(many)]
    slots = [hurt_soon(server, hero) for hero in heroes]
    await wait_all_tasks_blocked()
    assert {slot.value.durability for slot in slots} == {"postgres"}
    assert world.postgres.count("save") <= many // CHARACTERS_PER_SAVE + 3


async def test_many_who_wait_for_one_character_share_one_save(world: World, server: Server) -> None:
    hero = await server.character()
    slots = [hurt_soon(server, hero) for _ in range(100)]
    await wait_all_tasks_blocked()
    assert [slot.value.version for slot in slots] == list(range(2, 102))
    assert world.postgres.count("save") <= 2


async def test_a_duplicate_waits_too(world: World, server: Server) -> None:
    hero = await server.character()
    first = await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    gate = world.postgres.hold("save")
    again = hurt_soon(server, hero, "m-1")
    await gate.reached()
    assert not again.done
    gate.open()
    await wait_all_tasks_blocked()
    assert (again.value.duplicate, again.value.durability) == (True, "postgres")
    assert (again.value.version, again.value.reply) == (first.version, first.reply)


async def test_copies_that_wait_are_applied_once_and_answered_alike(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    slots = [hurt_soon(server, hero, "m-1") for _ in range(3)]
    await gate.reached()
    gate.open()
    await wait_all_tasks_blocked()
    receipts = [slot.value for slot in slots]
    assert [one.duplicate for one in receipts] == [False, True, True]
    assert [one.version for one in receipts] == [2, 2, 2]
    assert {one.durability for one in receipts} == {"postgres"}
    assert receipts[0].reply == receipts[1].reply == receipts[2].reply


async def test_a_read_waits_for_what_it_read(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    receipt = await server.orchestrator.ask(hero, "core.view", {}, wait="postgres")
    assert (receipt.version, receipt.durability) == (2, "postgres")
    assert world.row(hero).version == 2
    saves = world.postgres.count("save")
    assert (await server.orchestrator.ask(hero, "core.view", {}, wait="postgres")).version == 2
    assert world.postgres.count("save") == saves


async def test_without_redis_it_is_in_postgres_already(world: World, server: Server) -> None:
    hero = await server.character()
    world.redis.go_down()
    assert (await hurt(server, hero)).durability == "postgres"
    assert world.postgres.count("save") == 1


# ------------------------------------------------------------------ not in Postgres


async def test_without_postgres_the_answer_says_that_it_is_applied_and_a_retry_waits_again(
    world: World, server: Server
) -> None:
    hero = await server.character()
    world.postgres.go_down()
    for _ in range(2):
        with pytest.raises(NotYetInPostgresError, match=r"is in Redis .* 'm-1' to wait again"):
            await hurt(server, hero, "m-1")
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 99
    world.postgres.come_back()
    again = await _until_in_postgres(server, hero, "m-1")
    assert (again.duplicate, again.version, again.durability) == (True, 2, "postgres")
    assert world.row(hero).version == 2


async def test_nobody_waits_for_a_postgres_that_was_seen_to_be_down(
    world: World, server: Server
) -> None:
    heroes = [await server.character() for _ in range(2 * CHARACTERS_PER_SAVE)]
    world.postgres.go_down()
    asked_at = trio.current_time()
    slots = [hurt_soon(server, hero) for hero in heroes]
    await eventually(lambda: all(slot.done for slot in slots))
    late = hurt_soon(server, heroes[0])
    await wait_all_tasks_blocked()
    assert {type(slot.error) for slot in (*slots, late)} == {NotYetInPostgresError}
    assert trio.current_time() - asked_at < 0.1


async def test_who_gave_no_id_is_told_not_to_send_it_again(world: World, server: Server) -> None:
    hero = await server.character()
    world.postgres.go_down()
    with pytest.raises(NotYetInPostgresError, match="do not send it again"):
        await hurt(server, hero)


async def test_a_postgres_that_hangs_is_waited_for_no_longer_than_told(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.postgres.hold("save")
    asked_at = trio.current_time()
    with pytest.raises(NotYetInPostgresError):
        await server.orchestrator.ask(
            hero, "core.adjust_vitals", {"hp": -1}, "m-1", timeout_s=2, wait="postgres"
        )
    assert 2 <= trio.current_time() - asked_at <= 3
    gate.open()
    await wait_all_tasks_blocked()
    assert (await hurt(server, hero, "m-1")).duplicate


async def test_an_unknown_outcome_is_not_called_applied(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    slot = hurt_soon(server, hero)
    await gate.reached()
    await server.pause(6)
    assert isinstance(slot.error, AskTimeoutError)
    gate.open()


async def test_a_refused_record_is_said_to_be_one(world: World, server: Server) -> None:
    hero, other = await server.character(), await server.character()
    world.postgres.refuse("save", BadRecordError(hero, "no such thing"))
    world.postgres.refuse("save", BadRecordError(hero, "no such thing"))
    bad, good = hurt_soon(server, hero), hurt_soon(server, other)
    await eventually(lambda: bad.done and good.done)
    assert isinstance(bad.error, QuarantinedError)
    assert good.value.durability == "postgres"


async def test_a_character_that_another_server_took_is_not_called_saved(world: World) -> None:
    one = await world.start("server-a", backup_interval_s=NEVER_S)
    two = await world.start("server-b", backup_interval_s=NEVER_S)
    hero = await one.character()
    gate = world.postgres.hold("save")
    slot = hurt_soon(one, hero)
    await gate.reached()
    await two.login(hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(slot.error, NotYetInPostgresError)
    assert (await two.view(hero))["vitals"]["hp"]["cur"] == 99


async def test_nobody_is_kept_who_stopped_waiting(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.postgres.hold("save")
    with trio.move_on_after(1):
        await hurt(server, hero, "m-1")
    gate.open()
    await wait_all_tasks_blocked()
    assert server.game.backups.awaiting == 0
    assert world.row(hero).version == 2


async def _until_in_postgres(server: Server, hero: int, message_id: str) -> MessageResult:
    while True:
        try:
            return await hurt(server, hero, message_id)
        except (NotYetInPostgresError, StoreUnavailableError, *RETRIED):
            await trio.sleep(RETRY_S)
