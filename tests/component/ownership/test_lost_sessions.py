"""A key of a character is deleted in Redis behind the server's back, at any moment: what was
acknowledged is still there, and what is counted as lost was lost.

What only expired was not lost: `test_expired_sessions.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import wait_all_tasks_blocked

from persistence.hot import keys
from tests.support.game import Server, World

Lose = Callable[[World, int], None]


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(backup_interval_s=3_600, passivate_after_s=10_000)


async def grant(server: Server, hero: int, quantity: int = 5) -> int:
    """The version it made."""
    granted = await server.send(hero, "inventory.grant", template_id="acid", quantity=quantity)
    return granted.version


async def quantity(server: Server, hero: int) -> int:
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    return sum(item["quantity"] for item in backpack)


def lost(server: Server) -> float:
    return server.metric("sessions_lost_total", module="inventory")


def lose_session(world: World, hero: int) -> None:
    core = world.hot.core(hero)
    if core.get(b"inventory_session_id"):
        world.hot.lose(world.session_key(hero, "inventory"))


def lose_core(world: World, hero: int) -> None:
    world.hot.lose(keys.core(hero))


def lose_both(world: World, hero: int) -> None:
    lose_session(world, hero)
    lose_core(world, hero)


every_loss = pytest.mark.parametrize("lose", [lose_session, lose_core, lose_both])


# ------------------------------------------------------------------ while the actor lives


@every_loss
@pytest.mark.parametrize("saved", [False, True])
async def test_the_next_change_after_a_loss_writes_everything_again(
    world: World, server: Server, lose: Lose, saved: bool
) -> None:
    hero = await server.character()
    await grant(server, hero)
    if saved:
        await server.orchestrator.backup_full_state(hero)
    lose(world, hero)
    assert await grant(server, hero) == 3
    await server.kill()
    server = await world.start()
    assert await quantity(server, hero) == 10
    assert lost(server) == 0


@every_loss
async def test_a_loss_is_not_seen_by_whoever_reads(
    world: World, server: Server, lose: Lose
) -> None:
    hero = await server.character()
    await grant(server, hero)
    lose(world, hero)
    assert await quantity(server, hero) == 5
    assert (await server.login(hero)).restored_from == "memory"
    assert lost(server) == 0


@every_loss
async def test_a_loss_in_redis_does_not_keep_a_change_from_postgres(
    world: World, server: Server, lose: Lose
) -> None:
    hero = await server.character()
    await grant(server, hero)
    lose(world, hero)
    await server.orchestrator.backup_full_state(hero)
    assert [row.quantity for row in (await world.cold.items([hero]))[hero].rows] == [5]
    assert not world.is_dirty(hero)


@every_loss
async def test_a_loss_while_a_change_is_under_way_is_made_good_with_it(
    world: World, server: Server, lose: Lose
) -> None:
    hero = await server.character()
    await grant(server, hero)
    gate = world.redis.hold("commit")
    changes = [
        server.submit(hero, "inventory.grant", template_id="acid", quantity=5) for _ in range(3)
    ]
    await gate.reached()
    lose(world, hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert [change.value.version for change in changes] == [3, 4, 5]
    await server.kill()
    server = await world.start()
    assert await quantity(server, hero) == 20


@every_loss
async def test_a_change_of_the_core_alone_survives_a_loss(
    world: World, server: Server, lose: Lose
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.orchestrator.backup_full_state(hero)
    lose(world, hero)
    await server.send(hero, "core.move", location="forest")
    await server.kill()
    server = await world.start()
    assert (await server.view(hero))["location"]["current"] == "forest"
    assert await quantity(server, hero) == 5


@every_loss
async def test_a_receipt_survives_a_loss(world: World, server: Server, lose: Lose) -> None:
    hero = await server.character()
    payload = {"template_id": "acid", "quantity": 5}
    first = await server.send(hero, "inventory.grant", "m-1", **payload)
    lose(world, hero)
    again = await server.send(hero, "inventory.grant", "m-1", **payload)
    assert (again.duplicate, again.version) == (True, first.version)
    assert await quantity(server, hero) == 5


STEPS = (
    "open", "grant", "save", "grant", "move", "close", "logout", "grant", "grant", "logout", "open"
)  # fmt: skip


async def play(server: Server, hero: int, step: str) -> int:
    """One step of a player's evening; how many vials it brought."""
    if step == "grant":
        await grant(server, hero)
        return 5
    if step == "save":
        await server.orchestrator.backup_full_state(hero)
    elif step == "logout":
        await server.orchestrator.logout(hero)
        await server.login(hero)
    elif step == "move":
        await server.send(hero, "core.move", location="forest")
    else:
        await server.send(hero, f"inventory.{step}")
    return 0


@every_loss
@pytest.mark.parametrize("moment", range(len(STEPS)))
async def test_at_whatever_moment_a_key_is_lost_every_vial_is_there_in_the_end(
    world: World, server: Server, lose: Lose, moment: int
) -> None:
    hero, vials = await server.character(), 0
    for number, step in enumerate(STEPS):
        vials += await play(server, hero, step)
        if number == moment:
            lose(world, hero)
    assert await quantity(server, hero) == vials
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    await server.login(hero)
    assert await quantity(server, hero) == vials


# ------------------------------------------------------------------ while nobody plays


async def end(world: World, server: Server, hero: int, how: str) -> Server:
    """The actor ends; the server that is there afterwards."""
    if how == "logout":
        await server.orchestrator.logout(hero)
        return server
    await (server.kill() if how == "kill" else server.stop())
    return await world.start()


