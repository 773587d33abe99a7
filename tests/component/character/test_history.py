"""A session that is over is kept until Postgres has it as history, and is never found again: not
after a crash at any moment, not by the next caller that needs a session."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from persistence.records import StoredSession
from tests.support.game import Server, World, eventually
from tests.support.modules.errand import NoErrandError


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(backup_interval_s=3_600)


async def sent(server: Server) -> int:
    """A character on an errand that Postgres knows of."""
    hero = await server.character()
    await server.send(hero, "errand.begin", text="fetch water")
    await server.orchestrator.backup_full_state(hero)
    return hero


def session_id(world: World, hero: int) -> str:
    return world.session_key(hero, "errand").decode().rpartition(":")[2]


def in_memory(server: Server, hero: int) -> bool:
    return "errand" in server.activation(hero).state.sessions


async def live(world: World, hero: int) -> bool:
    return hero in await world.cold.documents("errand", [hero])


async def stored(world: World, errand_id: str) -> StoredSession:
    found = await world.cold.session("errand", errand_id)
    assert found is not None
    return found


async def seen(server: Server, hero: int) -> dict[str, Any]:
    return dict((await server.send(hero, "errand.read")).reply)


async def is_no_ghost(server: Server, hero: int) -> None:
    """Nothing can be done with it, however it is asked for."""
    with pytest.raises(NoErrandError):
        await server.send(hero, "errand.put_off", due_in_s=1)
    view = await server.view(hero)
    assert view["state"] == "exploration"
    assert "errand" not in view["sessions"]


# ------------------------------------------------------------------ in peace


async def test_what_is_over_stays_until_postgres_has_it_and_then_leaves(
    world: World, server: Server
) -> None:
    hero = await sent(server)
    errand_id = session_id(world, hero)
    gate = world.postgres.hold("save")
    await server.send(hero, "errand.finish")
    await gate.reached()
    assert (await seen(server, hero))["over"]
    assert world.hot.session(world.session_key(hero, "errand"))
    gate.open()
    await wait_all_tasks_blocked()
    assert not in_memory(server, hero)
    assert world.hot.core(hero)[b"errand_session_id"] == b""
    history = await stored(world, errand_id)
    assert (history.char_id, history.live) == (hero, False)
    assert orjson.loads(history.data)["over"] is True
    assert server.metric("sessions", module="errand") == 0


async def test_what_is_over_is_shown_to_nobody(world: World, server: Server) -> None:
    hero = await sent(server)
    errand_id = session_id(world, hero)
    assert (await server.view(hero))["sessions"]["errand"] == errand_id
    assert (await server.login(hero)).character["sessions"]["errand"] == errand_id
    gate = world.postgres.hold("save")
    await server.send(hero, "errand.finish")
    await gate.reached()
    assert in_memory(server, hero)
    assert "errand" not in (await server.view(hero))["sessions"]
    assert "errand" not in (await server.login(hero)).character["sessions"]
    gate.open()


async def test_what_goes_on_is_kept_however_often_it_is_saved(world: World, server: Server) -> None:
    hero = await sent(server)
    await server.send(hero, "errand.put_off", due_in_s=1e6)
    await server.orchestrator.backup_full_state(hero)
    assert in_memory(server, hero)
    assert world.hot.session(world.session_key(hero, "errand"))


async def test_a_session_that_began_and_ended_between_two_backups_is_history(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "errand.begin", text="fetch water")
    errand_id = session_id(world, hero)
    await server.send(hero, "errand.finish")
    await server.orchestrator.backup_full_state(hero)
    assert not (await stored(world, errand_id)).live
    await is_no_ghost(server, hero)


async def test_the_next_one_is_another_session(world: World, server: Server) -> None:
    hero = await sent(server)
    first = session_id(world, hero)
    await server.send(hero, "errand.finish")
    await server.orchestrator.backup_full_state(hero)
    await server.send(hero, "errand.begin", text="fetch wood")
    await server.orchestrator.backup_full_state(hero)
    second = session_id(world, hero)
    assert first != second
    assert [(await stored(world, one)).live for one in (first, second)] == [False, True]


async def test_what_is_appended_is_kept_with_the_history(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "errand.begin", text="fetch water", due_in_s=1)
    errand_id = session_id(world, hero)
    await trio.sleep(2)
    await server.send(hero, "errand.put_off", due_in_s=1)
    await trio.sleep(2)
    await server.send(hero, "errand.finish")
    await server.orchestrator.backup_full_state(hero)
    assert (await stored(world, errand_id)).log == ((1, b"1"), (2, b"2"))


# ------------------------------------------------------------------ in the place of another


async def test_a_session_in_the_place_of_another_leaves_nothing_of_it_in_redis(
    world: World, server: Server
) -> None:
    hero = await sent(server)
    first = world.session_key(hero, "errand")
    receipt = await server.send(hero, "errand.begin", text="fetch wood")
    second = world.session_key(hero, "errand")
    assert first != second
    assert world.sessions("errand") == [second]
    (commits,) = world.redis.calls_of("commit")[-1]
    written = {delta.key: (delta.full, delta.delete) for delta in commits[0].sessions}
    assert written == {second: (True, False), first: (False, True)}
    assert receipt.version == world.version_in_redis(hero) == 3
    await server.kill()
    server = await world.start()
    assert (await seen(server, hero))["text"] == "fetch wood"


async def test_postgres_gets_the_whole_of_a_session_in_the_place_of_another(
    world: World, server: Server
) -> None:
    hero = await sent(server)
    first = session_id(world, hero)
    await server.send(hero, "errand.begin", text="fetch wood")
    await server.orchestrator.backup_full_state(hero)
    world.restart_redis_empty()
    await server.kill()
    server = await world.start()
    assert (await seen(server, hero))["text"] == "fetch wood"
    assert not (await stored(world, first)).live


# ------------------------------------------------------------------ after a crash


async def test_a_crash_before_postgres_knows_the_end_makes_no_ghost(
    world: World, server: Server
) -> None:
    hero = await sent(server)
    errand_id = session_id(world, hero)
    world.postgres.hold("save")
    await server.send(hero, "errand.finish")
    await server.kill()
    assert await live(world, hero), "Postgres still has it as it was"
    world.postgres.hold("save").open()
    server = await world.start(backup_interval_s=3_600)
    await server.login(hero)
    await is_no_ghost(server, hero)
    await server.orchestrator.backup_full_state(hero)
    assert not await live(world, hero)
    assert not (await stored(world, errand_id)).live
    await is_no_ghost(server, hero)


async def test_a_crash_after_postgres_knows_the_end_makes_no_ghost(
    world: World, server: Server
) -> None:
    hero = await sent(server)
    gate = world.redis.hold("mark_clean")
    await server.send(hero, "errand.finish")
    await gate.reached()
    await server.kill()
    gate.open()
    assert not await live(world, hero)
    server = await world.start(backup_interval_s=3_600)
    await server.login(hero)
    await is_no_ghost(server, hero)
    await eventually(lambda: not in_memory(server, hero))


@pytest.mark.parametrize("lost", ["nothing", "redis"])
async def test_an_end_that_only_postgres_took_makes_no_ghost(
    world: World, server: Server, lost: str
) -> None:
    hero = await sent(server)
    world.redis.go_down()
    receipt = await server.send(hero, "errand.finish")
    assert receipt.durability == "postgres"
    assert not await live(world, hero)
    await server.kill()
    world.redis.come_back()
    if lost == "redis":
        world.restart_redis_empty()
    server = await world.start()
    await server.login(hero)
    await is_no_ghost(server, hero)


async def test_what_is_over_and_saved_leaves_with_the_next_restore(
    world: World, server: Server
) -> None:
    hero = await sent(server)
    key = world.session_key(hero, "errand")
    gate = world.postgres.hold("save")
    await server.send(hero, "errand.finish")
    await gate.reached()
    held = world.redis.hold("commit")  # the commit that takes it out of Redis
    gate.open()
    await held.reached()
    await eventually(lambda: not world.is_dirty(hero))
    await server.kill()
    held.open()
    assert world.session_key(hero, "errand") == key
    server = await world.start()
    await server.login(hero)
    await wait_all_tasks_blocked()
    assert not in_memory(server, hero)
    assert world.hot.core(hero)[b"errand_session_id"] == b""
    assert server.metric("sessions_lost_total", module="errand") == 0


async def test_a_logout_at_the_end_leaves_no_session(world: World, server: Server) -> None:
    hero = await sent(server)
    finish = server.submit(hero, "errand.finish")
    await server.orchestrator.logout(hero)
    assert finish.error is None
    assert not await live(world, hero)
    await server.login(hero)
    await is_no_ghost(server, hero)
    assert server.metric("sessions_lost_total", module="errand") == 0
