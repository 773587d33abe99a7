"""Who is in quarantine stays there, untouched, until an operator acted; nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import trio
from attrs import evolve

from gamestate.errors import QuarantinedError
from persistence.errors import BadRecordError
from persistence.hot import keys
from persistence.records import Backup, ItemRow, SaveStatus
from tests.support.game import Server, World

Spoil = Callable[[World, int], None]


def bad_json_in_redis(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"vitals", b"{not JSON")


def impossible_points_in_redis(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"vitals", b'{"hp":{"cur":150,"max":100}}')


def unknown_core_schema_in_redis(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"schema", b"99")


def no_schema_at_all_in_redis(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"schema", b"one")


def negative_quantity_in_redis(world: World, hero: int) -> None:
    item = b'{"template_id":"acid","quantity":-3,"position":0}'
    world.spoil(world.session_key(hero, "inventory"), b"item:1", item)


def session_of_another_in_redis(world: World, hero: int) -> None:
    metadata = b'{"char_id":%d,"loaded_at":0,"dirty":true,"schema":1}' % (hero + 1)
    world.spoil(world.session_key(hero, "inventory"), b"metadata", metadata)


def unknown_session_schema_in_redis(world: World, hero: int) -> None:
    metadata = b'{"char_id":%d,"loaded_at":0,"dirty":true,"schema":"?"}' % hero
    world.spoil(world.session_key(hero, "inventory"), b"metadata", metadata)


IN_REDIS = (
    bad_json_in_redis,
    impossible_points_in_redis,
    unknown_core_schema_in_redis,
    no_schema_at_all_in_redis,
    negative_quantity_in_redis,
    session_of_another_in_redis,
    unknown_session_schema_in_redis,
)


def wrong_shape_in_postgres(world: World, hero: int) -> None:
    world.cold.rows[hero] = evolve(world.row(hero), vitals=b"[1]")


def impossible_points_in_postgres(world: World, hero: int) -> None:
    vitals = b'{"hp":{"cur":150,"max":100}}'
    world.cold.rows[hero] = evolve(world.row(hero), vitals=vitals)


def stats_that_are_none_in_postgres(world: World, hero: int) -> None:
    stats: Any = {"strength": "much"}
    world.cold.rows[hero] = evolve(world.row(hero), stats=stats)


def unknown_schema_in_postgres(world: World, hero: int) -> None:
    world.cold.rows[hero] = evolve(world.row(hero), schema=99)


def negative_quantity_in_postgres(world: World, hero: int) -> None:
    world.cold.item_rows[1] = hero, ItemRow(1, "acid", -3, position=0)


def unknown_item_schema_in_postgres(world: World, hero: int) -> None:
    world.cold.item_rows[1] = hero, ItemRow(1, "acid", 3, position=0, schema=99)


IN_POSTGRES = (
    wrong_shape_in_postgres,
    impossible_points_in_postgres,
    stats_that_are_none_in_postgres,
    unknown_schema_in_postgres,
    negative_quantity_in_postgres,
    unknown_item_schema_in_postgres,
)


async def with_unsaved_items(world: World, server: Server) -> int:
    hero = await server.character()
    await server.send(hero, "inventory.grant", "m-1", template_id="acid", quantity=5)
    return hero


async def only_in_postgres(world: World, server: Server) -> int:
    hero = await with_unsaved_items(world, server)
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    return hero


async def spoilt(world: World, spoil: Spoil) -> tuple[Server, int, int]:
    """A server, a character whose record was spoilt while nobody played it, and a sound one."""
    server = await world.start()
    if spoil in IN_REDIS:
        hero, other = await with_unsaved_items(world, server), await server.character()
        await server.kill()
        spoil(world, hero)
        server = await world.start()
    else:
        hero, other = await only_in_postgres(world, server), await server.character()
        spoil(world, hero)
    return server, hero, other


def bytes_of(world: World, *heroes: int) -> Iterator[object]:
    """Everything both stores have, but for characters that are played meanwhile."""
    hot, cold = world.hot, world.cold
    for hero in heroes:
        yield dict(hot.core(hero))
        yield [dict(hot.session(key)) for key in sorted(hot.keys()) if b":session:" in key]
        yield hot.receipts(hero), world.is_dirty(hero)
        yield cold.rows[hero]
    yield dict(cold.item_rows), dict(cold.item_states), dict(cold.session_documents)


async def refused(server: Server, hero: int) -> str:
    """Log in and look into the bag; the reason why that is refused."""
    with pytest.raises(QuarantinedError) as caught:
        await look_into_the_bag(server, hero)
    return str(caught.value)


async def look_into_the_bag(server: Server, hero: int) -> None:
    await server.login(hero)
    await server.send(hero, "inventory.view")


@pytest.mark.parametrize("spoil", [*IN_REDIS, *IN_POSTGRES])
async def test_a_login_of_a_quarantined_character_changes_nothing_in_either_store(
    world: World, spoil: Spoil
) -> None:
    server, hero, _ = await spoilt(world, spoil)
    first = await refused(server, hero)
    before = list(bytes_of(world, hero))
    for _ in range(3):
        assert await refused(server, hero) == first
        with pytest.raises(QuarantinedError):
            await server.send(hero, "core.move", location="forest")
    assert list(bytes_of(world, hero)) == before
    assert len(world.cold.quarantined) == 1


@pytest.mark.parametrize("spoil", [*IN_REDIS, *IN_POSTGRES])
async def test_it_isolates_that_one_character(world: World, spoil: Spoil) -> None:
    server, hero, other = await spoilt(world, spoil)
    await refused(server, hero)
    assert (await server.login(other)).character["char_id"] == other
    moved = await server.send(other, "core.move", location="forest")
    assert moved.reply["location"]["current"] == "forest"
    await server.orchestrator.backup_full_state(other)
    assert world.row(other).location_id == "forest"


@pytest.mark.parametrize("spoil", [IN_REDIS[0], IN_POSTGRES[0], IN_POSTGRES[4]])
async def test_another_server_refuses_it_too(world: World, spoil: Spoil) -> None:
    server, hero, _ = await spoilt(world, spoil)
    await refused(server, hero)
    await server.stop()
    before = list(bytes_of(world, hero))
    other = await world.start("server-b")
    await refused(other, hero)
    assert list(bytes_of(world, hero)) == before


@pytest.mark.parametrize("spoil", [IN_REDIS[0], IN_REDIS[4], IN_POSTGRES[0], IN_POSTGRES[4]])
async def test_the_record_has_every_byte_that_was_found(world: World, spoil: Spoil) -> None:
    server, hero, _ = await spoilt(world, spoil)
    await refused(server, hero)
    [entry] = world.cold.quarantined
    assert entry.char_id == hero
    assert b"acid" in entry.record or b"[1]" in entry.record


async def test_a_repaired_record_closes_its_entry_at_the_next_login(world: World) -> None:
    server, hero, _ = await spoilt(world, impossible_points_in_postgres)
    await refused(server, hero)
    world.cold.rows[hero] = evolve(world.row(hero), vitals=b'{"hp":{"cur":50,"max":100}}')
    assert (await server.login(hero)).character["vitals"]["hp"]["cur"] == 50
    [entry] = world.cold.quarantined
    assert entry.closed_at is not None


async def test_while_postgres_is_down_a_known_one_stays_refused(world: World) -> None:
    server, hero, _ = await spoilt(world, bad_json_in_redis)
    await refused(server, hero)
    before = list(bytes_of(world, hero))
    world.postgres.go_down()
    await refused(server, hero)
    assert list(bytes_of(world, hero)) == before


async def test_a_bag_that_nobody_can_read_isolates_its_owner_also_in_play(world: World) -> None:
    server = await world.start()
    hero = await only_in_postgres(world, server)
    await server.login(hero)
    negative_quantity_in_postgres(world, hero)
    with pytest.raises(QuarantinedError):
        await server.send(hero, "inventory.view")
    assert not server.is_active(hero)
    with pytest.raises(QuarantinedError):
        await server.send(hero, "core.view")
    assert [entry.source for entry in world.cold.quarantined] == ["session"]
    assert server.metric("quarantined_total") == 1


# ------------------------------------------------------------------ what Postgres refuses


async def owning_what_is_owned(world: World, server: Server) -> tuple[int, int]:
    """Two characters; Redis says that one has an item which Postgres knows as the other's."""
    owner = await only_in_postgres(world, server)
    thief = await with_unsaved_items(world, server)
    stolen = next(it for it, (whose, _) in world.cold.item_rows.items() if whose == owner)
    await server.kill()
    key = world.session_key(thief, "inventory")
    fields = world.hot.hashes[key]
    [mine] = [name for name in fields if name.startswith(b"item:")]
    fields[b"item:%d" % stolen] = fields.pop(mine)
    return owner, thief


