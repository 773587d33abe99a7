"""A store goes away and comes back: what works meanwhile, how durable it is, what is left."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gamestate.errors import NotLoggedInError
from gamestate.game.message_result import MessageResult
from persistence.errors import (
    ColdStoreUnavailableError,
    FencedOutError,
    HotStoreUnavailableError,
    StoreUnavailableError,
)
from persistence.health import PROBE_UP_S
from persistence.hot import group_commit
from persistence.records import HotClaim
from tests.support.game import RETRIED, Server, World, eventually

INTERVAL_S = 30.0


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(backup_interval_s=INTERVAL_S)


async def redis_returns(world: World, server: Server) -> None:
    """Redis answers, the server has seen it, and what it lacked is there."""
    world.redis.come_back()
    await eventually(lambda: not server.game.health.missing)
    await wait_all_tasks_blocked()


async def grant(server: Server, hero: int, quantity: int = 1) -> MessageResult:
    return await server.send(hero, "inventory.grant", template_id="acid", quantity=quantity)


async def quantity(server: Server, hero: int) -> int:
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    return sum(item["quantity"] for item in backpack)


# ------------------------------------------------------------------ Redis is unreachable


async def test_while_redis_is_unreachable_changes_are_durable_in_postgres(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    receipt = await grant(server, hero)
    assert (receipt.version, receipt.durability) == (3, "postgres")
    assert world.row(hero).version == 3
    assert sum(row.quantity for row in (await world.cold.items([hero]))[hero].rows) == 2
    assert server.game.health.missing == ["redis"]
    assert server.metric("store_up", store="redis") == 0
    assert server.metric("commits_fallen_back_total") == 1


async def test_while_redis_is_unreachable_reads_are_served_from_memory(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    assert await quantity(server, hero) == 1
    assert (await server.login(hero)).restored_from == "memory"


async def test_a_read_of_what_only_postgres_has_says_so(world: World, server: Server) -> None:
    hero = await server.character()
    world.redis.go_down()
    await grant(server, hero)
    assert (await server.send(hero, "inventory.view")).durability == "postgres"


async def test_what_was_played_without_redis_survives_the_server(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    await grant(server, hero)
    await server.kill()
    world.redis.come_back()
    server = await world.start()
    assert await quantity(server, hero) == 2
    assert (await server.view(hero))["version"] == 3


async def test_when_redis_returns_it_has_what_the_memory_has(world: World, server: Server) -> None:
    heroes = [await server.character() for _ in range(5)]
    world.redis.go_down()
    for hero in heroes:
        await grant(server, hero, 3)
        await server.send(hero, "core.move", "m-1", location="forest")
    await redis_returns(world, server)
    for hero in heroes:
        assert world.version_in_redis(hero) == 3
        assert world.hot.core(hero)[b"location"] == b'{"current":"forest","prev":"start"}'
        assert world.hot.session(world.session_key(hero, "inventory"))
        assert len(world.hot.receipts(hero)) == 1
    assert (await grant(server, heroes[0])).durability == "redis"


async def test_what_a_crash_left_unsaved_stays_marked_when_redis_is_emptied(world: World) -> None:
    one = await world.start("server-a", backup_interval_s=INTERVAL_S)
    hero = await one.character()
    await one.send(hero, "core.move", location="forest")
    await one.kill()
    two = await world.start("server-b", backup_interval_s=INTERVAL_S)
    await two.login(hero)
    world.restart_redis_empty()
    await eventually(lambda: world.version_in_redis(hero) == 2)
    assert world.row(hero).version == 1
    assert world.is_dirty(hero)


async def test_after_the_return_everything_is_clean_again(world: World, server: Server) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    await grant(server, hero)
    await redis_returns(world, server)
    await eventually(lambda: not world.is_dirty(hero))
    key = world.session_key(hero, "inventory")
    assert world.hot.ttl_s(key) is not None
    assert b'"dirty":false' in world.hot.session(key)[b"metadata"]


async def test_a_session_saved_while_redis_was_away_gets_its_time_to_live(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    await server.orchestrator.backup_full_state(hero)
    await redis_returns(world, server)
    await eventually(lambda: not world.is_dirty(hero))
    key = world.session_key(hero, "inventory")
    assert world.hot.ttl_s(key) is not None
    assert b'"dirty":false' in world.hot.session(key)[b"metadata"]


async def test_a_lost_answer_to_the_clean_mark_leaves_nothing_dirty(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.lose_request("mark_clean")
    await server.orchestrator.backup_full_state(hero)
    await eventually(lambda: not world.is_dirty(hero))
    assert world.hot.ttl_s(world.session_key(hero, "inventory")) is not None


async def test_without_redis_a_character_that_nobody_holds_can_log_in(
    world: World, server: Server
) -> None:
    hero, new = await server.character(), await server.create()
    await grant(server, hero)
    await server.orchestrator.logout(hero)
    world.redis.go_down()
    assert (await server.login(hero)).restored_from == "postgres"
    assert await quantity(server, hero) == 1
    assert (await server.login(new)).restored_from == "postgres"


async def test_without_redis_a_crashed_servers_character_can_not_log_in(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.kill()
    server = await world.start()
    await server.kill()
    world.redis.go_down()
    server = await world.start()
    with pytest.raises(HotStoreUnavailableError):
        await server.login(hero)
    await redis_returns(world, server)
    await server.login(hero)
    assert await quantity(server, hero) == 1


async def test_who_logs_out_without_redis_stays_logged_out(world: World, server: Server) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    await server.orchestrator.logout(hero)
    await redis_returns(world, server)
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.move", location="forest")


async def test_who_logs_out_without_redis_is_not_logged_in_by_a_restart(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    world.redis.go_down()
    await server.orchestrator.logout(hero)
    await server.kill()
    world.redis.come_back()
    server = await world.start()
    await server.pause(2 * INTERVAL_S)
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.move", location="forest")
    assert not world.is_dirty(hero)


async def test_who_logged_in_without_redis_is_logged_in_after_a_crash(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.orchestrator.logout(hero)
    world.redis.go_down()
    await server.login(hero)
    await grant(server, hero)
    await server.kill()
    world.redis.come_back()
    server = await world.start()
    assert await quantity(server, hero) == 1


async def test_redis_may_go_again_while_it_is_given_back_what_it_missed(
    world: World, server: Server
) -> None:
    hero = await server.character()
    world.redis.go_down()
    await grant(server, hero)
    world.redis.lose_request("dirty")
    await redis_returns(world, server)
    await eventually(lambda: world.version_in_redis(hero) == 2)
    assert (await grant(server, hero)).version == 3


async def test_more_characters_than_the_backlog_holds_are_given_back_too(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    heroes = [await server.character() for _ in range(20)]
    monkeypatch.setattr(group_commit, "MAX_BACKLOG", 5)
    world.redis.go_down()
    for hero in heroes:
        await server.send(hero, "core.move", location="forest")
    await redis_returns(world, server)
    await eventually(lambda: all(world.version_in_redis(hero) == 2 for hero in heroes))


# ------------------------------------------------------------------ Redis restarts empty


async def test_a_redis_that_restarted_empty_is_given_everything_by_the_next_turn(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero, 5)
    await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)
    world.restart_redis_empty()
    receipt = await server.send(hero, "core.move", location="forest")
    assert (receipt.version, receipt.durability) == (4, "redis")
    await server.kill()
    server = await world.start()
    assert (await server.login(hero)).character["vitals"]["hp"]["cur"] == 90
    assert await quantity(server, hero) == 5
    assert (await server.send(hero, "core.adjust_vitals", "m-1", hp=-10)).duplicate


async def test_turns_behind_one_that_redis_lost_land_too(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    first = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    more = [server.submit(hero, "core.adjust_vitals", hp=-1) for _ in range(3)]
    world.restart_redis_empty()
    gate.open()
    await wait_all_tasks_blocked()
    assert [it.value.version for it in (first, *more)] == [2, 3, 4, 5]
    assert world.version_in_redis(hero) == 5


async def test_a_session_alone_that_redis_lost_is_written_again(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero, 5)
    key = world.session_key(hero, "inventory")
    world.hot.lose(key)
    await grant(server, hero)
    await server.kill()
    server = await world.start()
    assert await quantity(server, hero) == 6


async def test_a_redis_seen_to_restart_empty_is_given_the_idle_characters_too(
    world: World, server: Server
) -> None:
    heroes = [await server.character() for _ in range(5)]
    for hero in heroes:
        await grant(server, hero)
    world.redis.go_down()
    world.restart_redis_empty()
    await eventually(lambda: server.game.health.missing)
    await redis_returns(world, server)
    assert [world.version_in_redis(hero) for hero in heroes] == [2] * 5
    assert all(world.is_dirty(hero) for hero in heroes)
    await server.kill()
    server = await world.start()
    assert [await quantity(server, hero) for hero in heroes] == [1] * 5


async def test_a_redis_that_restarted_empty_unseen_is_given_the_idle_characters_soon(
    world: World, server: Server
) -> None:
    heroes = [await server.character() for _ in range(5)]
    for hero in heroes:
        await grant(server, hero)
    world.restart_redis_empty()
    await trio.sleep(PROBE_UP_S + 0.1)
    assert [world.version_in_redis(hero) for hero in heroes] == [2] * 5
    assert all(world.is_dirty(hero) for hero in heroes)


# ------------------------------------------------------------------ Postgres is down


async def test_without_postgres_play_goes_on_and_the_dirty_set_grows(
    world: World, server: Server
) -> None:
    heroes = [await server.character() for _ in range(3)]
    for hero in heroes:
        await server.send(hero, "inventory.view")
    world.postgres.go_down()
    for hero in heroes:
        assert (await grant(server, hero)).durability == "redis"
    await server.pause(3 * INTERVAL_S)
    assert server.metric("dirty_characters") == 3
    assert server.metric("oldest_dirty_seconds") >= 2 * INTERVAL_S
    assert server.game.health.missing == ["postgres"]
    world.postgres.come_back()
    await eventually(lambda: server.metric("dirty_characters") == 0)
    assert [world.row(hero).version for hero in heroes] == [2, 2, 2]
    assert server.metric("oldest_dirty_seconds") == 0


async def test_without_postgres_characters_that_redis_knows_can_log_in(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await grant(server, hero)
    await server.orchestrator.logout(hero)
    world.postgres.go_down()
    assert (await server.login(hero)).restored_from == "redis"
    assert await quantity(server, hero) == 1
    assert (await grant(server, hero)).version == 3
    world.postgres.come_back()
    await eventually(lambda: world.row(hero).version == 3)


@pytest.mark.parametrize("changes", [0, 1])
async def test_who_logged_in_without_postgres_can_log_out_when_it_is_back(
    world: World, server: Server, changes: int
) -> None:
    hero = await server.character()
    await server.orchestrator.logout(hero)
    world.postgres.go_down()
    await server.login(hero)
    for _ in range(changes):
        await server.send(hero, "core.move", location="forest")
    world.postgres.come_back()
    await eventually(lambda: not server.game.health.missing)
    assert await server.orchestrator.logout(hero) == 1 + changes
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.move", location="lake")
    assert (await server.login(hero)).character["version"] == 1 + changes


async def test_without_postgres_characters_that_redis_does_not_know_can_not_log_in(
    world: World, server: Server
) -> None:
    hero = await server.create()
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await server.login(hero)
    world.postgres.come_back()
    assert (await server.login(hero)).restored_from == "postgres"


async def test_without_postgres_another_servers_character_can_not_be_taken(world: World) -> None:
    one, two = await world.start("server-a"), await world.start("server-b")
    hero = await one.character()
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await two.login(hero)
    assert (await one.send(hero, "core.move", location="forest")).version == 2


async def test_without_redis_another_servers_character_can_not_be_taken(world: World) -> None:
    one, two = await world.start("server-a"), await world.start("server-b")
    hero = await one.character()
    await grant(one, hero)
    world.redis.go_down()
    for _ in range(2):
        with pytest.raises(HotStoreUnavailableError):
            await two.login(hero)


async def test_without_postgres_a_logout_is_refused_and_the_character_plays_on(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await server.orchestrator.logout(hero)
    assert (await server.send(hero, "core.move", location="lake")).version == 3
    world.postgres.come_back()
    await eventually(lambda: not server.game.health.missing)
    assert await server.orchestrator.logout(hero) == 3


async def test_who_logged_in_without_postgres_is_not_taken_from_postgres_alone(
    world: World, server: Server
) -> None:
    """Postgres takes the character for logged out: it never heard of what was played since."""
    hero = await server.character()
    await server.orchestrator.logout(hero)
    world.postgres.go_down()
    await server.login(hero)
    assert (await server.send(hero, "core.move", location="forest")).durability == "redis"
    world.redis.go_down()
    with pytest.raises(StoreUnavailableError):
        await server.send(hero, "core.move", location="lake")
    world.postgres.come_back()
    await eventually(lambda: server.game.health.missing == ["redis"])
    with pytest.raises(StoreUnavailableError):
        await server.login(hero)
    await redis_returns(world, server)
    login = await server.login(hero)
    assert (login.character["version"], login.character["location"]["current"]) == (2, "forest")
    await server.orchestrator.logout(hero)
    world.redis.go_down()
    assert (await server.login(hero)).character["version"] == 2


async def test_what_each_store_was_told_alone_never_passes_for_the_same(
    world: World, server: Server
) -> None:
    """A server that died in between knows nothing of what was played in Redis alone. What it loses
    is more than one failure's; but what it acknowledges from then on stays."""
    hero = await server.character()
    await server.orchestrator.logout(hero)
    world.postgres.go_down()
    await server.login(hero)
    for place in ("forest", "lake", "mill"):
        await server.send(hero, "core.move", location=place)
    await server.kill()
    world.redis.go_down()
    world.postgres.come_back()
    server = await world.start()
    await server.login(hero)
    await redis_returns(world, server)
    await server.send_until_answered(hero, "core.move", "m-1", location="hill")
    await server.kill()
    server = await world.start()
    assert (await server.login(hero)).character["location"]["current"] == "hill"