@pytest.mark.parametrize("how", ["logout", "kill", "stop"])
@every_loss
async def test_what_was_lost_while_nobody_played_comes_from_postgres(
    world: World, server: Server, lose: Lose, how: str
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.orchestrator.backup_full_state(hero)
    server = await end(world, server, hero, how)
    lose(world, hero)
    await server.login(hero)
    assert await quantity(server, hero) == 5
    assert await grant(server, hero) == 3


@pytest.mark.parametrize("how", ["logout", "kill"])
async def test_a_session_that_should_be_in_redis_and_is_not_is_counted(
    world: World, server: Server, how: str
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.orchestrator.backup_full_state(hero)
    server = await end(world, server, hero, how)
    lose_session(world, hero)
    await server.login(hero)
    assert lost(server) == 1


async def test_a_character_that_redis_lost_whole_lost_no_session(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.orchestrator.logout(hero)
    lose_both(world, hero)
    assert (await server.login(hero)).restored_from == "postgres"
    assert lost(server) == 0


async def test_if_the_server_dies_too_what_postgres_had_last_is_played_on(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.orchestrator.backup_full_state(hero)
    await grant(server, hero)
    lose_session(world, hero)
    await server.kill()
    server = await world.start()
    assert await quantity(server, hero) == 5
    assert await grant(server, hero) == 4
    assert lost(server) == 1


async def test_what_goes_on_beside_what_a_character_is_at_comes_from_postgres_with_it(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.send(hero, "probe.leave")
    await server.send(hero, "errand.begin", text="fetch water")
    before = (await server.view(hero))["sessions"]
    await server.orchestrator.backup_full_state(hero)
    await server.kill()
    world.restart_redis_empty()
    server = await world.start()
    assert {"probe", "errand"} <= before.keys()
    assert (await server.login(hero)).character["sessions"] == before
    assert server.metric("sessions_lost_total", module="probe") == 0


# ------------------------------------------------------------------ missing everywhere


def lose_everywhere(world: World, hero: int) -> None:
    world.hot.lose(world.session_key(hero, "errand"))
    world.cold.session_documents.clear()


async def sent_and_killed(world: World, server: Server) -> int:
    """A character on an errand, whose server died after a backup."""
    hero = await server.character()
    await server.send(hero, "errand.begin", text="fetch water")
    await server.orchestrator.backup_full_state(hero)
    await server.kill()
    return hero


async def test_a_character_whose_session_is_nowhere_is_back_in_exploration(
    world: World, server: Server
) -> None:
    hero = await sent_and_killed(world, server)
    lose_everywhere(world, hero)
    server = await world.start()
    with capture_logs() as said:
        character = (await server.login(hero)).character
    assert character["state"] == "exploration"
    assert "errand" not in character["sessions"]
    assert world.hot.core(hero)[b"errand_session_id"] == b""
    assert server.metric("sessions_lost_total", module="errand") == 1
    assert server.metric("sessions_gone_total", module="errand") == 1
    (line,) = said
    assert (line["log_level"], line["char_id"], line["module"]) == ("error", hero, "errand")
    await server.send(hero, "errand.begin", text="fetch wood")


@pytest.mark.parametrize("known_to", ["redis", "postgres"])
async def test_that_it_is_back_is_a_change_which_postgres_gets_too(
    world: World, server: Server, known_to: str
) -> None:
    hero = await sent_and_killed(world, server)
    lose_everywhere(world, hero)
    if known_to == "postgres":
        world.restart_redis_empty()
    server = await world.start(backup_interval_s=1)
    login = await server.login(hero)
    assert login.restored_from == known_to
    assert (login.character["version"], world.row(hero).version) == (3, 2)
    await server.orchestrator.logout(hero)
    assert (world.row(hero).game_stage, world.row(hero).version) == ("exploration", 3)
    world.restart_redis_empty()
    await server.login(hero)
    assert server.metric("sessions_gone_total", module="errand") == 1


async def test_a_session_that_is_nowhere_does_not_take_its_character_out_of_another_state(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.send(hero, "probe.leave")
    await server.send(hero, "inventory.open")
    await server.orchestrator.backup_full_state(hero)
    await server.kill()
    world.hot.lose(world.session_key(hero, "probe"))
    world.cold.session_documents.clear()
    server = await world.start()
    character = (await server.login(hero)).character
    assert (character["state"], character["version"]) == ("inventory", 4)
    assert "probe" not in character["sessions"]
    assert server.metric("sessions_gone_total", module="probe") == 1


async def test_a_session_that_postgres_has_is_lost_but_not_gone(
    world: World, server: Server
) -> None:
    hero = await sent_and_killed(world, server)
    world.hot.lose(world.session_key(hero, "errand"))
    server = await world.start()
    assert (await server.login(hero)).character["state"] == "errand"
    assert server.metric("sessions_lost_total", module="errand") == 1
    assert server.metric("sessions_gone_total", module="errand") == 0


# ------------------------------------------------------------------ one session a character


async def test_however_many_devices_open_the_inventory_at_once_there_is_one_session(
    world: World, server: Server
) -> None:
    hero = await server.character()
    opened = [server.submit(hero, "inventory.open", f"device-{n}") for n in range(50)]
    await wait_all_tasks_blocked()
    assert all(one.value.reply["backpack"] == [] for one in opened)
    assert world.postgres.count("items") == 1
    assert world.sessions("inventory") == [world.session_key(hero, "inventory")]


async def test_devices_that_log_in_and_open_at_once_share_one_session(
    world: World, server: Server
) -> None:
    hero = await server.create()

    async def device() -> None:
        await server.login(hero)
        await server.send(hero, "inventory.open")
        await grant(server, hero, 1)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(device)
    assert await quantity(server, hero) == 20
    assert world.postgres.count("items") == 1
    assert world.sessions("inventory") == [world.session_key(hero, "inventory")]
