"""A character that another server takes over: handed over by a server that answers, and of one that
was paused both stores refuse what it still sends.

Two servers on the same Redis and Postgres. A has a character with changes that Postgres does not
have, and may be paused (SIGSTOP). B logs the character in and changes it. Then A goes on (SIGCONT).
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import asyncpg
import pytest
from attrs import define

from tests.support.servers.metrics import metric
from tests.support.servers.server import Answer, MakeServer, ServerProcess
from tests.support.servers.stores import redis_client
from tests.support.servers.waiting import wait_until

HANDOVER_S = 2.0
SLACK_S = 3.0
"""What a login may take besides, on a slow machine."""

NEVER_S = "86400"
SOON_S = "2"
"""A's backup interval where it shall try a backup by itself: longer than it takes to stop A."""

Rows = list[dict[str, Any]]


@define
class World:
    """One character, and the two servers that both believe it is theirs."""

    a: ServerProcess
    b: ServerProcess
    char_id: int
    redis_url: str
    postgres_dsn: str
    version: int = 0

    def change(self, server: ServerProcess, location: str) -> Answer:
        """Move the character and give it a sword."""
        sword = {"template_id": "longsword", "quantity": 1}
        granted = server.send(self.char_id, "inventory.grant", sword)
        assert granted.status == 200, granted
        moved = server.send(self.char_id, "core.move", {"location": location})
        assert moved.status == 200, moved
        self.version = moved.body["version"]
        return moved

    def in_redis(self) -> dict[bytes, bytes]:
        """The character's hash."""
        with redis_client(self.redis_url) as redis:
            found: dict[bytes, bytes] = redis.hgetall(f"ac:{self.char_id}")
            return found

    def sessions_in_redis(self) -> dict[bytes, dict[bytes, bytes]]:
        """All inventory sessions, by key."""
        with redis_client(self.redis_url) as redis:
            return {key: redis.hgetall(key) for key in redis.scan_iter("inventory:session:*")}

    def in_postgres(self) -> dict[str, Any]:
        """The character's row."""
        (row,) = self._rows("SELECT * FROM characters WHERE char_id = $1")
        return row

    def items_in_postgres(self) -> Rows:
        """The character's items."""
        return self._rows("SELECT * FROM inventory_items WHERE char_id = $1 ORDER BY item_id")

    def _rows(self, query: str) -> Rows:
        async def ask() -> Rows:
            connection = await asyncpg.connect(self.postgres_dsn)
            try:
                return [dict(row) for row in await connection.fetch(query, self.char_id)]
            finally:
                await connection.close()

        return asyncio.run(ask())

    def everything_stored(self) -> Mapping[str, Any]:
        """All that Redis and Postgres have of the character."""
        return {
            "redis": (self.in_redis(), self.sessions_in_redis()),
            "postgres": (self.in_postgres(), self.items_in_postgres()),
        }

    def take_over(self) -> None:
        """A is paused, B logs the character in and changes it."""
        unsaved = self.change(self.a, "where A left it").body["version"]
        self.a.signal(signal.SIGSTOP)
        assert self.in_postgres()["version"] < unsaved
        started = time.monotonic()
        login = self.b.login(self.char_id)
        assert HANDOVER_S <= time.monotonic() - started < HANDOVER_S + SLACK_S
        assert (login["takeover"], login["version"]) == ("fenced", unsaved)
        assert login["character"]["location"]["current"] == "where A left it"
        self.change(self.b, "where B went")

    def wake_a(self) -> None:
        """Let A go on."""
        self.a.signal(signal.SIGCONT)


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(make_server: MakeServer, redis_url: str, postgres_dsn: str) -> Iterator[MakeWorld]:
    """Makes the two servers, and stops them before their database goes."""

    def make(backup_interval_s: str) -> World:
        stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
        a = make_server(**stores, backup_interval_s=backup_interval_s)
        b = make_server(**stores, backup_interval_s=NEVER_S)
        made.extend((a, b))
        a.start()
        b.start()
        world = World(a, b, a.create(), redis_url, postgres_dsn)
        a.login(world.char_id)
        return world

    made: list[ServerProcess] = []
    yield make
    for server in made:
        assert server.stop() == 0, server.log[-4000:]


def assert_a_has_lost_the_character(world: World) -> None:
    assert metric(world.a, "actors") == 0
    for type_, payload in (("core.move", {"location": "nowhere"}), ("core.view", {})):
        answer = world.a.send(world.char_id, type_, payload)
        assert (answer.status, answer.body["code"]) == (503, "owned_elsewhere")
    answer = world.a.request("POST", f"/v1/characters/{world.char_id}/logout")
    assert (answer.status, answer.body["code"]) == (503, "owned_elsewhere")


def assert_b_plays_on(world: World) -> None:
    before = world.version
    assert world.change(world.b, "further").body["version"] == before + 2
    for store in ("redis", "postgres"):
        assert metric(world.b, "fenced_total", store=store) == 0


def test_redis_refuses_the_commit_of_a_server_that_was_paused(make_world: MakeWorld) -> None:
    world = make_world(NEVER_S)
    world.take_over()
    stored = world.everything_stored()
    world.wake_a()
    answer = world.a.send(world.char_id, "core.move", {"location": "nowhere"})
    assert (answer.status, answer.body["code"]) == (503, "fenced")
    assert metric(world.a, "fenced_total", store="redis") == 1
    assert world.everything_stored() == stored
    assert_a_has_lost_the_character(world)
    assert_b_plays_on(world)


def test_postgres_refuses_the_backup_of_a_server_that_was_paused(make_world: MakeWorld) -> None:
    world = make_world(SOON_S)
    world.take_over()
    stored = world.everything_stored()
    world.wake_a()
    wait_until(lambda: metric(world.a, "fenced_total", store="postgres"))
    assert metric(world.a, "fenced_total", store="redis") == 0
    assert world.everything_stored() == stored
    assert_a_has_lost_the_character(world)
    assert_b_plays_on(world)


