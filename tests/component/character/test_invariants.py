"""What can't be is planted here: a wrong answer of a store is neither believed nor written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
import trio
from attrs import evolve

from gamestate.game.character.commit import CommitBuilder
from persistence.errors import InvariantError
from tests.support.game import Server, World, eventually

Forge = Callable[[Any], Any]


FORGED = {"hot": ("claim", "commit"), "cold": ("claim", "items", "read", "save")}


class Forger:
    """Stands between the servers and their stores, and forges what a test asks for."""

    def __init__(self, world: World) -> None:
        self._forging: dict[tuple[str, str], Forge] = {}
        for name, methods in FORGED.items():
            for method in methods:
                self._stand_in(getattr(world, name), name, method)

    def forge(self, store: str, method: str, forging: Forge) -> None:
        """Forge the answers of this method from now on."""
        self._forging[store, method] = forging

    def stop(self) -> None:
        """Be honest from now on."""
        self._forging.clear()

    def _stand_in(self, store: object, name: str, method: str) -> None:
        honest: Callable[..., Awaitable[Any]] = getattr(store, method)

        async def forged(*args: Any) -> Any:
            answer = await honest(*args)
            forging = self._forging.get((name, method))
            return answer if forging is None else forging(answer)

        setattr(store, method, forged)


@pytest.fixture
def forger(world: World) -> Forger:
    return Forger(world)


def broken(server: Server, invariant: str) -> float:
    return server.metric("invariants_broken_total", invariant=invariant)


def of_another(answers: Sequence[Any]) -> list[Any]:
    """The right answers, about somebody else."""
    return [answer and evolve(answer, char_id=answer.char_id + 1) for answer in answers]


async def at_rest(server: Server) -> int:
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.orchestrator.logout(hero)
    return hero


@pytest.mark.parametrize(("store", "method"), [("hot", "claim"), ("cold", "claim")])
async def test_a_claim_that_is_answered_about_another_activates_nobody(
    world: World, forger: Forger, store: str, method: str
) -> None:
    server = await world.start()
    hero = await at_rest(server)
    forger.forge(store, method, of_another)
    with pytest.raises(InvariantError, match=f"asked for character {hero}"):
        await server.login(hero)
    assert not server.is_active(hero)
    assert broken(server, "character") >= 1
    forger.stop()
    assert (await server.login(hero)).character["location"]["current"] == "forest"


@pytest.mark.parametrize("store", ["hot", "cold"])
async def test_an_answer_too_few_is_nobody_s_answer(
    world: World, forger: Forger, store: str
) -> None:
    server = await world.start()
    hero = await at_rest(server)
    forger.forge(store, "claim", lambda answers: answers[:-1])
    with pytest.raises(InvariantError, match="0 answers to 1"):
        await server.login(hero)
    assert broken(server, "count") >= 1
    forger.stop()
    await server.login(hero)


async def test_a_view_of_another_character_is_shown_to_nobody(world: World, forger: Forger) -> None:
    server = await world.start()
    hero = await at_rest(server)
    forger.forge("cold", "read", of_another)
    with pytest.raises(InvariantError):
        await server.view(hero)
    forger.stop()
    assert (await server.view(hero))["char_id"] == hero


async def test_another_s_items_are_in_nobody_s_bag(world: World, forger: Forger) -> None:
    server = await world.start()
    owner, hero = await server.character(), await server.character()
    await server.send(owner, "inventory.grant", template_id="acid", quantity=3)
    await server.orchestrator.backup_full_state(owner)
    items = await world.cold.items([owner])
    forger.forge("cold", "items", lambda _: items)
    with pytest.raises(InvariantError):
        await server.send(hero, "inventory.view")
    assert broken(server, "character") == 1
    forger.stop()
    assert (await server.send(hero, "inventory.view")).reply["backpack"] == []


@pytest.mark.parametrize(
    "forging", [lambda s: s[:-1], lambda s: [*s, s[0]]], ids=["too few", "too many"]
)
async def test_a_commit_with_another_number_of_answers_is_believed_by_nobody(
    world: World, forger: Forger, forging: Forge
) -> None:
    server = await world.start()
    hero = await server.character()
    forger.forge("hot", "commit", forging)
    with pytest.raises(InvariantError):
        await server.send(hero, "core.move", "m-1", location="forest")
    assert not server.is_active(hero)
    assert broken(server, "count") == 1
    forger.stop()
    again = await server.send(hero, "core.move", "m-1", location="forest")
    assert again.duplicate, "Redis had written it; nobody knew"


async def test_a_commit_to_postgres_with_too_few_answers_is_believed_by_nobody(
    world: World,
    forger: Forger,
) -> None:
    server = await world.start()
    hero = await server.character()
    world.redis.go_down()
    forger.forge("cold", "save", lambda statuses: statuses[:-1])
    with pytest.raises(InvariantError):
        await server.send(hero, "core.move", location="forest")
    assert not server.is_active(hero)


async def test_a_backup_with_too_few_answers_is_made_again(world: World, forger: Forger) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    forger.forge("cold", "save", lambda statuses: statuses[:-1])
    with pytest.raises(InvariantError):
        await server.orchestrator.backup_full_state(hero)
    assert world.is_dirty(hero)
    forger.stop()
    await eventually(lambda: not world.is_dirty(hero))
    assert server.is_active(hero)


async def test_a_turn_that_is_not_the_next_version_is_not_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await world.start()
    hero = await server.character()
    activation = server.activation(hero)
    sound, before = activation.state, dict(world.hot.core(hero))
    delta = CommitBuilder.delta

    def skipping(self: CommitBuilder, before: Any, after: Any, *rest: Any) -> Any:
        return delta(self, before, evolve(after, version=after.version + 1), *rest)

    monkeypatch.setattr(CommitBuilder, "delta", skipping)
    with pytest.raises(InvariantError, match=f"after version {sound.version}"):
        await server.send(hero, "core.move", location="forest")
    assert not server.is_active(hero)
    assert world.hot.core(hero) == before
    assert broken(server, "version") == 1
    monkeypatch.undo()
    moved = await server.send(hero, "core.move", location="forest")
    assert moved.version == sound.version + 1


async def test_a_turn_of_another_character_is_not_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await world.start()
    hero, other = await server.character(), await server.character()
    delta, before = CommitBuilder.delta, dict(world.hot.core(other))

    def mixing(self: CommitBuilder, before: Any, after: Any, *rest: Any) -> Any:
        return delta(self, before, evolve(after, char_id=other), *rest)

    monkeypatch.setattr(CommitBuilder, "delta", mixing)
    with pytest.raises(InvariantError):
        await server.send(hero, "core.move", location="forest")
    assert world.hot.core(other) == before
    assert server.is_active(other)
    assert not server.is_active(hero)


async def test_a_backup_older_than_the_last_is_not_written(world: World) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.orchestrator.backup_full_state(hero)
    activation, saved = server.activation(hero), world.row(hero)
    activation.force_backup()
    activation.state = evolve(activation.state, version=activation.state.version - 1)
    await trio.sleep(1)
    assert world.row(hero) == saved
    assert not server.is_active(hero)
    assert broken(server, "saved_version") == 1


async def test_a_backup_of_another_character_is_not_written(world: World) -> None:
    server = await world.start()
    hero, other = await server.character(), await server.character()
    rows = world.row(hero), world.row(other)
    activation = server.activation(hero)
    activation.state = evolve(activation.state, char_id=other, version=activation.state.version + 5)
    activation.force_backup()
    await trio.sleep(1)
    assert (world.row(hero), world.row(other)) == rows
    assert not server.is_active(hero)
    assert broken(server, "character") == 1
