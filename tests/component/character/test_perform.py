"""What a handler asks of other modules before it goes on: done in its turn and its commit, or the
whole turn is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import frozen

from actors.errors import ActorCrashedError
from gamestate.content.templates import STATS
from gamestate.contract.effects import AdjustStats, AdjustVitals, LearnSkill
from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session
from gamestate.contract.turn import Effect, EffectRoute, Route, Transition, TurnContext
from gamestate.errors import ConfigurationError, InvalidPayloadError
from gamestate.game.character.turn import SessionNeededError, Turn
from gamestate.game.router import CoreRouter
from gamestate.modules.core.module import CoreModule, StatOutOfRangeError
from gamestate.modules.inventory.refusals import BagFullError, NotEnoughError
from tests.support.game import Server, World
from tests.support.modules.probe import NotNowError, ProbeModule


@pytest.fixture
async def server(world: World) -> Server:
    small = {"inventory": {"capacity_slots": 3}}
    return await world.start(backup_interval_s=3_600, module_settings=small)


async def trader(server: Server, vials: int = 5) -> int:
    """A character on an errand, with vials of acid."""
    hero = await server.character()
    await server.send(hero, "errand.begin", text="trade")
    await server.send(hero, "inventory.grant", template_id="acid", quantity=vials)
    return hero


async def carried(server: Server, hero: int) -> Counter[str]:
    backpack = (await server.send(hero, "inventory.view")).reply["backpack"]
    quantities: Counter[str] = Counter()
    for item in backpack:
        quantities[item["template_id"]] += item["quantity"]
    return quantities


# ------------------------------------------------------------------ one turn, one commit


async def test_what_is_performed_is_done_before_the_handler_goes_on(server: Server) -> None:
    hero = await trader(server)
    receipt = await server.send(hero, "errand.trade", take="acid", give="dagger", quantity=2)
    assert receipt.reply == {"had": 5, "has": 3, "taken": 2, "given": 2, "version": receipt.version}
    assert await carried(server, hero) == {"acid": 3, "dagger": 2}


async def test_what_is_performed_is_in_the_same_version_and_the_same_commit(
    world: World, server: Server
) -> None:
    hero = await trader(server)
    before, commits = world.version_in_redis(hero), world.redis.count("commit")
    await server.send(hero, "errand.trade", take="acid", give="dagger")
    assert world.version_in_redis(hero) == before + 1
    assert world.redis.count("commit") == commits + 1
    (batch,) = world.redis.calls_of("commit")[-1]
    assert len(batch[0].sessions) == 2


async def test_if_what_is_performed_is_refused_nothing_of_the_turn_happened(
    world: World, server: Server
) -> None:
    hero = await trader(server)
    before = world.contents(hero, world.session_key(hero, "inventory"))
    with pytest.raises(BagFullError):
        await server.send(hero, "errand.trade", take="acid", give="dagger", quantity=5)
    assert await carried(server, hero) == {"acid": 5}
    assert world.contents(hero, world.session_key(hero, "inventory")) == before


async def test_the_refusal_reaches_the_sender_with_its_facts(server: Server) -> None:
    hero = await trader(server)
    with pytest.raises(NotEnoughError) as caught:
        await server.send(hero, "errand.trade", take="acid", give="dagger", quantity=6)
    assert caught.value.facts == {"template_id": "acid", "has": 5, "needed": 6}


async def test_if_the_turn_is_refused_later_what_was_performed_did_not_happen(
    server: Server,
) -> None:
    hero = await trader(server)
    with pytest.raises(NotNowError):
        await server.send(hero, "errand.trade", take="acid", give="dagger", then="refuse")
    assert await carried(server, hero) == {"acid": 5}


async def test_a_message_sent_twice_performs_once(server: Server) -> None:
    hero = await trader(server)
    trade = {"take": "acid", "give": "dagger", "quantity": 1}
    first = await server.send(hero, "errand.trade", "m-1", **trade)
    again = await server.send(hero, "errand.trade", "m-1", **trade)
    assert (again.duplicate, again.reply) == (True, first.reply)
    assert await carried(server, hero) == {"acid": 4, "dagger": 1}


async def test_a_session_that_is_needed_on_the_way_is_loaded_and_nothing_is_done_twice(
    world: World, server: Server
) -> None:
    hero = await trader(server)
    await server.orchestrator.logout(hero)
    world.restart_redis_empty()
    await server.login(hero)
    reads = world.postgres.count("items")
    reply = (await server.send(hero, "errand.trade", take="acid", give="dagger")).reply
    assert (reply["had"], reply["has"]) == (5, 4)
    assert await carried(server, hero) == {"acid": 4, "dagger": 1}
    assert world.postgres.count("items") == reads + 1


async def test_what_is_performed_survives_a_crash(world: World, server: Server) -> None:
    hero = await trader(server)
    await server.send(hero, "errand.trade", take="acid", give="dagger")
    await server.kill()
    server = await world.start()
    assert await carried(server, hero) == {"acid": 4, "dagger": 1}


async def test_to_ask_something_of_oneself_is_a_mistake_of_the_module(server: Server) -> None:
    hero = await trader(server)
    with pytest.raises(ActorCrashedError) as caught:
        await server.send(hero, "errand.boast")
    assert isinstance(caught.value.__cause__, AssertionError)
    assert (await server.send(hero, "errand.read")).reply["text"] == "trade"


# ------------------------------------------------------------------ the turn by itself


@frozen
class Go:
    """The command of the modules below."""


@frozen
class Call(Effect):
    """Each module below has a class of its own of it."""

    target = "?"


class Scripted(ProbeModule):
    """A module whose command and effect do as a test says."""

    def __init__(
        self,
        name: str,
        handle: Callable[[TurnContext, Any, Any], Transition],
        effect: type[Effect] | None = None,
        *,
        needs_session: bool = False,
    ) -> None:
        super().__init__()
        self.name = name
        self.routes = {"go": Route(Go, handle, needs_session)}
        self.effects = {} if effect is None else {effect: EffectRoute(handle, needs_session)}


class NoIds:
    """Nobody needs one."""

    def take(self) -> int:
        raise AssertionError("nobody needs an id")


CORE = CharacterCore(
    "exploration",
    Location("start"),
    Bio("Mira", None, 0.0),
    dict.fromkeys(STATS, 10),
    {"hp": {"cur": 50, "max": 100}},
)


class StagedTurn(Turn):
    """A turn, and the router that its messages come through."""

    def __init__(
        self, state: CharacterState, router: CoreRouter, nothing_stored: tuple[str, ...] = ()
    ) -> None:
        super().__init__(state, router, NoIds(), 0.0, nothing_stored)
        self.router = router


def turn_of(
    *modules: Scripted,
    nothing_stored: tuple[str, ...] = (),
    sessions: Mapping[str, Session] | None = None,
) -> StagedTurn:
    state = CharacterState(1, 1, 7, CORE, sessions or {})
    return StagedTurn(state, CoreRouter(CoreModule(), modules), nothing_stored)


def run(turn: StagedTurn, type_: str) -> Any:
    return turn.run(turn.router.message(type_, {}))


def test_a_reply_that_is_made_of_the_state_is_made_of_the_state_so_far() -> None:
    class Asked(Call):
        pass

    def called(turn: TurnContext, session: Any, effect: Any) -> Transition:
        return Transition(lambda state: {"hp": state.core.vitals["hp"]["cur"]}, effects=(HURT,))

    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        shown = turn.perform(Asked())
        return Transition({"told": shown, "seen": turn.state.core.vitals["hp"]["cur"]})

    turn = turn_of(Scripted("a", caller), Scripted("b", called, Asked))
    assert run(turn, "a.go") == {"told": {"hp": 45}, "seen": 45}


HURT = AdjustVitals({"hp": -5})


def test_what_is_performed_on_the_core_is_seen_at_once() -> None:
    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        return Transition({"vitals": turn.perform(HURT)["vitals"], "after": turn.state.version})

    turn = turn_of(Scripted("a", caller))
    assert run(turn, "a.go") == {"vitals": {"hp": {"cur": 45, "max": 100}}, "after": 8}
    assert set(turn.touched) == {"core"}


def test_what_follows_from_it_may_not_come_back_while_the_handler_runs() -> None:
    class First(Call):
        pass

    class Second(Call):
        pass

    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        if isinstance(command, Go):
            turn.perform(Second())
        return Transition()

    def called(turn: TurnContext, session: Any, effect: Any) -> Transition:
        return Transition(effects=(First(),))

    turn = turn_of(Scripted("a", caller, First), Scripted("b", called, Second))
    with pytest.raises(AssertionError, match="while a handler of a is running"):
        run(turn, "a.go")


def test_what_follows_from_an_effect_may_come_back_when_the_handler_is_done() -> None:
    class First(Call):
        pass

    class Second(Call):
        pass

    seen: list[str] = []

    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        seen.append(type(command).__name__)
        return Transition(effects=(Second(),) if isinstance(command, Go) else ())

    def called(turn: TurnContext, session: Any, effect: Any) -> Transition:
        seen.append(type(effect).__name__)
        turn.perform(First())
        return Transition()

    turn = turn_of(Scripted("a", caller, First), Scripted("b", called, Second))
    run(turn, "a.go")
    assert seen == ["Go", "Second", "First"]


def test_a_performer_may_be_performed_through() -> None:
    class Second(Call):
        pass

    class Third(Call):
        pass

    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        return Transition({"through": turn.perform(Second())})

    def between(turn: TurnContext, session: Any, effect: Any) -> Transition:
        return Transition({"through": turn.perform(Third())})

    def last(turn: TurnContext, session: Any, effect: Any) -> Transition:
        return Transition({"through": "all"})

    modules = Scripted("a", caller), Scripted("b", between, Second), Scripted("c", last, Third)
    assert run(turn_of(*modules), "a.go") == {"through": {"through": {"through": "all"}}}


def test_a_session_that_is_stored_nowhere_is_none_to_whoever_needs_it() -> None:
    def needy(turn: TurnContext, session: Any, command: Any) -> Transition:
        return Transition({"session": session})

    module = Scripted("a", needy, needs_session=True)
    with pytest.raises(SessionNeededError):
        run(turn_of(module), "a.go")
    assert run(turn_of(module, nothing_stored=("a",)), "a.go") == {"session": None}


def test_a_session_that_ended_in_this_turn_is_not_looked_for() -> None:
    class Asked(Call):
        pass

    def ender(turn: TurnContext, session: Any, command: Any) -> Transition:
        if isinstance(command, Go):
            return Transition(session=None, effects=(Asked(),))
        return Transition(session=f"after {session}", touched=("text",))

    module = Scripted("a", ender, Asked, needs_session=True)
    before = Session("first", 0.0, True, 1, "first")
    turn = turn_of(module, sessions={"a": before})
    run(turn, "a.go")
    after = turn.sessions["a"]
    assert after.data == "after None"
    assert after.session_id != before.session_id


def test_without_a_module_that_counts_items_there_are_none() -> None:
    def counter(turn: TurnContext, session: Any, command: Any) -> Transition:
        return Transition({"acid": turn.items("acid")})

    assert run(turn_of(Scripted("a", counter)), "a.go") == {"acid": 0}


def test_an_effect_that_no_configured_module_knows_is_the_operators_mistake() -> None:
    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        return Transition({}, effects=(Call(),))

    with pytest.raises(ConfigurationError, match="Call"):
        run(turn_of(Scripted("a", caller)), "a.go")


# ------------------------------------------------------------------ effects on stats


def asking(effect: Effect) -> Callable[[], Mapping[str, int]]:
    """A turn that asks it of the core; the stats after it."""

    def caller(turn: TurnContext, session: Any, command: Any) -> Transition:
        return Transition({}, effects=(effect,))

    def ask() -> Mapping[str, int]:
        turn = turn_of(Scripted("a", caller))
        run(turn, "a.go")
        return turn.core.stats

    return ask


def test_points_are_added_to_stats_and_taken_from_them() -> None:
    stats = asking(AdjustStats({"strength": 2, "charisma": -10}))()
    assert (stats["strength"], stats["charisma"], stats["wisdom"]) == (12, 0, 10)


def test_a_stat_keeps_to_its_bounds_whoever_asks() -> None:
    with pytest.raises(StatOutOfRangeError) as caught:
        asking(AdjustStats({"strength": 2, "charisma": -11}))()
    assert caught.value.facts["would_be"] == -1


def test_a_stat_that_nobody_has_is_not_invented() -> None:
    with pytest.raises(InvalidPayloadError):
        asking(AdjustStats({"luck": 1}))()
    assert asking(LearnSkill("luck", 1))()["luck"] == 1
