"""A module that asks to be woken is woken: on time, once, after whatever happened meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.timers import RETRY_S as FULL_RETRY_S
from gamestate.errors import UnknownMessageTypeError
from gamestate.game.character.alarms import RETRY_S, SOONEST_S
from gamestate.game.character.orders import WakeUp
from persistence.records import LOGGED_OUT
from tests.support.game import START_S, Server, World, eventually
from tests.support.modules.errand import NoErrandError

PASSIVATE_S = 20.0
WAKE = "errand.wake"


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(passivate_after_s=PASSIVATE_S, backup_interval_s=1)


async def sent(server: Server, due_in_s: float | None, text: str = "fetch water") -> int:
    """A character on an errand, with a deadline."""
    hero = await server.character()
    await server.send(hero, "errand.begin", text=text, due_in_s=due_in_s)
    return hero


async def seen(server: Server, hero: int) -> dict[str, Any]:
    return dict((await server.send(hero, "errand.read")).reply)


def woken(server: Server) -> float:
    """How many wake-ups had the turn they were for."""
    return server.metric("messages_total", type=WAKE, outcome="ok")


def refused(server: Server) -> float:
    return server.metric("messages_total", type=WAKE, outcome="refused")


# ------------------------------------------------------------------ on time


async def test_it_is_woken_when_it_wants_to_be_and_not_before(server: Server) -> None:
    hero = await sent(server, 100)
    await trio.sleep(99)
    assert (await seen(server, hero))["woken"] == 0
    await trio.sleep(2)
    assert (await seen(server, hero))["woken"] == 1


async def test_being_woken_is_a_turn_like_any_other(world: World, server: Server) -> None:
    hero = await sent(server, 100)
    version = world.version_in_redis(hero)
    await trio.sleep(101)
    assert world.version_in_redis(hero) == version + 1
    assert woken(server) == 1
    await server.orchestrator.backup_full_state(hero)
    assert world.row(hero).version == version + 1


async def test_it_is_woken_once(server: Server) -> None:
    await sent(server, 10)
    await trio.sleep(200)
    assert woken(server) == 1


async def test_nobody_is_woken_who_did_not_ask(server: Server) -> None:
    await sent(server, None)
    await trio.sleep(200)
    assert woken(server) == 0


@pytest.mark.parametrize("due_in_s", [200, 20])
async def test_a_deadline_that_moves_counts_where_it_is_in_the_end(
    server: Server, due_in_s: float
) -> None:
    hero = await sent(server, 100)
    await server.send(hero, "errand.put_off", due_in_s=due_in_s)
    await trio.sleep(due_in_s - 1)
    assert woken(server) == 0
    await trio.sleep(2)
    assert woken(server) == 1


async def test_a_deadline_that_moves_on_and_on_leaves_one_timer(server: Server) -> None:
    hero = await sent(server, 50)
    for _ in range(100):
        await trio.sleep(1)
        await server.send(hero, "errand.put_off", due_in_s=50)
    assert len(server.game.system.timers) == 1
    await trio.sleep(51)
    assert woken(server) == 1


async def test_a_deadline_that_is_taken_back_wakes_nobody(server: Server) -> None:
    hero = await sent(server, 100)
    await server.send(hero, "errand.put_off")
    await trio.sleep(200)
    assert woken(server) == 0


async def test_what_is_over_is_not_woken(server: Server) -> None:
    hero = await sent(server, 100)
    await server.send(hero, "errand.finish")
    await trio.sleep(200)
    assert woken(server) == 0


async def test_a_session_in_the_place_of_another_has_its_own_deadline(server: Server) -> None:
    hero = await sent(server, 30)
    await server.send(hero, "errand.begin", text="another", due_in_s=100)
    await trio.sleep(99)
    assert woken(server) == 0
    await trio.sleep(2)
    assert (await seen(server, hero))["woken"] == 1


async def test_a_module_that_lets_its_time_pass_is_not_woken_for_it_again(server: Server) -> None:
    await sent(server, 10, "ignore")
    await trio.sleep(200)
    assert woken(server) == 1


async def test_a_module_that_insists_on_a_time_that_is_over_does_not_hold_up_the_server(
    server: Server,
) -> None:
    hero = await sent(server, 10, "insist")
    await trio.sleep(20)
    assert 2 <= woken(server) <= 10 / SOONEST_S
    assert (await seen(server, hero))["woken"] == woken(server)


async def test_the_wall_clock_says_when(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = 40.0
    monkeypatch.setattr("tests.support.game.now_s", lambda: START_S + trio.current_time() - behind)
    server = await world.start()
    await sent(server, 100)
    behind = 70.0  # the clock is put back
    await trio.sleep(101)
    assert woken(server) == 0
    await trio.sleep(30)
    assert woken(server) == 1


async def test_clients_can_not_wake_anybody(server: Server) -> None:
    hero = await sent(server, 100)
    with pytest.raises(UnknownMessageTypeError) as caught:
        await server.send(hero, WAKE)
    assert "errand.begin" in caught.value.facts["known"]
    assert WAKE not in caught.value.facts["known"]


# ------------------------------------------------------------------ whatever happened meanwhile


async def test_who_has_a_deadline_stays_in_memory_until_it_is_over(server: Server) -> None:
    hero = await sent(server, 10 * PASSIVATE_S)
    await trio.sleep(9 * PASSIVATE_S)
    assert server.is_active(hero)
    assert server.metric("activations_total") == 1
    await trio.sleep(4 * PASSIVATE_S)
    assert woken(server) == 1
    assert not server.is_active(hero)


@pytest.mark.parametrize("redis_is_empty", [False, True])
@pytest.mark.parametrize("down_s", [10, 300])
async def test_it_is_woken_after_a_crash_of_the_server(
    world: World, server: Server, redis_is_empty: bool, down_s: float
) -> None:
    hero = await sent(server, 100)
    await eventually(lambda: not world.is_dirty(hero))
    await server.kill()
    if redis_is_empty:
        world.restart_redis_empty()
    await trio.sleep(down_s)
    server = await world.start(passivate_after_s=PASSIVATE_S)
    await server.login(hero)
    await trio.sleep(101 - down_s if down_s < 100 else 1)
    assert woken(server) == 1
    assert (await seen(server, hero))["woken"] == 1


async def test_it_is_woken_after_a_change_that_crashed(server: Server) -> None:
    hero = await sent(server, 100)
    server.submit(hero, "errand.boast")
    await trio.sleep(101)
    assert woken(server) == 1


async def test_a_logged_out_character_is_left_alone_until_it_is_back(
    world: World, server: Server
) -> None:
    hero = await sent(server, 100)
    await server.orchestrator.logout(hero)
    await trio.sleep(200)
    assert world.row(hero).owner == LOGGED_OUT
    assert woken(server) == 0
    assert server.metric("actor_stops_total", reason="start_failed") == 0, "nobody called it"
    await server.login(hero)
    await trio.sleep(1)
    assert woken(server) == 1


async def test_a_character_that_another_server_took_is_woken_there(
    world: World, server: Server
) -> None:
    hero = await sent(server, 100)
    await eventually(lambda: not world.is_dirty(hero))
    other = await world.start("server-b")
    await other.login(hero)
    await trio.sleep(101)
    assert (woken(server), woken(other)) == (0, 1)
    assert server.metric("actor_stops_total", reason="start_failed") == 0


async def test_it_is_woken_though_the_session_must_be_loaded_for_it(server: Server) -> None:
    hero = await sent(server, 10, "derive")
    await trio.sleep(11)
    assert (await seen(server, hero))["woken"] == 1


async def test_a_store_that_is_away_then_is_waited_for(world: World, server: Server) -> None:
    hero = await sent(server, 100, "derive")
    await eventually(lambda: not world.is_dirty(hero))
    world.postgres.go_down()
    await trio.sleep(100 + 3 * RETRY_S)
    assert woken(server) == 0
    world.postgres.come_back()
    await trio.sleep(RETRY_S)
    assert woken(server) == 1


async def test_a_module_that_refuses_to_be_woken_is_asked_again_later(server: Server) -> None:
    hero = await sent(server, 10, "refuse")
    await trio.sleep(11 + 2 * RETRY_S)
    assert refused(server) == 3
    await server.send(hero, "errand.put_off", due_in_s=100)
    await trio.sleep(99)
    assert refused(server) == 3


async def test_a_module_that_crashes_when_it_is_woken_does_not_bring_its_character_down(
    server: Server,
) -> None:
    hero = await sent(server, 10, "crash")
    await trio.sleep(8 * RETRY_S)
    crashes = server.metric("actor_crashes_total")
    assert 6 <= crashes <= 8
    assert server.metric("actors_given_up_total") == 0
    assert (await seen(server, hero))["text"] == "crash"


async def test_a_full_mailbox_only_delays_it(world: World) -> None:
    server = await world.start(mailbox_capacity=1)
    hero = await sent(server, 10)
    gate = world.postgres.hold("items")
    loading = server.submit(hero, "inventory.view")
    await gate.reached()
    waiting = server.submit(hero, "core.view")
    await trio.sleep(11)
    gate.open()
    await wait_all_tasks_blocked()
    assert loading.done
    assert waiting.done
    assert woken(server) == 0
    await trio.sleep(2 * FULL_RETRY_S)
    assert woken(server) == 1


async def test_an_order_for_a_session_that_is_not_there_does_nothing(server: Server) -> None:
    hero = await server.character()
    server.game.system.ref(hero).tell(WakeUp("errand"))
    await wait_all_tasks_blocked()
    assert woken(server) == 0
    with pytest.raises(NoErrandError):
        await server.send(hero, "errand.read")


# ------------------------------------------------------------------ what it costs others


async def test_modules_without_the_command_are_never_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(session: Any) -> float | None:
        raise AssertionError("nobody wants to know")

    for name in ("inventory", "probe"):
        monkeypatch.setattr(server.game.router.modules[name], "wakes_at", asked)
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=1)
    await server.send(hero, "probe.begin", text="hello")
    await server.send(hero, "core.move", location="forest")
    assert not server.game.system.timers.expects(hero)
