"""What an operator does about a quarantined character, beside a server that runs."""

from __future__ import annotations

import pytest
from attrs import evolve

from gamestate.errors import QuarantinedError, UnknownCharacterError
from gamestate.game.quarantine.repair import NoSuchCopyError, QuarantineRepair
from persistence.errors import FencedOutError
from persistence.hot import keys
from persistence.records import ItemRow
from tests.support.game import Server, World


def repair_of(world: World, server: Server) -> QuarantineRepair:
    return QuarantineRepair(world.hot, world.cold, server.game.router.modules)


async def saved_at_two_then_three(world: World) -> tuple[Server, int]:
    """Version 2 (5 acid, the start) is in Postgres; version 3 (the forest) in Redis alone."""
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "inventory.grant", "m-1", template_id="acid", quantity=5)
    await server.orchestrator.backup_full_state(hero)
    await server.send(hero, "core.move", "m-2", location="forest")
    await server.kill()
    return server, hero


async def bad_in_redis(world: World) -> tuple[Server, int]:
    _, hero = await saved_at_two_then_three(world)
    world.spoil(keys.core(hero), b"vitals", b"{not JSON")
    server = await world.start()
    with pytest.raises(QuarantinedError):
        await server.login(hero)
    return server, hero


async def test_a_retry_of_what_is_still_bad_says_why_and_changes_nothing(world: World) -> None:
    server, hero = await bad_in_redis(world)
    before = dict(world.hot.core(hero)), world.row(hero)
    verdict = await repair_of(world, server).retry(hero)
    assert [(problem.char_id, problem.module) for problem in verdict.problems] == [(hero, "core")]
    assert (dict(world.hot.core(hero)), world.row(hero)) == before
    with pytest.raises(QuarantinedError):
        await server.login(hero)


async def test_a_retry_of_what_was_repaired_lets_the_character_in(world: World) -> None:
    server, hero = await bad_in_redis(world)
    world.spoil(keys.core(hero), b"vitals", b'{"hp":{"cur":1,"max":2},"mp":{"cur":1,"max":2}}')
    verdict = await repair_of(world, server).retry(hero)
    assert (verdict.problems, verdict.closed) == ((), 1)
    assert (await server.login(hero)).character["version"] == 3


async def test_continuing_from_postgres_says_what_is_lost_and_keeps_it(world: World) -> None:
    server, hero = await bad_in_redis(world)
    repair = repair_of(world, server)
    plan = await repair.plan(hero, None, None)
    assert (plan.copy, plan.version, plan.newest, plan.lost) == ("postgres", 2, 3, 1)
    assert await repair.carry_out(plan) == 2
    login = await server.login(hero)
    assert (login.restored_from, login.character["location"]["current"]) == ("postgres", "start")
    bag = (await server.send(hero, "inventory.view")).reply["backpack"]
    assert [item["quantity"] for item in bag] == [5]
    kept = [entry for entry in world.cold.quarantined if entry.source == "operator"]
    assert b"forest" in kept[0].record
    assert all(entry.closed_at is not None for entry in world.cold.quarantined)


async def test_no_server_overwrites_what_an_operator_continued_from(world: World) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.orchestrator.backup_full_state(hero)
    repair = repair_of(world, server)
    await repair.carry_out(await repair.plan(hero, "postgres", None))
    with pytest.raises(FencedOutError):
        await server.send(hero, "core.move", location="swamp")
    assert (await server.login(hero)).character["location"]["current"] == "forest"


async def bad_in_postgres(world: World) -> tuple[Server, int]:
    _, hero = await saved_at_two_then_three(world)
    world.cold.rows[hero] = evolve(world.row(hero), version=9, vitals=b"[]")
    server = await world.start()
    with pytest.raises(QuarantinedError):
        await server.login(hero)
    return server, hero


async def test_continuing_from_redis_brings_its_copy_to_postgres(world: World) -> None:
    server, hero = await bad_in_postgres(world)
    repair = repair_of(world, server)
    plan = await repair.plan(hero, None, None)
    assert (plan.copy, plan.version, plan.newest) == ("redis", 3, 9)
    assert await repair.carry_out(plan) == 10
    login = await server.login(hero)
    assert (login.restored_from, login.character["location"]["current"]) == ("postgres", "forest")
    assert (await server.send(hero, "core.move", "m-2", location="forest")).duplicate
    bag = (await server.send(hero, "inventory.view")).reply["backpack"]
    assert [item["quantity"] for item in bag] == [5]


async def test_what_was_dropped_can_be_continued_from_later(world: World) -> None:
    server, hero = await bad_in_postgres(world)
    repair = repair_of(world, server)
    [entry] = world.cold.quarantined
    world.cold.rows[hero] = evolve(world.row(hero), vitals=b'{"hp":{"cur":1,"max":2}}')
    world.restart_redis_empty()
    plan = await repair.plan(hero, "record", entry.entry_id)
    assert plan.version == 3
    await repair.carry_out(plan)
    assert (await server.login(hero)).character["location"]["current"] == "forest"


async def test_a_logged_out_character_stays_logged_out(world: World) -> None:
    server = await world.start()
    hero = await server.create()
    repair = repair_of(world, server)
    await repair.carry_out(await repair.plan(hero, None, None))
    assert world.row(hero).owner == ""


@pytest.mark.parametrize(
    ("copy", "entry_id", "why"),
    [("redis", None, "can't be read either"), ("record", 77, "no record 77"),
     ("record", 1, "can't be")],
)  # fmt: skip
async def test_a_copy_that_is_none_is_refused_and_nothing_is_touched(
    world: World, copy: str, entry_id: int | None, why: str
) -> None:
    server, hero = await bad_in_redis(world)
    before = dict(world.hot.core(hero)), world.row(hero), list(world.cold.quarantined)
    with pytest.raises(NoSuchCopyError, match=why):
        await repair_of(world, server).plan(hero, copy, entry_id)
    assert (dict(world.hot.core(hero)), world.row(hero), world.cold.quarantined) == before


async def test_an_item_owned_twice_stays_out_until_it_is_not(world: World) -> None:
    server, hero = await saved_at_two_then_three(world)
    owner = await (server := await world.start()).create()
    await server.kill()
    item_id = next(iter(world.cold.item_rows))
    world.cold.item_rows[item_id] = owner, ItemRow(item_id, "acid", 5, position=0)
    await world.cold.quarantine(hero, "backup", "an item is another's", b"")
    server = await world.start()
    repair = repair_of(world, server)
    verdict = await repair.retry(hero)
    assert f"belongs to character {owner}" in verdict.problems[0].reason
    with pytest.raises(NoSuchCopyError, match=f"belongs to character {owner}"):
        await repair.carry_out(await repair.plan(hero, "redis", None))
    del world.cold.item_rows[item_id]
    assert (await repair.retry(hero)).problems == ()
    assert (await server.login(hero)).character["location"]["current"] == "forest"


async def test_a_character_that_does_not_exist_is_named(world: World) -> None:
    server = await world.start()
    with pytest.raises(UnknownCharacterError):
        await repair_of(world, server).retry(4711)
    with pytest.raises(UnknownCharacterError):
        await repair_of(world, server).plan(4711, None, None)
