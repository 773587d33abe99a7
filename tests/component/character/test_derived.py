"""What follows from the sessions: for the reader of a character, and for the rules of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gamestate.errors import QuarantinedError
from persistence.errors import ColdStoreUnavailableError
from persistence.records import ItemRow
from tests.support.game import Server, World

DERIVES = {"probe": {"derives": True}}


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start(module_settings=DERIVES)


async def derived(server: Server, hero: int) -> Mapping[str, Any]:
    """What `core.derived` says, which is what another module's rules get."""
    facts = (await server.send(hero, "core.derived")).reply
    assert facts == (await server.send(hero, "probe.derive")).reply["derived"]
    return facts


async def test_what_follows_from_the_inventory_is_told(
    server: Server,
) -> None:
    hero = await server.character()
    facts = await derived(server, hero)
    assert facts["stats"]["strength"] == 10
    assert facts["armor_class"] == 10
    assert facts["attacks"] == facts["buffs"] == []


async def test_what_is_put_on_counts_at_once(server: Server) -> None:
    hero = await server.character()
    granted = await server.send(hero, "inventory.grant", template_id="dagger", quantity=1)
    dagger = granted.reply["items"][0]["item_id"]
    await server.send(hero, "inventory.equip", item_id=dagger, slot="main_hand")
    (attack,) = (await derived(server, hero))["attacks"]
    assert attack["item_id"] == dagger


async def test_a_rule_loads_what_it_needs_once(world: World, server: Server) -> None:
    hero = await server.character()
    for _ in range(3):
        await derived(server, hero)
    assert world.postgres.count("items") == 1


async def test_a_turn_that_does_not_ask_loads_nothing(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.send(hero, "core.adjust_vitals", hp=-1)
    assert world.postgres.count("items") == 0


async def test_the_facts_of_all_modules_are_one(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    facts = await derived(server, hero)
    assert facts["said"] == {"by": "Mira", "text": "hello"}
    assert facts["armor_class"] == 10


async def test_a_module_of_which_nothing_is_stored_says_nothing(
    world: World, server: Server
) -> None:
    hero = await server.character()
    for _ in range(3):
        facts = await derived(server, hero)
        assert facts["armor_class"] == 10
        assert "said" not in facts
    assert world.postgres.count("documents") == 1, "it is not looked for again"


async def test_a_session_that_begins_and_ends_is_seen_to(server: Server) -> None:
    hero = await server.character()
    assert "said" not in await derived(server, hero)
    await server.send(hero, "probe.begin", text="hello")
    assert (await derived(server, hero))["said"]["text"] == "hello"
    await server.send(hero, "probe.end")
    assert "said" not in await derived(server, hero)


async def test_a_session_that_was_let_go_of_is_looked_for_again(world: World) -> None:
    aggressive = {"probe": {"derives": True, "keeps": False}}
    server = await world.start(module_settings=aggressive)
    hero = await server.character()
    assert "said" not in await derived(server, hero)
    await server.send(hero, "probe.begin", text="hello")
    await server.send(hero, "probe.leave")
    await server.orchestrator.backup_full_state(hero)
    assert (await derived(server, hero))["said"]["text"] == "hello"


async def test_rules_see_the_sessions_that_are_not_loaded_yet(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    await server.login(hero)
    facts = await derived(server, hero)
    assert (facts["armor_class"], facts["said"]["text"]) == (10, "hello")


async def test_without_a_module_that_derives_nothing_follows(world: World) -> None:
    server = await world.start(modules=("probe",))
    assert await derived(server, await server.character()) == {}


async def test_a_rule_never_goes_by_half_of_the_facts(world: World, server: Server) -> None:
    hero = await server.character()
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await derived(server, hero)
    world.postgres.come_back()
    assert (await derived(server, hero))["armor_class"] == 10


async def test_a_character_is_seen_though_its_inventory_is_unreadable(
    world: World, server: Server
) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.grant", template_id="acid", quantity=1)
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    item_id = next(iter(world.cold.item_rows))
    world.cold.item_rows[item_id] = hero, ItemRow(item_id, "acid", 0, position=0)
    await server.login(hero)
    assert (await server.view(hero))["stats"]["strength"] == 10
    with pytest.raises(QuarantinedError):
        await derived(server, hero)
