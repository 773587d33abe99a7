"""Too much is refused at once, with nothing done, and what was taken is done."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from actors.errors import AskTimeoutError, MailboxFullError
from persistence.errors import BacklogFullError
from persistence.hot import group_commit
from tests.support.game import World


async def test_a_character_with_too_many_turns_in_flight_takes_no_more(world: World) -> None:
    server = await world.start(mailbox_capacity=3)
    hero = await server.character()
    gate = world.redis.hold("commit")
    taken = [server.submit(hero, "core.adjust_vitals", hp=-1) for _ in range(3)]
    refused = server.submit(hero, "core.adjust_vitals", hp=-1)
    await gate.reached()
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(refused.error, MailboxFullError)
    assert [it.value.version for it in taken] == [2, 3, 4]
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 97
    assert (await server.send(hero, "core.adjust_vitals", hp=-1)).version == 5


async def test_what_is_too_much_is_refused_without_waiting_for_what_is_under_way(
    world: World,
) -> None:
    server = await world.start(mailbox_capacity=3)
    hero = await server.character()
    gate = world.redis.hold("commit")
    changes = [server.submit(hero, "core.adjust_vitals", hp=-1) for _ in range(4)]
    assert isinstance(changes[3].error, MailboxFullError)
    looks = [server.submit(hero, "core.view") for _ in range(7)]
    assert [look.done for look in looks] == [False] * 6 + [True]
    assert isinstance(looks[6].error, MailboxFullError)
    gate.open()
    await wait_all_tasks_blocked()
    assert [look.value.version for look in looks[:6]] == [4] * 6
    gate = world.redis.hold("commit")
    server.submit(hero, "core.adjust_vitals", hp=-1)
    assert not any(server.submit(hero, "core.view").done for _ in range(6))
    gate.open()


async def test_a_character_that_is_busy_lets_only_so_many_wait(world: World) -> None:
    server = await world.start(mailbox_capacity=3)
    hero = await server.character()
    gate = world.postgres.hold("items")
    server.submit(hero, "inventory.view")
    await gate.reached()
    waiting = [server.submit(hero, "core.view") for _ in range(3)]
    refused = server.submit(hero, "core.view")
    assert isinstance(refused.error, MailboxFullError)
    assert refused.error.retry_after_s > 0
    gate.open()
    await wait_all_tasks_blocked()
    assert all(it.value for it in waiting)
    assert server.metric("dead_letters_total", reason="mailbox_full") == 1


async def test_a_full_backlog_refuses_changes_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_BACKLOG", 5)
    server = await world.start()
    heroes = [await server.character() for _ in range(7)]
    gate = world.redis.hold("commit")
    first = server.submit(heroes[0], "core.move", location="forest")
    await gate.reached()
    taken = [server.submit(hero, "core.move", location="forest") for hero in heroes[1:6]]
    refused = server.submit(heroes[6], "core.move", location="forest")
    assert isinstance(refused.error, BacklogFullError)
    gate.open()
    await wait_all_tasks_blocked()
    assert [it.value.version for it in (first, *taken)] == [2] * 6
    assert (await server.view(heroes[6]))["version"] == 1
    assert (await server.send(heroes[6], "core.move", location="forest")).version == 2


async def test_no_answer_in_time_means_that_the_outcome_is_unknown(world: World) -> None:
    server = await world.start(ask_timeout_s=1)
    hero = await server.character()
    gate = world.redis.hold("commit")
    with pytest.raises(AskTimeoutError):
        await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    gate.open()
    receipt = await server.send(hero, "core.adjust_vitals", "m-1", hp=-1)
    assert (receipt.duplicate, receipt.version) == (True, 2)


async def test_a_message_whose_sender_stopped_waiting_is_not_handled(world: World) -> None:
    server = await world.start(ask_timeout_s=1)
    hero = await server.character()
    gate = world.postgres.hold("items")
    server.submit(hero, "inventory.view")
    await gate.reached()
    with pytest.raises(AskTimeoutError):
        await server.send(hero, "core.move", location="forest")
    gate.open()
    assert (await server.view(hero))["version"] == 1
    assert server.metric("dead_letters_total", reason="expired") == 1
