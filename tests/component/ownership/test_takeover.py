"""A login of a character that another server plays: it is asked to hand it over, and fenced only if
it does not."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gamestate.errors import OwnedElsewhereError, QuarantinedError
from gamestate.game.ownership.messages import HandoverMessage, encode
from persistence.errors import (
    ColdStoreUnavailableError,
    FencedOutError,
    HotStoreUnavailableError,
)
from persistence.hot import keys
from persistence.records import ColdClaim, HotClaim
from tests.support.game import Server, World, eventually

HANDOVER_S = 2.0
MANY = 600


@pytest.fixture
async def one(world: World) -> Server:
    """Who plays the character."""
    return await world.start("server-a", backup_interval_s=3_600)


@pytest.fixture
async def two(world: World) -> Server:
    """Where it is logged in then; few activations run there at once."""
    return await world.start("server-b", max_concurrent_restores=4)


async def test_a_login_elsewhere_is_given_the_character_as_it_is(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    login = await two.login(hero)
    assert login.takeover == "handed_over"
    assert (login.character["epoch"], login.character["version"]) == (2, 2)
    assert world.row(hero).location_id == login.character["location"]["current"] == "forest"
    assert not one.is_active(hero)
    assert (await two.send(hero, "core.move", location="lake")).version == 3


async def test_a_handover_fences_nobody_and_is_counted_on_both_sides(
    one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    await two.login(hero)
    assert one.metric("handovers_total", outcome="released") == 1
    assert two.metric("handovers_total", outcome="handed_over") == 1
    for server in (one, two):
        assert server.metric("handovers_total", outcome="fenced") == 0
        assert server.metric("fenced_total", store="redis") == 0
        assert server.metric("fenced_total", store="postgres") == 0


async def test_nobody_is_asked_for_a_character_that_nobody_else_has(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.create()
    assert (await one.login(hero)).takeover is None
    assert (await one.login(hero)).takeover is None
    await one.orchestrator.logout(hero)
    assert (await two.login(hero)).takeover is None
    await two.stop()
    assert (await one.login(hero)).takeover is None
    assert world.redis.count("publish") == 0


async def test_a_change_under_way_is_finished_before_the_character_goes(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    gate = world.redis.hold("commit")
    change = one.submit(hero, "core.move", location="forest")
    await gate.reached()
    login = two.login_soon(hero)
    await wait_all_tasks_blocked()
    assert not login.done
    gate.open()
    await eventually(lambda: login.done)
    assert change.value.version == login.value.character["version"] == 2
    assert login.value.takeover == "handed_over"


async def test_a_message_that_comes_during_a_handover_is_told_where_the_character_is(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    login = two.login_soon(hero)
    await gate.reached()
    late = one.submit(hero, "core.move", location="lake")
    gate.open()
    await eventually(lambda: login.done)
    assert isinstance(late.error, OwnedElsewhereError)
    assert login.value.character["location"]["current"] == "forest"


async def test_a_message_between_handover_and_claim_does_not_take_the_character_back(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    gate = world.postgres.hold("claim")
    login = two.login_soon(hero)
    await gate.reached()
    with pytest.raises(OwnedElsewhereError):
        await one.send(hero, "core.move", location="lake")
    gate.open()
    await eventually(lambda: login.done)
    assert login.value.character["epoch"] == 2


async def test_a_server_that_does_not_answer_is_fenced_after_two_seconds(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    started = trio.current_time()
    login = await two.login(hero)
    assert login.takeover == "fenced"
    assert trio.current_time() - started == pytest.approx(HANDOVER_S, abs=0.3)
    assert login.character["location"]["current"] == "forest"
    assert two.metric("handovers_total", outcome="fenced") == 1
    gate.open()
    await eventually(lambda: not one.is_active(hero))
    await eventually(lambda: one.metric("handovers_total", outcome="failed") == 1)
    with pytest.raises((FencedOutError, OwnedElsewhereError)):
        await one.send(hero, "core.move", location="swamp")
    assert (await two.send(hero, "core.move", location="lake")).version == 3


async def test_a_server_that_is_gone_is_not_waited_for(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    await one.kill()
    started = trio.current_time()
    login = await two.login(hero)
    assert trio.current_time() - started < HANDOVER_S / 4
    assert (login.takeover, login.character["version"]) == ("fenced", 2)


async def test_a_server_that_cannot_save_the_character_says_so_at_once(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    world.postgres.refuse("save", ColdStoreUnavailableError("no space left"))
    started = trio.current_time()
    login = await two.login(hero)
    assert trio.current_time() - started < HANDOVER_S / 4
    assert (login.takeover, login.character["location"]["current"]) == ("fenced", "forest")
    assert one.metric("handovers_total", outcome="failed") == 1


async def test_a_handover_of_which_the_answer_is_lost_is_one_all_the_same(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    login = two.login_soon(hero)
    await gate.reached()
    world.redis.lose_request("publish")
    gate.open()
    await eventually(lambda: login.done)
    assert login.value.takeover == "handed_over"
    assert two.metric("handovers_total", outcome="fenced") == 0


async def test_a_server_that_restarted_and_has_not_woken_the_character_lets_go_of_it(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.orchestrator.backup_full_state(hero)
    await one.kill()
    await world.start("server-a")
    started = trio.current_time()
    login = await two.login(hero)
    assert (login.takeover, login.character["epoch"]) == ("handed_over", 2)
    assert trio.current_time() - started < HANDOVER_S / 4


@pytest.mark.parametrize(
    ("store", "error"),
    [("redis", HotStoreUnavailableError), ("postgres", ColdStoreUnavailableError)],
)
async def test_without_one_of_the_stores_nothing_is_taken_from_another_server(
    world: World, one: Server, two: Server, store: str, error: type[Exception]
) -> None:
    hero = await one.character()
    before = world.row(hero)
    getattr(world, store).go_down()
    for _ in range(2):
        with pytest.raises(error):
            await two.login(hero)
    getattr(world, store).come_back()
    await eventually(lambda: not one.game.health.missing)
    assert world.row(hero) == before
    assert (await one.send(hero, "core.move", location="forest")).version == 2


async def test_logins_of_many_characters_of_a_silent_server_wait_side_by_side(
    world: World, one: Server, two: Server
) -> None:
    heroes = [await one.character() for _ in range(MANY)]
    world.postgres.hold("release")
    started = trio.current_time()
    logins = [two.login_soon(hero) for hero in heroes]
    await eventually(lambda: all(login.done for login in logins))
    assert trio.current_time() - started < 2 * HANDOVER_S
    assert {login.value.takeover for login in logins} == {"fenced"}


async def test_many_characters_are_asked_for_and_handed_over_together(
    world: World, one: Server
) -> None:
    two = await world.start("server-b")
    heroes = [await one.character() for _ in range(MANY)]
    for hero in heroes:
        await one.send(hero, "core.move", location="forest")
    saves = world.postgres.count("save")
    logins = [two.login_soon(hero) for hero in heroes]
    await eventually(lambda: all(login.done for login in logins))
    assert {login.value.takeover for login in logins} == {"handed_over"}
    assert world.postgres.count("save") - saves <= 10
    assert world.redis.count("publish") <= 20


async def test_logins_of_one_character_at_the_same_moment_share_the_handover(
    one: Server, two: Server
) -> None:
    hero = await one.character()
    logins = [two.login_soon(hero) for _ in range(10)]
    await eventually(lambda: all(login.done for login in logins))
    assert {login.value.character["epoch"] for login in logins} == {2}
    assert one.metric("handovers_total", outcome="released") == 1


async def test_an_old_request_does_not_end_a_new_session(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await two.login(hero)
    ((channel, request), *_) = world.redis.calls_of("publish")
    assert (await one.login(hero)).character["epoch"] == 3
    assert await world.hot.publish(channel, request) == 1
    await wait_all_tasks_blocked()
    assert (await one.send(hero, "core.move", location="forest")).version == 2


async def test_an_old_request_does_not_end_a_new_session_of_which_redis_says_nothing(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await two.login(hero)
    ((channel, request), *_) = world.redis.calls_of("publish")
    assert (await one.login(hero)).character["epoch"] == 3
    world.redis.go_down()
    assert await world.hot.publish(channel, request) == 1
    await wait_all_tasks_blocked()
    assert one.is_active(hero)


async def test_a_server_that_hears_late_that_it_was_asked_saves_nothing_of_what_it_lost(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    request = encode("server-b", [HandoverMessage("server-a", "asked", hero, 1)])
    (row,) = await world.cold.claim([ColdClaim(hero, 0, "server-b")])
    assert row is not None
    await world.hot.claim([HotClaim(hero, row.epoch, "server-b")])
    saves = world.postgres.count("save")
    await world.hot.publish(keys.handover("server-a"), request)
    await wait_all_tasks_blocked()
    assert world.postgres.count("save") == saves
    assert one.metric("handovers_total", outcome="failed") == 0


async def test_what_no_server_would_say_is_counted_and_harms_nothing(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    for nonsense in (b"", b"{}", b"[]", b'{"sender":"x","asked":[[1]]}', b"\xff"):
        assert await world.hot.publish(keys.handover("server-a"), nonsense) == 1
    assert one.metric("unreadable_notes_total") == 5
    assert (await two.login(hero)).takeover == "handed_over"


async def test_a_channel_that_was_lost_is_listened_to_again(world: World) -> None:
    world.redis.lose_request("listen")
    one, two = await world.start("server-a"), await world.start("server-b")
    hero = await one.character()
    await eventually(lambda: len(world.redis.calls_of("listen")) == 2)
    assert (await two.login(hero)).takeover == "handed_over"


async def test_a_record_nobody_can_read_is_put_into_quarantine_by_the_login(
    world: World, one: Server, two: Server
) -> None:
    hero = await one.character()
    world.spoil(keys.core(hero), b"stats", b"{")
    await one.kill()
    with pytest.raises(QuarantinedError):
        await two.login(hero)
