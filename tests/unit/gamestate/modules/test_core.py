"""The rules of the core: where a character may go, what its points and stats may become."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gamestate.api.problems import problem
from gamestate.contract.effects import EnterState, LeaveState
from gamestate.contract.state import Bio, CharacterCore, Location
from gamestate.contract.turn import TurnContext
from gamestate.errors import DeadError, InCombatError, InvalidPayloadError, RefusedError
from gamestate.modules.core.module import (
    Adjustments,
    CoreModule,
    Move,
    StateForbidsError,
    StatOutOfRangeError,
)
from gamestate.server.modules import OWN_MODULES
from gamestate.structure import structure
from tests.support.game import Server, World
from tests.support.modules.probe import NotNowError


@pytest.fixture
async def server(world: World) -> Server:
    return await world.start()


async def test_a_move_remembers_where_one_came_from(server: Server) -> None:
    hero = await server.character()
    receipt = await server.send(hero, "core.move", location="forest")
    assert receipt.reply == {"location": {"current": "forest", "prev": "start"}}
    receipt = await server.send(hero, "core.move", location="lake")
    assert receipt.reply == {"location": {"current": "lake", "prev": "forest"}}


def test_nobody_walks_out_of_a_fight() -> None:
    bio, here = Bio("Mira", None, 0.0), Location("cave")
    fighting = CharacterCore("combat", here, bio, {}, {})
    walk = CoreModule().routes["move"].handle
    with pytest.raises(InCombatError):
        walk(cast("TurnContext", None), fighting, Move("forest"))


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({}, "location"),
        *(({"location": value}, "location") for value in ("", "x" * 129, "a\nb", None, 5)),
        ({"location": "x", "Location": "y"}, "Location"),
    ],
)
def test_a_move_is_refused_by_the_path_of_the_wrong_field(payload: Any, where: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        structure(payload, Move)
    assert caught.value.facts == {"field": f"payload.{where}"}


@pytest.mark.parametrize("value", [True, "1", 1.0, 1.5, None, [1], {}, 2**53, -(2**53), 10**30])
def test_points_change_by_exact_whole_numbers(value: Any) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        Adjustments.from_payload({"hp": value})
    assert caught.value.facts == {"field": "payload.hp"}


@pytest.mark.parametrize("payload", [{}, None, [], "{}"])
def test_who_adjusts_names_at_least_one_change(payload: Any) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        Adjustments.from_payload(payload)
    assert caught.value.facts == {"field": "payload"}


@pytest.mark.parametrize(("error", "code"), [(InCombatError(), "in_combat"), (DeadError(), "dead")])
def test_what_any_module_may_refuse_is_shown_to_the_player(error: RefusedError, code: str) -> None:
    assert (problem(error)["status"], problem(error)["code"]) == (409, code)


@pytest.mark.parametrize(("change", "left"), [(-30, 70), (-1_000, 0), (+1_000, 100), (0, 100)])
async def test_points_stay_between_nothing_and_their_most(
    server: Server, change: int, left: int
) -> None:
    hero = await server.character()
    receipt = await server.send(hero, "core.adjust_vitals", hp=change)
    assert receipt.reply["vitals"]["hp"] == {"cur": left, "max": 100}


async def test_points_that_nobody_has_can_not_be_adjusted(server: Server) -> None:
    hero = await server.character()
    with pytest.raises(InvalidPayloadError) as caught:
        await server.send(hero, "core.adjust_vitals", hp=-1, luck=1)
    assert caught.value.facts["field"] == "payload.luck"
    assert (await server.view(hero))["vitals"]["hp"]["cur"] == 100


@pytest.mark.parametrize("change", [-11, 1_000_000])
async def test_a_stat_that_would_leave_its_bounds_is_refused_with_the_facts(
    server: Server, change: int
) -> None:
    hero = await server.character()
    with pytest.raises(StatOutOfRangeError) as caught:
        await server.send(hero, "core.adjust_stats", strength=change)
    assert caught.value.facts["would_be"] == 10 + change


async def test_who_learns_a_skill_has_it_as_a_stat_of_its_own(world: World, server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.teach", skill="alchemy", level=3)
    assert (await server.view(hero))["stats"]["alchemy"] == 3
    assert b'"alchemy":3' in world.hot.core(hero)[b"stats"]
    await server.orchestrator.logout(hero)
    assert world.row(hero).stats["alchemy"] == 3


async def test_a_skill_is_never_unlearned(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.teach", skill="alchemy", level=3)
    receipt = await server.send(hero, "probe.teach", skill="alchemy", level=2)
    assert receipt.version == 2, "nothing changed"
    await server.send(hero, "probe.teach", skill="alchemy", level=5)
    assert (await server.view(hero))["stats"]["alchemy"] == 5


async def test_what_is_learned_can_be_adjusted_like_any_stat(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "probe.teach", skill="alchemy", level=3)
    receipt = await server.send(hero, "core.adjust_stats", alchemy=-1)
    assert receipt.reply["stats"]["alchemy"] == 2


@pytest.mark.parametrize("level", [-1, 1_000_001])
async def test_a_skill_keeps_to_the_bounds_of_a_stat(server: Server, level: int) -> None:
    hero = await server.character()
    with pytest.raises(StatOutOfRangeError) as caught:
        await server.send(hero, "probe.teach", skill="alchemy", level=level)
    assert caught.value.facts["would_be"] == level
    assert "alchemy" not in (await server.view(hero))["stats"]


async def test_nothing_is_learned_in_a_turn_that_is_refused(server: Server) -> None:
    hero = await server.character()
    with pytest.raises(NotNowError):
        await server.send(hero, "probe.teach", skill="alchemy", level=3, then="refuse")
    assert "alchemy" not in (await server.view(hero))["stats"]


async def test_a_new_module_is_entered_from_exploration_and_left_for_it(server: Server) -> None:
    hero = await server.character()
    await server.send(hero, "inventory.open")
    with pytest.raises(StateForbidsError):
        await server.send(hero, "probe.begin", text="hello")
    await server.send(hero, "inventory.close")
    await server.send(hero, "probe.begin", text="hello")
    assert (await server.view(hero))["state"] == "probe"
    await server.send(hero, "probe.end")
    assert (await server.view(hero))["state"] == "exploration"


STEPS = [
    (("scenario", "combat", "scenario"), True),
    (("inventory", "combat", "inventory"), True),
    (("exploration", "inventory", "scenario", "exploration"), True),
    (("combat", "exploration"), True),
    (("scenario", "inventory"), False),
    (("probe", "combat"), False),
    (("combat", "probe"), False),
]


@pytest.mark.parametrize(("states", "allowed"), STEPS)
def test_who_fights_goes_back_to_where_the_fight_began(
    states: tuple[str, ...], allowed: bool
) -> None:
    enter = CoreModule(OWN_MODULES.values()).effects[EnterState].handle
    nobody = cast("TurnContext", None)
    core = CharacterCore(states[0], Location("cave"), Bio("Mira", None, 0.0), {}, {})
    for state in states[1:]:
        if not allowed:
            with pytest.raises(StateForbidsError):
                enter(nobody, core, EnterState(state))
            return
        core = enter(nobody, core, EnterState(state)).session
    assert core.state == states[-1]


@pytest.mark.parametrize("state", ["combat", "scenario", "inventory", "probe"])
def test_every_state_can_be_left_for_exploration(state: str) -> None:
    leave = CoreModule().effects[LeaveState].handle
    core = CharacterCore(state, Location("cave"), Bio("Mira", None, 0.0), {}, {})
    left = leave(cast("TurnContext", None), core, LeaveState(state))
    assert left.session.state == "exploration"
    assert left.backup
