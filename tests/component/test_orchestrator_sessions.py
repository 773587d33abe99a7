"""One character, two sessions on one server: what a second login does, and what the late close of
the first one may not do."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.errors import ActorStoppedError
from gamestate.errors import NotLoggedInError, SupersededError
from gamestate.game.character.orders import Logout
from gamestate.game.ownership.claims import SINGLE_STORE_EPOCH_GAP
from persistence.errors import StoreUnavailableError
from tests.support.game import Server, World, eventually

HANDOVER_S = 2.0


@pytest.fixture
async def server(world: World) -> Server:
    """A second login takes over."""
    return await world.start(login_policy="takeover", backup_interval_s=3_600)


# ------------------------------------------------------------------ the second login


async def test_unless_told_otherwise_a_second_login_shares_the_character(world: World) -> None:
    server = await world.start()
    hero = await server.create()
    first, second = await server.login(hero), await server.login(hero)
    assert second.character["epoch"] == first.character["epoch"]
    assert (second.takeover, second.restored_from) == (None, "memory")


async def test_a_second_login_may_take_over_with_a_new_epoch_and_all_changes(
    world: World, server: Server
) -> None:
    hero = await server.create()
    first = await server.login(hero)
    await server.send(hero, "core.move", location="forest")
    second = await server.login(hero)
    assert (first.takeover, second.takeover) == (None, "handed_over")
    assert second.character["epoch"] == first.character["epoch"] + 1
    assert second.character["location"]["current"] == world.row(hero).location_id == "forest"
    assert server.metric("handovers_total", outcome="handed_over") == 1
    assert server.metric("fenced_total", store="redis") == 0
    assert (await server.send(hero, "core.move", location="lake")).version == 3


async def test_what_was_sent_before_the_second_login_is_finished_and_what_comes_later_is_put_off(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    second = server.login_soon(hero)
    await gate.reached()
    late = server.submit(hero, "core.move", location="swamp")
    gate.open()
    await eventually(lambda: second.done)
    assert isinstance(late.error, ActorStoppedError)
    assert second.value.character["location"]["current"] == "forest"


async def test_second_logins_at_the_same_moment_end_in_one_session(
    world: World, server: Server
) -> None:
    hero = await server.character()
    logins = [server.login_soon(hero) for _ in range(5)]
    await eventually(lambda: all(login.done for login in logins))
    latest = max(login.value.character["epoch"] for login in logins)
    assert latest == world.row(hero).epoch
    assert (await server.send(hero, "core.view")).reply["epoch"] == latest


async def test_a_second_login_shares_what_the_first_is_still_loading_after_two_seconds(
    world: World, server: Server
) -> None:
    hero = await server.create()
    gate = world.postgres.hold("claim")
    first = server.login_soon(hero)
    await gate.reached()
    second = server.login_soon(hero)
    await trio.sleep(HANDOVER_S + 1)
    assert not second.done
    gate.open()
    await eventually(lambda: first.done and second.done)
    assert first.value.character["epoch"] == second.value.character["epoch"] == 1
    assert second.value.takeover is None


async def test_a_first_session_that_cannot_be_saved_is_fenced_after_two_seconds(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    started = trio.current_time()
    second = await server.login(hero)
    assert trio.current_time() - started == pytest.approx(HANDOVER_S, abs=0.3)
    assert second.takeover == "fenced"
    gate.open()
    assert second.character["location"]["current"] == "forest"
    assert (await server.send(hero, "core.move", location="lake")).version == 3


async def test_a_second_login_takes_over_while_postgres_is_down(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    world.postgres.go_down()
    second = await server.login(hero)
    assert second.takeover == "fenced"
    assert (second.character["epoch"], second.character["version"]) == (
        1 + SINGLE_STORE_EPOCH_GAP,
        2,
    )


async def test_with_both_stores_down_the_first_session_plays_on(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    world.postgres.go_down()
    world.redis.go_down()
    with pytest.raises(StoreUnavailableError):
        await server.login(hero)
    world.postgres.come_back()
    world.redis.come_back()
    await eventually(lambda: not server.game.health.missing)
    assert (await server.send(hero, "core.move", location="lake")).version == 3


async def test_a_takeover_of_a_character_that_plays_elsewhere_asks_there(
    world: World, server: Server
) -> None:
    other = await world.start("server-b")
    hero = await other.character()
    assert (await server.login(hero)).takeover == "handed_over"
    assert other.metric("handovers_total", outcome="released") == 1


# ------------------------------------------------------------------ the late close


async def test_a_logout_of_the_session_that_plays_is_done(world: World, server: Server) -> None:
    hero = await server.create()
    epoch = (await server.login(hero)).character["epoch"]
    await server.send(hero, "core.move", location="forest")
    assert await server.orchestrator.logout(hero, epoch) == 2
    assert await server.orchestrator.logout(hero, epoch) == 2
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.view")


async def test_the_late_close_of_an_old_session_does_not_harm_the_new_one(
    world: World, server: Server
) -> None:
    hero = await server.create()
    old = (await server.login(hero)).character["epoch"]
    new = (await server.login(hero)).character["epoch"]
    with pytest.raises(SupersededError) as refused:
        await server.orchestrator.logout(hero, old)
    assert refused.value.facts == {"epoch": old, "current": new}
    assert (await server.send(hero, "core.view")).reply["epoch"] == new
    assert await server.orchestrator.logout(hero) == 1


async def test_a_late_close_that_waits_behind_a_takeover_is_not_done(
    world: World, server: Server
) -> None:
    hero = await server.create()
    old = (await server.login(hero)).character["epoch"]
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    second = server.login_soon(hero)
    await gate.reached()
    close = world.soon(server.orchestrator.logout, hero, old)
    await wait_all_tasks_blocked()
    gate.open()
    await eventually(lambda: close.done and second.done)
    assert isinstance(close.error, ActorStoppedError)
    assert (await server.send(hero, "core.view")).reply["epoch"] == old + 1


async def test_the_actor_itself_refuses_the_close_of_another_session(server: Server) -> None:
    """The stores were looked at before it was sent, and that is a while ago."""
    hero = await server.character()
    epoch = (await server.login(hero)).character["epoch"]
    with pytest.raises(SupersededError):
        await server.game.system.ref(hero).ask(Logout(epoch - 1))
    assert server.is_active(hero)


async def test_the_late_close_at_the_server_that_had_the_character_is_refused(
    world: World, server: Server
) -> None:
    hero = await server.create()
    old = (await server.login(hero)).character["epoch"]
    other = await world.start("server-b")
    new = (await other.login(hero)).character["epoch"]
    with pytest.raises(SupersededError) as refused:
        await server.orchestrator.logout(hero, old)
    assert refused.value.facts == {"epoch": old, "current": new}
    assert (await other.send(hero, "core.move", location="forest")).version == 2


async def test_a_session_that_left_the_memory_can_still_be_closed(
    world: World, server: Server
) -> None:
    hero = await server.create()
    epoch = (await server.login(hero)).character["epoch"]
    await server.game.system.registry.stop(hero, "passivated")
    assert await server.orchestrator.logout(hero, epoch) == 1
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.view")


# ------------------------------------------------------------------ messages for one session


async def test_a_message_for_the_epoch_that_plays_is_handled(server: Server) -> None:
    hero = await server.create()
    epoch = (await server.login(hero)).character["epoch"]
    assert (await server.send_under(epoch, hero, "core.move", location="forest")).version == 2


async def test_a_message_of_an_old_session_is_refused_and_changes_nothing(server: Server) -> None:
    hero = await server.create()
    old = (await server.login(hero)).character["epoch"]
    new = (await server.login(hero)).character["epoch"]
    with pytest.raises(SupersededError) as refused:
        await server.send_under(old, hero, "core.move", location="swamp")
    assert refused.value.facts == {"epoch": old, "current": new}
    assert (await server.send(hero, "core.view")).version == 1
    assert server.metric("messages_total", type="core.move", outcome="refused") == 1


async def test_a_message_for_one_epoch_may_load_a_session_first(server: Server) -> None:
    hero = await server.create()
    await server.login(hero)
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    epoch = (await server.login(hero)).character["epoch"]
    shown = await server.send_under(epoch, hero, "inventory.view")
    assert [item["quantity"] for item in shown.reply["backpack"]] == [5]
