"""Events are sent with the turn they belong to: in the same commit, or when Redis is back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from actors.errors import ActorCrashedError
from persistence.errors import FencedOutError
from persistence.records import EventRecord, HotClaim
from tests.support.game import Server, World, eventually
from tests.support.modules.probe import NotNowError


async def begun(world: World) -> tuple[Server, int]:
    """A server, and a character on it that can tell something."""
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "probe.begin", text="")
    return server, hero


async def tell(server: Server, hero: int, text: str, **more: Any) -> None:
    await server.send(hero, "probe.write", text=text, **{"then": "tell", **more})


def texts(events: list[EventRecord]) -> list[str]:
    return [orjson.loads(event.data)["text"] for event in events]


async def test_an_event_is_named_by_its_turn_and_its_module(world: World) -> None:
    server, hero = await begun(world)
    await tell(server, hero, "I won")
    view = await server.view(hero)
    (event,) = world.hot.events
    assert event.event_id == f"{hero}-{view['epoch']}-{view['version']}-1"
    assert (event.char_id, event.type) == (hero, "probe.told")
    assert orjson.loads(event.data) == {"text": "I won"}


async def test_a_turn_that_did_not_happen_tells_nothing(world: World) -> None:
    server, hero = await begun(world)
    with pytest.raises(NotNowError):
        await tell(server, hero, "never", then="tell refuse")
    with pytest.raises(ActorCrashedError):
        await tell(server, hero, "never", then="tell crash")
    assert world.hot.events == []


async def test_a_message_that_comes_twice_tells_once(world: World) -> None:
    server, hero = await begun(world)
    for _ in range(2):
        await tell(server, hero, "once", message_id="m-1")
    assert texts(world.hot.events) == ["once"]


async def test_a_fenced_turn_tells_nothing(world: World) -> None:
    server, hero = await begun(world)
    await world.hot.claim([HotClaim(hero, 9, "server-b")])
    with pytest.raises(FencedOutError):
        await tell(server, hero, "too late")
    assert world.hot.events == []
    assert await world.cold.outbox(10) == []


async def test_turns_that_a_redis_without_memory_takes_as_a_whole_tell_each_of_theirs(
    world: World,
) -> None:
    server, hero = await begun(world)
    world.restart_redis_empty()
    gate = world.redis.hold("commit")
    first = server.submit(hero, "probe.write", text="1", then="tell")
    await gate.reached()
    rest = [server.submit(hero, "probe.write", text=str(n), then="tell") for n in range(2, 200)]
    gate.open()
    await eventually(lambda: all(slot.done for slot in [first, *rest]))
    assert texts(world.hot.events) == [str(n) for n in range(1, 200)]


async def test_while_redis_is_away_events_wait_in_postgres(world: World) -> None:
    server, hero = await begun(world)
    world.redis.go_down()
    await tell(server, hero, "1")
    await tell(server, hero, "2")
    assert texts(list(await world.cold.outbox(10))) == ["1", "2"]
    world.redis.come_back()
    await eventually(lambda: len(world.hot.events) == 2)
    assert texts(world.hot.events) == ["1", "2"]
    assert await world.cold.outbox(10) == []


async def test_what_a_dead_server_could_not_tell_is_told_by_the_next_one(world: World) -> None:
    server, hero = await begun(world)
    world.redis.go_down()
    await tell(server, hero, "my last words")
    await server.kill()
    world.redis.come_back()
    await world.start()
    await eventually(lambda: world.hot.events)
    assert texts(world.hot.events) == ["my last words"]


async def test_an_event_that_is_told_again_is_known_by_its_id(world: World) -> None:
    server, hero = await begun(world)
    world.redis.lose_answer("commit")
    await tell(server, hero, "did you hear?")
    await eventually(lambda: len(world.hot.events) == 2)
    first, again = world.hot.events
    assert first == again
