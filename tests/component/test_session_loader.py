"""Sessions from what Postgres has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

import pytest
import trio
from attrs import evolve
from trio.testing import wait_all_tasks_blocked

from gamestate.contract.module import Snapshot, Storage
from gamestate.contract.settings import ModuleSettings
from gamestate.errors import QuarantinedError
from gamestate.game.session_loader import SessionLoader
from gamestate.modules.core.module import NoSessionError
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from persistence.errors import ColdStoreUnavailableError, InvariantError
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import (
    Backup,
    DocumentSection,
    ItemRow,
    ItemsSection,
    NewCharacter,
    Section,
    StoredItems,
)
from tests.support.faulty_stores import with_faults
from tests.support.game import World
from tests.support.modules.probe import ProbeModule
from tests.unit.gamestate.modules.inventory.world import gateway

VITALS = b'{"hp":{"cur":1,"max":1}}'
DAGGER = ItemRow(9, "dagger", 1, slot="main_hand", data=b'{"name":"Sting"}')
STATE = '{"cooldowns": {"fläschchen": 1.5}, "buffs": []}'.encode()
ARROWS = ItemRow(3, "arrow", 12, position=0, quick_slot=2)


class Hoard(ProbeModule):
    """A module that stores items; its session is what it was given."""

    name = "hoard"
    storage = Storage.ITEMS

    def load_session(self, snapshot: Snapshot) -> Snapshot:
        """All of it."""
        return snapshot


@pytest.fixture
async def loader(world: World, nursery: trio.Nursery) -> SessionLoader:
    cold = with_faults(world.cold, world.postgres)
    modules = {
        "probe": ProbeModule(),
        "hoard": Hoard(),
        "inventory": InventoryOrchestrator(ModuleSettings(items=gateway())),
    }
    made = SessionLoader(cold, modules, lambda: 1_000.0, Invariants(StoreObserver()))
    nursery.start_soon(made.run)
    return made


async def stored(world: World, **sections: Section) -> int:
    """A character whose sessions Postgres has."""
    row = await world.cold.create(NewCharacter("Mira", None, "start", {}, VITALS))
    await world.cold.save([Backup(evolve(row, version=2), sections)])
    return row.char_id


async def test_an_inventory_is_made_of_the_characters_items(
    world: World, loader: SessionLoader
) -> None:
    hero = await stored(world, inventory=ItemsSection([DAGGER, ARROWS]))
    await stored(world, inventory=ItemsSection([ItemRow(4, "arrow", 1, position=0)]))
    session = await loader.load_session("inventory", hero)
    assert set(session.data.items) == {3, 9}
    assert (session.loaded_at, session.dirty) == (1_000.0, False)
    assert session.data.items[9].data == {"name": "Sting"}


async def test_a_module_that_stores_items_is_given_their_state_too(
    world: World, loader: SessionLoader
) -> None:
    hero = await stored(world, hoard=ItemsSection([DAGGER], state=STATE))
    poor = await stored(world, hoard=ItemsSection(state=STATE))
    nobody = await stored(world)
    given = [(await loader.load_session("hoard", each)).data for each in (hero, poor, nobody)]
    assert given == [Snapshot(hero, (DAGGER,), STATE), Snapshot(poor, (), STATE), Snapshot(nobody)]


async def test_a_document_keeps_its_session_id(world: World, loader: SessionLoader) -> None:
    session_id = str(uuid4())
    hero = await stored(world, probe=DocumentSection(session_id, b'"hello"'))
    session = await loader.load_session("probe", hero)
    assert (session.session_id, session.data) == (session_id, "hello")


async def test_what_is_not_stored_can_not_be_loaded(world: World, loader: SessionLoader) -> None:
    hero = await stored(world)
    with pytest.raises(NoSessionError):
        await loader.load_session("probe", hero)


async def test_what_nobody_can_read_is_quarantined(world: World, loader: SessionLoader) -> None:
    hero = await stored(world, probe=DocumentSection(str(uuid4()), b"[1]"))
    with pytest.raises(QuarantinedError):
        await loader.load_session("probe", hero)


async def test_loading_does_not_need_redis(world: World, loader: SessionLoader) -> None:
    hero = await stored(world, inventory=ItemsSection([DAGGER]))
    await loader.load_session("inventory", hero)
    assert world.hot.keys() == set()


async def test_without_postgres_there_is_nothing_to_load(
    world: World, loader: SessionLoader
) -> None:
    hero = await stored(world)
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await loader.load_session("inventory", hero)


async def test_an_answer_about_another_character_makes_no_session(
    world: World, loader: SessionLoader, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await stored(world, inventory=ItemsSection([DAGGER]))
    items = world.cold.items

    async def of_the_owner(_: Sequence[int]) -> Mapping[int, StoredItems]:
        return await items([owner])

    monkeypatch.setattr(world.cold, "items", of_the_owner)
    with pytest.raises(InvariantError):
        await loader.load_session("inventory", await stored(world))


async def test_what_is_asked_for_together_is_read_together(
    world: World, loader: SessionLoader
) -> None:
    heroes = [await stored(world) for _ in range(20)]
    loads = [world.soon(loader.load_session, "inventory", hero) for hero in heroes]
    await wait_all_tasks_blocked()
    assert all(load.value for load in loads)
    assert world.postgres.count("items") <= 2
