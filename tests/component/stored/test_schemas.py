"""A module's next release stores its sessions in another shape."""

from __future__ import annotations

import orjson
import pytest

from tests.support.game import World
from tests.support.modules.probe import ProbeModule


async def test_a_session_of_an_earlier_schema_is_whole_in_redis_before_its_first_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.kill()
    key = world.session_key(hero, "probe")
    world.spoil(key, b"of the earlier schema", b"1")
    monkeypatch.setattr(ProbeModule, "schema", 2)

    upgraded = await world.start()
    assert (await upgraded.send(hero, "probe.read")).reply == {"text": "hello"}
    stored = world.hot.session(key)
    assert set(stored) == {b"metadata", b"text"}
    assert orjson.loads(stored[b"metadata"])["schema"] == 2


async def test_a_session_of_the_current_schema_is_not_written_again(world: World) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "probe.begin", text="hello")
    await server.kill()
    key = world.session_key(hero, "probe")
    world.spoil(key, b"of nobody", b"1")

    again = await world.start()
    await again.send(hero, "probe.read")
    assert b"of nobody" in world.hot.session(key)
