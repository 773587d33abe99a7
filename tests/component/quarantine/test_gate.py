"""A record that cannot be read stops its own character only; its bytes stay, and nothing is written
over them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from gamestate.errors import QuarantinedError
from persistence.hot import keys
from persistence.records import ItemRow
from tests.support.game import Server, World

Spoil = Callable[[World, int], None]


def spoil_core(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"vitals", b"not JSON")


def spoil_core_shape(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"stats", b'{"strength":"much"}')


def spoil_core_points(world: World, hero: int) -> None:
    world.spoil(keys.core(hero), b"vitals", b'{"hp":{"cur":7,"max":5}}')


def spoil_session(world: World, hero: int) -> None:
    world.spoil(world.session_key(hero, "inventory"), b"equipped", b"[")


def spoil_metadata(world: World, hero: int) -> None:
    world.spoil(world.session_key(hero, "inventory"), b"metadata", b"[]")


def spoil_schema(world: World, hero: int) -> None:
    world.spoil(
        world.session_key(hero, "inventory"),
        b"metadata",
        b'{"char_id":%d,"loaded_at":0,"dirty":true,"schema":99}' % hero,
    )


def spoil_receipt(world: World, hero: int) -> None:
    world.hot.lists[keys.dedupe(hero)].append(b"not a receipt")


IN_REDIS = (
    spoil_core,
    spoil_core_shape,
    spoil_core_points,
    spoil_session,
    spoil_metadata,
    spoil_schema,
    spoil_receipt,
)


def spoil_row(world: World, hero: int) -> None:
    world.cold.rows[hero] = evolve(world.row(hero), vitals=b'{"hp":{"cur":7,"max":5}}')


def spoil_stored_receipts(world: World, hero: int) -> None:
    world.cold.rows[hero] = evolve(world.row(hero), receipts=b'[{"no":"id"}]')


def spoil_item(world: World, hero: int) -> None:
    item_id = next(iter(world.cold.item_rows))
    world.cold.item_rows[item_id] = hero, ItemRow(item_id, "acid", 0, position=0)


IN_POSTGRES = (spoil_row, spoil_stored_receipts, spoil_item)


async def crashed(world: World) -> int:
    """A character with unsaved changes, whose server was killed."""
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "inventory.grant", "m-1", template_id="acid", quantity=5)
    await server.kill()
    return hero


async def logged_out(world: World, server: Server) -> int:
    """A character that only Postgres knows."""
    hero = await server.character()
    await server.send(hero, "inventory.grant", "m-1", template_id="acid", quantity=5)
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    return hero


async def log_in_and_look(server: Server, hero: int) -> None:
    """Read everything there is of a character."""
    await server.login(hero)
    await server.send(hero, "inventory.view")


@pytest.mark.parametrize("spoil", IN_REDIS)
async def test_what_redis_has_but_nobody_can_read_is_kept(world: World, spoil: Spoil) -> None:
    hero = await crashed(world)
    spoil(world, hero)
    session = world.session_key(hero, "inventory")
    stored = world.contents(hero, session)
    server = await world.start()
    with pytest.raises(QuarantinedError):
        await server.send(hero, "core.view")
    assert world.contents(hero, session) == stored
    assert world.row(hero).version == 1
    assert world.is_dirty(hero)


@pytest.mark.parametrize("spoil", IN_REDIS)
async def test_what_redis_has_but_nobody_can_read_is_copied_to_the_quarantine(
    world: World, spoil: Spoil
) -> None:
    hero = await crashed(world)
    spoil(world, hero)
    server = await world.start()
    kept = world.cold.quarantined[0]
    assert kept.char_id == hero
    assert b"acid" in kept.record
    assert server.metric("quarantined_total") >= 1


@pytest.mark.parametrize("spoil", IN_POSTGRES)
async def test_what_postgres_has_but_nobody_can_read_is_kept(world: World, spoil: Spoil) -> None:
    server = await world.start()
    hero = await logged_out(world, server)
    spoil(world, hero)
    items, row = dict(world.cold.item_rows), world.row(hero)
    with pytest.raises(QuarantinedError):
        await log_in_and_look(server, hero)
    assert world.cold.item_rows == items
    assert evolve(world.row(hero), epoch=0, owner="") == evolve(row, epoch=0, owner="")


@pytest.mark.parametrize("spoil", [*IN_REDIS, spoil_row])
async def test_the_other_characters_go_on(world: World, spoil: Spoil) -> None:
    hero, other = await crashed(world), await crashed(world)
    spoil(world, hero)
    server = await world.start()
    assert (await server.send(other, "core.move", location="forest")).version == 3
    assert (await server.login(other)).restored_from == "memory"


async def test_a_repaired_character_comes_back_with_everything(world: World) -> None:
    hero = await crashed(world)
    vitals = world.hot.core(hero)[b"vitals"]
    spoil_core(world, hero)
    server = await world.start()
    with pytest.raises(QuarantinedError):
        await server.login(hero)
    world.spoil(keys.core(hero), b"vitals", vitals)
    assert (await server.login(hero)).character["version"] == 2
    assert (await server.send(hero, "inventory.view")).reply["backpack"][0]["quantity"] == 5


async def test_without_postgres_the_bytes_stay_where_they_are(world: World) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.orchestrator.backup_full_state(hero)
    await server.kill()
    server = await world.start()
    spoil_core(world, hero)
    world.postgres.go_down()
    with pytest.raises(QuarantinedError):
        await server.login(hero)
    assert world.hot.core(hero)[b"vitals"] == b"not JSON"
    assert world.cold.quarantined == []
