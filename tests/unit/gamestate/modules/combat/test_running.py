"""Fights in the running game, on stores in memory: what survives, is kept, and time brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
import trio

from persistence.records import StoredSession
from tests.support.game import Server, World, eventually
from tests.unit.gamestate.modules.combat.conftest import MODULES

FIGHT: dict[str, Any] = {
    "monsters": [{"monster": "giant-rat", "count": 2}, {"monster": "giant-spider", "count": 1}],
    "seed": 11,
}
PLAN = ("attack", "defend", "potion", "attack", "attack", "pass", "attack", "flee", "attack")

Transcript = list[Mapping[str, Any]]


async def hero_of(server: Server) -> tuple[int, int]:
    """A character with a sword and potions; its id and theirs."""
    hero = await server.character()
    sword = await server.send(hero, "inventory.grant", template_id="longsword", quantity=1)
    sword_id = sword.reply["items"][0]["item_id"]
    await server.send(hero, "inventory.equip", item_id=sword_id)
    potions = await server.send(
        hero, "inventory.grant", template_id="potion-of-healing", quantity=5
    )
    return hero, potions.reply["items"][0]["item_id"]


async def step(server: Server, hero: int, potions: int, action: str) -> Mapping[str, Any]:
    """One turn by the plan."""
    if action == "potion":
        payload: dict[str, Any] = {"action": "use_item", "item_id": potions}
    else:
        payload = {"action": action}
    view: Mapping[str, Any] = (await server.send(hero, "combat.act", **payload)).reply
    return view


def a_rat(seed: int) -> dict[str, Any]:
    """A short fight."""
    return {"monsters": [{"monster": "rat", "count": 1}], "seed": seed}


def without_times(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """What two fights must have in common."""
    return {**view, "session_id": None, "deadline_s": None}


async def played(world: World, *, dies: str | None) -> Transcript:
    """The whole plan, or as much of it as the fight lasts; the server dies after every step."""
    server = await world.start()
    hero, potions = await hero_of(server)
    view = (await server.send(hero, "combat.start", **FIGHT)).reply
    transcript = [without_times(view)]
    for action in PLAN:
        if view["over"]:
            break
        if dies is not None:
            server = await _again(world, server, hero, redis_too=dies == "redis too")
        view = await step(server, hero, potions, action)
        transcript.append(without_times(view))
    transcript.append((await server.view(hero))["vitals"])
    await server.kill()
    return transcript


async def _again(world: World, server: Server, hero: int, *, redis_too: bool) -> Server:
    if redis_too:
        await server.orchestrator.backup_full_state(hero)
    await server.kill()
    if redis_too:
        world.restart_redis_empty()
    return await world.start()


@pytest.mark.parametrize("dies", ["server", "redis too"])
async def test_a_fight_goes_on_die_for_die_wherever_the_server_dies(
    world: World, nursery: trio.Nursery, dies: str
) -> None:
    undisturbed = await played(world, dies=None)
    assert len(undisturbed) > 5, "there should be something to interrupt"
    assert await played(World(nursery, MODULES), dies=dies) == undisturbed


async def test_a_finished_fight_is_history_with_its_whole_log(world: World) -> None:
    server = await world.start(module_settings={"combat": {"log_kept": 5}})
    hero, _ = await hero_of(server)
    view = (await server.send(hero, "combat.start", **FIGHT)).reply
    seen = {entry["n"]: entry for entry in view["log"]}
    while not view["over"]:
        view = (await server.send(hero, "combat.act", action="attack")).reply
        seen |= {entry["n"]: entry for entry in view["log"]}
    assert (await server.view(hero))["sessions"]["combat"] is None
    await eventually(lambda: "combat" not in server.activation(hero).state.sessions)
    history = await stored(world, view["session_id"])
    assert not history.live
    log = {number: orjson.loads(record) for number, record in history.log}
    assert sorted(log) == list(range(1, max(seen) + 1))
    assert {number: log[number] for number in seen} == seen


async def test_every_fight_of_an_evening_is_kept(world: World) -> None:
    server = await world.start(backup_interval_s=3600)
    hero, _ = await hero_of(server)
    ids = []
    for seed in range(3):
        await server.send(hero, "core.adjust_vitals", hp=1000)
        view = (await server.send(hero, "combat.start", **a_rat(seed))).reply
        ids.append(view["session_id"])
        while not view["over"]:
            view = (await server.send(hero, "combat.act", action="attack")).reply
    await server.orchestrator.backup_full_state(hero)
    kept = [await stored(world, one) for one in ids]
    assert len(set(ids)) == 3
    assert all(not one.live and one.log for one in kept)


async def test_fights_that_postgres_never_saw_are_kept_through_a_crash(world: World) -> None:
    server = await world.start()
    hero, _ = await hero_of(server)
    await server.orchestrator.backup_full_state(hero)
    world.postgres.go_down()
    ids = []
    for seed in range(2):
        view = (await server.send(hero, "combat.start", **a_rat(seed))).reply
        while not view["over"]:
            view = (await server.send(hero, "combat.act", action="attack")).reply
        ids.append(view["session_id"])
    await server.kill()
    world.postgres.come_back()
    server = await world.start()
    await server.login(hero)
    await server.orchestrator.backup_full_state(hero)
    assert [(await stored(world, one)).live for one in ids] == [False, False]


async def test_a_character_that_does_nothing_defends_and_then_gets_away(world: World) -> None:
    server = await world.start(passivate_after_s=1.0)
    hero, _ = await hero_of(server)
    await server.send(hero, "core.adjust_vitals", hp=1000)
    await server.send(hero, "combat.start", **a_rat(1))
    await server.pause(31)
    view = (await server.send(hero, "combat.view")).reply
    assert [one["action"] for one in view["log"] if one["actor"] == "hero"] == ["expire", "defend"]
    await server.pause(61)
    assert (await server.view(hero))["state"] == "exploration"


async def test_a_deadline_that_passed_while_the_server_was_down_counts_once(world: World) -> None:
    server = await world.start()
    hero, _ = await hero_of(server)
    await server.send(hero, "combat.start", **FIGHT)
    await server.kill()
    await trio.sleep(600)
    server = await world.start()
    await server.login(hero)
    await server.pause(1)
    view = (await server.send(hero, "combat.view")).reply
    assert [one["result"] for one in view["log"] if one["action"] == "expire"] == ["lingers"]


async def stored(world: World, session_id: str) -> StoredSession:
    """What Postgres has of a fight."""
    found = await world.cold.session("combat", session_id)
    assert found is not None
    return found