def test_a_logout_at_a_server_that_was_paused_is_not_acknowledged(make_world: MakeWorld) -> None:
    world = make_world(NEVER_S)
    world.take_over()
    stored = world.everything_stored()
    world.wake_a()
    answer = world.a.request("POST", f"/v1/characters/{world.char_id}/logout")
    assert (answer.status, answer.body["code"]) == (503, "fenced")
    assert world.everything_stored() == stored
    assert_a_has_lost_the_character(world)
    assert_b_plays_on(world)


def test_a_logout_is_not_acknowledged_either_if_there_was_nothing_to_save(
    make_world: MakeWorld,
) -> None:
    world = make_world(NEVER_S)
    assert world.a.request("POST", f"/v1/characters/{world.char_id}/logout").status == 200
    world.a.login(world.char_id)
    world.a.signal(signal.SIGSTOP)
    world.b.login(world.char_id)
    world.change(world.b, "where B went")
    world.wake_a()
    answer = world.a.request("POST", f"/v1/characters/{world.char_id}/logout")
    assert (answer.status, answer.body["code"]) == (503, "fenced")
    assert_a_has_lost_the_character(world)
    assert_b_plays_on(world)


def test_messages_in_a_pause_are_not_acknowledged_after_it(make_world: MakeWorld) -> None:
    """They build on one another, and all of them on a state that is not A's any more."""
    world = make_world(NEVER_S)
    world.take_over()
    stored = world.everything_stored()
    world.wake_a()
    moves = [
        {"char_id": world.char_id, "type": "core.move", "payload": {"location": f"nowhere {n}"}}
        for n in range(20)
    ]
    answers = world.a.request("POST", "/v1/messages", moves).body
    assert {answer["error"]["code"] for answer in answers} <= {"fenced", "owned_elsewhere"}
    assert world.everything_stored() == stored
    assert_a_has_lost_the_character(world)


def test_a_login_at_a_server_that_was_paused_takes_the_character_back_as_it_is_now(
    make_world: MakeWorld,
) -> None:
    world = make_world(NEVER_S)
    world.take_over()
    world.wake_a()
    login = world.a.login(world.char_id)
    assert login["restored_from"] == "redis"
    assert login["version"] == world.version
    assert login["character"]["location"]["current"] == "where B went"
    assert login["takeover"] == "handed_over"
    refused = world.b.send(world.char_id, "core.move", {"location": "nowhere"})
    assert (refused.status, refused.body["code"]) == (503, "owned_elsewhere")
    world.change(world.a, "home")


def test_the_stop_of_a_server_that_was_paused_stores_nothing_of_what_it_lost(
    make_world: MakeWorld,
) -> None:
    world = make_world(NEVER_S)
    world.take_over()
    stored = world.everything_stored()
    world.wake_a()
    assert world.a.stop() == 0
    assert world.everything_stored() == stored
    assert_b_plays_on(world)


def test_the_late_logout_of_the_old_session_does_not_harm_the_new_one(
    make_world: MakeWorld,
) -> None:
    world = make_world(NEVER_S)
    old = int(world.in_redis()[b"epoch"])
    world.take_over()
    stored = world.everything_stored()
    world.wake_a()
    for server in (world.a, world.b):
        answer = server.request("POST", f"/v1/characters/{world.char_id}/logout", {"epoch": old})
        assert (answer.status, answer.body["code"]) == (409, "superseded")
        assert (answer.body["epoch"], answer.body["current"]) == (old, old + 1)
    assert world.everything_stored() == stored
    assert_b_plays_on(world)


def test_a_server_that_answers_hands_the_character_over_with_every_change(
    make_world: MakeWorld,
) -> None:
    world = make_world(NEVER_S)
    epoch = int(world.in_redis()[b"epoch"])
    unsaved = world.change(world.a, "where A left it").body["version"]
    assert world.in_postgres()["version"] < unsaved
    login = world.b.login(world.char_id)
    assert login["takeover"] == "handed_over"
    assert (login["epoch"], login["version"]) == (epoch + 1, unsaved)
    assert world.in_postgres()["version"] == unsaved
    assert len(world.items_in_postgres()) == 1
    world.change(world.b, "where B went")
    assert metric(world.a, "handovers_total", outcome="released") == 1
    assert metric(world.b, "handovers_total", outcome="handed_over") == 1
    for store in ("redis", "postgres"):
        assert metric(world.a, "fenced_total", store=store) == 0
    assert_a_has_lost_the_character(world)
    assert_b_plays_on(world)


def test_the_character_goes_to_and_fro_and_every_login_elsewhere_raises_the_epoch_by_one(
    make_world: MakeWorld,
) -> None:
    world = make_world(NEVER_S)
    epoch = int(world.in_redis()[b"epoch"])
    for server in (world.b, world.a, world.b, world.a):
        login = server.login(world.char_id)
        epoch += 1
        assert (login["epoch"], login["takeover"]) == (epoch, "handed_over")
        world.change(server, f"under epoch {epoch}")
    for server in (world.a, world.b):
        assert metric(server, "fenced_total", store="redis") == 0


def test_a_server_that_was_killed_is_not_waited_for(make_world: MakeWorld) -> None:
    world = make_world(NEVER_S)
    unsaved = world.change(world.a, "where A left it").body["version"]
    world.a.kill()
    started = time.monotonic()
    login = world.b.login(world.char_id)
    assert time.monotonic() - started < HANDOVER_S
    assert (login["takeover"], login["version"]) == ("fenced", unsaved)
    world.a.start()
    world.change(world.b, "where B went")