async def test_an_item_owned_twice_isolates_who_can_not_be_saved(world: World) -> None:
    owner, thief = await owning_what_is_owned(world, await world.start())
    server = await world.start()
    await server.login(owner)
    await trio.sleep(60)
    assert not server.is_active(thief)
    before = list(bytes_of(world, thief))
    for _ in range(2):
        assert f"belongs to character {owner}" in await refused(server, thief)
    assert list(bytes_of(world, thief)) == before
    assert [(entry.char_id, entry.source) for entry in world.cold.quarantined] == [
        (thief, "backup")
    ]
    bag = (await server.send(owner, "inventory.view")).reply
    assert [item["quantity"] for item in bag["backpack"]] == [5]


async def test_while_redis_is_away_a_turn_that_postgres_refuses_is_quarantined_alone(
    world: World,
) -> None:
    server = await world.start()
    hero, other = await server.character(), await server.character()
    world.redis.go_down()
    world.postgres.refuse("save", BadRecordError(hero, "Postgres refused it", b"the turn"))
    moved = [server.submit(each, "core.move", location="forest") for each in (hero, other)]
    await trio.sleep(1)
    assert isinstance(moved[0].error, QuarantinedError)
    assert moved[1].value.durability == "postgres"
    [entry] = world.cold.quarantined
    assert (entry.char_id, entry.source, entry.record) == (hero, "commit", b"the turn")
    assert not server.is_active(hero)
    assert server.metric("quarantined_total") == 1
    assert world.row(hero).location_id == "start"
    await refused(server, hero)


async def test_a_turn_that_postgres_refuses_without_naming_it_is_found_by_halves(
    world: World,
) -> None:
    server = await world.start()
    heroes = [await server.character() for _ in range(8)]
    world.redis.go_down()
    refuse_unnamed(world, heroes[5])
    moved = [server.submit(hero, "core.move", location="forest") for hero in heroes]
    await trio.sleep(1)
    assert [slot.error is None for slot in moved] == [hero != heroes[5] for hero in heroes]
    assert [entry.char_id for entry in world.cold.quarantined] == [heroes[5]]


def refuse_unnamed(world: World, hero: int) -> None:
    """From now on Postgres refuses every batch this character is in, and does not say why."""
    save = world.cold.save

    async def picky(backups: Sequence[Backup]) -> Sequence[SaveStatus]:
        if any(backup.character.char_id == hero for backup in backups):
            raise BadRecordError(0, "Postgres refused it")
        return await save(backups)

    world.cold.save = picky  # type: ignore[method-assign]  # a Postgres that is hard to please