# ------------------------------------------------------------------ both are down


async def test_without_both_stores_changes_are_refused(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    world.redis.go_down()
    world.postgres.go_down()
    with pytest.raises(StoreUnavailableError):
        await server.send(hero, "core.move", location="lake")


@pytest.mark.parametrize("first_back", ["redis", "postgres"])
async def test_what_was_acknowledged_before_both_went_down_is_there_after(
    world: World, server: Server, first_back: str
) -> None:
    hero = await server.character()
    await grant(server, hero, 3)
    await server.orchestrator.backup_full_state(hero)
    acknowledged = (await grant(server, hero, 4)).version
    world.redis.go_down()
    world.postgres.go_down()
    with pytest.raises(StoreUnavailableError):
        await server.send(hero, "inventory.grant", "m-1", template_id="acid", quantity=5)
    getattr(world, first_back).come_back()
    await server.pause(5)
    world.redis.come_back()
    world.postgres.come_back()
    again = await server.send_until_answered(
        hero, "inventory.grant", "m-1", template_id="acid", quantity=5
    )
    assert again.version == acknowledged + 1
    assert await quantity(server, hero) == 12
    await eventually(lambda: world.row(hero).version == again.version)
    assert world.version_in_redis(hero) == again.version


async def test_a_start_that_fails_does_not_disturb_the_one_that_follows_it(
    world: World, server: Server
) -> None:
    hero = await server.create()
    gate = world.redis.hold("commit")
    login = server.login_soon(hero)
    await gate.reached()
    again = [world.soon(send_through_failures, server, hero) for _ in range(10)]
    await world.hot.claim([HotClaim(hero, 7, server.owner)])
    gate.open()
    await eventually(lambda: all(it.done for it in again))
    assert isinstance(login.error, FencedOutError)
    assert {it.value for it in again} == {"start"}


async def test_a_start_that_fails_for_want_of_stores_says_so(world: World, server: Server) -> None:
    hero = await server.create()
    gate = world.redis.hold("commit")
    login = server.login_soon(hero)
    await gate.reached()
    world.redis.go_down()
    world.postgres.go_down()
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(login.error, StoreUnavailableError)


async def test_a_backup_while_redis_does_not_answer_waits_instead_of_repeating_itself(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    change = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    backup = world.soon(server.orchestrator.backup_full_state, hero)
    saves = world.postgres.count("save")
    with trio.move_on_after(1):
        for _ in range(100):
            await trio.lowlevel.checkpoint()
    assert world.postgres.count("save") - saves <= 2
    gate.open()
    await wait_all_tasks_blocked()
    assert (change.value.version, backup.value) == (2, 2)


async def send_through_failures(server: Server, hero: int) -> str:
    """A client that asks again at once."""
    while True:
        try:
            location: str = (await server.view(hero))["location"]["current"]
        except RETRIED:
            continue
        else:
            return location


async def test_what_redis_missed_is_not_lost_when_it_can_not_be_seeded_and_postgres_goes_away_too(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    world.redis.go_down()
    await server.send(hero, "core.move", location="lake")
    await server.kill()
    world.redis.come_back()
    world.redis.lose_request("commit")
    world.postgres.lose_request("save")
    server = await world.start(backup_interval_s=INTERVAL_S)
    world.postgres.go_down()
    await eventually(lambda: server.game.health.redis_up)
    with pytest.raises(StoreUnavailableError):
        await server.send(hero, "core.move", location="hill")
    world.postgres.come_back()
    await eventually(lambda: not server.game.health.missing)
    assert (await server.view(hero))["location"]["current"] == "lake"
