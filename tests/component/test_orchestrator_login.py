"""Creating, logging in and out: one activation each time, and a restart logs nobody out."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from gamestate.errors import (
    NotLoggedInError,
    OwnedElsewhereError,
    UnknownCharacterError,
)
from persistence.errors import ColdStoreUnavailableError
from persistence.hot import keys
from persistence.records import LOGGED_OUT, UNOWNED, ColdRelease, HotClaim
from tests.support.game import SESSION_TTL_S, Server, World, eventually


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def test_a_new_character_is_stored_and_logged_out(world: World, server: Server) -> None:
    view = await server.orchestrator.create("Mira", "female", {"strength": 15}, "harbour")
    assert view["stats"]["strength"] == 15
    assert view["location"] == {"current": "harbour", "prev": None}
    assert world.row(view["char_id"]).owner == LOGGED_OUT
    with pytest.raises(NotLoggedInError):
        await server.send(view["char_id"], "core.move", location="forest")


async def test_a_character_that_is_not_there_is_unknown(server: Server) -> None:
    for call in (server.login, server.view, server.orchestrator.logout):
        with pytest.raises(UnknownCharacterError):
            await call(77)
    with pytest.raises(UnknownCharacterError):
        await server.send(77, "core.view")
    with pytest.raises(UnknownCharacterError):
        await server.orchestrator.backup_full_state(77)


async def test_logins_at_the_same_moment_share_one_activation(world: World, server: Server) -> None:
    hero = await server.create()
    logins = [server.login_soon(hero) for _ in range(10)]
    await wait_all_tasks_blocked()
    assert {login.value.character["epoch"] for login in logins} == {1}
    assert world.row(hero).epoch == 1
    assert server.metric("activations_total") == 1


async def test_logging_in_twice_is_the_same_activation(server: Server) -> None:
    hero = await server.create()
    first, second = await server.login(hero), await server.login(hero)
    assert (first.restored_from, second.restored_from) == ("postgres", "memory")
    assert second.character["epoch"] == first.character["epoch"]
    assert server.metric("logins_total", restored_from="memory") == 1


async def test_every_activation_has_a_greater_epoch_in_both_stores(
    world: World, server: Server
) -> None:
    hero = await server.create()
    for epoch in (1, 2, 3):
        assert (await server.login(hero)).character["epoch"] == epoch
        assert world.row(hero).epoch == epoch
        assert int(world.hot.core(hero)[keys.EPOCH]) == epoch
        await server.orchestrator.logout(hero)


async def test_an_epoch_is_above_that_of_either_store(world: World, server: Server) -> None:
    hero = await server.create()
    await world.hot.claim([HotClaim(hero, 40, LOGGED_OUT)])
    assert (await server.login(hero)).character["epoch"] == 41
    assert world.row(hero).epoch == 41


async def test_a_logout_is_answered_after_everything_is_in_postgres(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    gate = world.postgres.hold("save")
    logout = server.logout_soon(hero)
    await gate.reached()
    assert not logout.done
    gate.open()
    await wait_all_tasks_blocked()
    assert logout.value == world.row(hero).version == 2
    assert [row.quantity for row in (await world.cold.items([hero]))[hero].rows] == [5]
    assert not world.is_dirty(hero)


async def test_a_logged_out_character_is_released_in_both_stores_and_forgotten_by_redis(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.orchestrator.logout(hero)
    assert (world.row(hero).owner, world.owner_in_redis(hero)) == (LOGGED_OUT, LOGGED_OUT)
    assert world.hot.ttl_s(keys.core(hero)) == pytest.approx(SESSION_TTL_S)
    assert not server.is_active(hero)


async def test_logging_out_twice_is_fine(server: Server) -> None:
    hero = await server.character()
    assert await server.orchestrator.logout(hero) == 1
    assert await server.orchestrator.logout(hero) == 1


async def test_a_message_after_a_logout_is_refused(server: Server) -> None:
    hero = await server.character()
    await server.orchestrator.logout(hero)
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.move", location="forest")


async def test_messages_that_wait_behind_a_logout_are_refused(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    logout = server.logout_soon(hero)
    await gate.reached()
    late = server.submit(hero, "core.move", location="lake")
    gate.open()
    await wait_all_tasks_blocked()
    assert logout.done
    assert isinstance(late.error, NotLoggedInError)
    assert world.row(hero).location_id == "forest"


async def test_a_logout_waits_for_the_changes_before_it(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    change = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    logout = server.logout_soon(hero)
    await wait_all_tasks_blocked()
    assert not logout.done
    gate.open()
    await wait_all_tasks_blocked()
    assert change.value.version == logout.value == world.row(hero).version == 2


async def test_after_a_logout_without_an_answer_nothing_is_played_on_under_the_old_epoch(
    world: World, server: Server
) -> None:
    hero = await server.character()
    world.postgres.lose_answer("release")
    with pytest.raises(ColdStoreUnavailableError):
        await server.orchestrator.logout(hero)
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.move", location="forest")
    assert (await server.login(hero)).character["epoch"] == 2
    assert (await server.send(hero, "core.move", location="lake")).version == 2


async def test_after_a_logout_that_did_not_happen_the_character_plays_on(
    world: World, server: Server
) -> None:
    hero = await server.character()
    world.postgres.lose_request("release")
    with pytest.raises(ColdStoreUnavailableError):
        await server.orchestrator.logout(hero)
    assert (await server.send(hero, "core.move", location="lake")).version == 2
    assert world.row(hero).epoch == 2


async def test_after_a_logout_without_an_answer_nothing_is_played_that_postgres_may_give_away(
    world: World, server: Server
) -> None:
    """The release may reach Postgres late: then Redis would have the only copy of a character that
    Postgres takes for logged out."""
    hero = await server.character()
    world.postgres.lose_request("release")
    with pytest.raises(ColdStoreUnavailableError):
        await server.orchestrator.logout(hero)
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await server.send(hero, "core.move", location="lake")
    world.postgres.come_back()
    await eventually(lambda: not server.game.health.missing)
    assert (await server.send(hero, "core.move", location="lake")).version == 2
    assert await world.cold.release([ColdRelease(hero, 1, LOGGED_OUT)]) == [False]


async def test_a_login_shows_only_what_is_safe(world: World, server: Server) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    change = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    login = server.login_soon(hero)
    await wait_all_tasks_blocked()
    assert not login.done
    gate.open()
    await wait_all_tasks_blocked()
    assert change.value.version == login.value.character["version"] == 2


async def test_a_login_fails_with_the_change_it_would_have_shown(
    world: World, server: Server
) -> None:
    hero = await server.character()
    gate = world.redis.hold("commit")
    server.submit(hero, "core.move", location="forest")
    await gate.reached()
    login = server.login_soon(hero)
    await wait_all_tasks_blocked()
    world.postgres.go_down()
    world.redis.go_down()
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(login.error, ColdStoreUnavailableError)


async def test_a_login_during_a_logout_leaves_a_character_that_plays_or_says_no(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    gate = world.postgres.hold("save")
    logout = server.logout_soon(hero)
    await gate.reached()
    login = server.login_soon(hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert login.done
    assert logout.value == 2
    await server.login(hero)
    assert (await server.send(hero, "core.move", location="lake")).version == 3


async def test_a_message_during_a_login_waits_for_it(world: World, server: Server) -> None:
    hero = await server.create()
    gate = world.postgres.hold("claim")
    server.login_soon(hero)
    await gate.reached()
    message = server.submit(hero, "core.move", location="forest")
    gate.open()
    await wait_all_tasks_blocked()
    assert message.value.version == 2


async def test_a_login_that_joins_a_messages_failing_start_tries_again_with_its_own(
    world: World, server: Server
) -> None:
    hero = await server.create()
    gate = world.redis.hold("peek")
    message = server.submit(hero, "core.move", location="forest")
    await gate.reached()
    login = server.login_soon(hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert isinstance(message.error, NotLoggedInError)
    assert login.value.restored_from == "postgres"


@pytest.mark.parametrize("ending", ["kill", "stop"])
async def test_a_restart_logs_nobody_out(world: World, server: Server, ending: str) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await getattr(server, ending)()
    server = await world.start()
    assert (await server.send(hero, "core.view")).reply["location"]["current"] == "forest"
    assert (await server.send(hero, "core.move", location="lake")).version == 3


async def test_a_restart_logs_nobody_in(world: World, server: Server) -> None:
    hero = await server.character()
    await server.orchestrator.logout(hero)
    await server.kill()
    server = await world.start()
    with pytest.raises(NotLoggedInError):
        await server.send(hero, "core.view")


async def test_a_clean_stop_leaves_everything_in_postgres_and_the_characters_to_nobody(
    world: World, server: Server
) -> None:
    heroes = [await server.character() for _ in range(5)]
    for hero in heroes:
        await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await server.stop()
    for hero in heroes:
        assert (world.row(hero).version, world.row(hero).owner) == (2, UNOWNED)
        assert world.owner_in_redis(hero) == UNOWNED
        assert not world.is_dirty(hero)
    assert set(await world.cold.items(heroes)) == set(heroes)


async def test_after_a_clean_stop_redis_is_not_needed(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=5)
    await server.stop()
    world.restart_redis_empty()
    server = await world.start()
    assert (await server.send(hero, "inventory.view")).reply["backpack"][0]["quantity"] == 5


async def test_a_message_to_another_servers_character_is_not_taken(world: World) -> None:
    one, two = await world.start("server-a"), await world.start("server-b")
    hero = await one.character()
    with pytest.raises(OwnedElsewhereError):
        await two.send(hero, "core.move", location="forest")
    assert (await one.send(hero, "core.move", location="forest")).version == 2


async def test_a_view_of_a_logged_out_character_does_not_log_it_in(
    world: World, server: Server
) -> None:
    hero = await server.create()
    assert (await server.view(hero))["version"] == 1
    assert world.row(hero).epoch == 0
    assert not server.is_active(hero)


async def test_a_backup_on_demand_brings_postgres_up_to_date(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    assert await server.orchestrator.backup_full_state(hero) == 2
    assert world.row(hero).location_id == "forest"
    await server.orchestrator.logout(hero)
    assert await server.orchestrator.backup_full_state(hero) == 2


async def test_a_character_that_changed_its_state_is_backed_up_soon(world: World) -> None:
    server = await world.start(backup_interval_s=3_600)
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await wait_all_tasks_blocked()
    assert world.row(hero).version == 1
    await server.send(hero, "inventory.open")
    await eventually(lambda: world.row(hero).version == 3)
    await server.send(hero, "inventory.close")
    await eventually(lambda: world.row(hero).version == 4)


async def test_a_message_nobody_waits_for_is_handled_too(world: World, server: Server) -> None:
    hero = await server.character()
    server.orchestrator.tell(hero, "core.move", {"location": "forest"})
    await eventually(lambda: world.version_in_redis(hero) == 2)
