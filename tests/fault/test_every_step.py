"""A fight that is won, one that is lost, and a quest: whichever step was their last when the server
is killed, they go on as if nothing had happened, die for die.

What can be thrown depends on who throws and when it was made, so every character has an undisturbed
twin: the character of the same id and the same birth in a world where nobody is killed. Many
characters play on one server, in step; each stops before another step of its script, and before
every step of every script somebody has stopped when the server dies.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.support.players.scripts import defeat, quest, victory
from tests.support.players.walker import Walker, differences, stops
from tests.support.servers.metrics import metric
from tests.support.servers.server import ServerProcess, running
from tests.support.servers.stores import ask_postgres, redis_client
from tests.support.servers.victims import (
    kill_server,
    lose_valkey,
    paused_valkey,
    postgres_dsn,
    valkey_url,
)
from tests.support.servers.waiting import wait_until

SETTINGS = """
[gamestate.module_settings.combat]
turn_deadline_s = 3600  # or a slow machine lets somebody defend who did not say so
"""
STATS = {"strength": 14, "agility": 14}
BIRTHDAY = "2026-01-01T00:00:00Z"
CAST = {victory: 24, defeat: 12, quest: 37}
"""The scripts, and how many walk each: one for every place, and some more."""

CASTS = 2
ENDS = {victory: ["victory"], defeat: ["defeat"], quest: ["fled", "victory", "lie"]}
LONG = {victory: 20, defeat: 10, quest: 30}
"""So many steps that everybody takes, at least."""

SOON, LATER, NEVER = "0.2", "2", "86400"
"""Seconds until a change goes to Postgres."""

AT_ONCE = 8
LOGS = """
SELECT coalesce(json_object_agg(session_id, records), '{}') FROM (
    SELECT session_id, json_agg(record ORDER BY number) AS records FROM session_log
    GROUP BY session_id
) AS logs
"""


def world(directory: Path, backup_interval_s: str) -> AbstractContextManager[ServerProcess]:
    """A running server with stores of its own, which outlive it."""
    config = directory / "gamestate.toml"
    config.write_text(SETTINGS)
    settings = {"GAMESTATE_BACKUP_INTERVAL_S": backup_interval_s}
    return running(ServerProcess(directory / "server", settings, config))


# ---------------------------------------------------------------------- who walks


def enter(server: ServerProcess, casts: int) -> list[list[Walker]]:
    """So many casts, created and logged in: the same ids in every world, all born at one moment."""
    scripts = [script for script, count in CAST.items() for _ in range(count)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ids = sorted(pool.map(lambda _: server.create(stats=STATS), scripts * casts))
        ask_postgres(postgres_dsn(server), f"UPDATE characters SET created_at = '{BIRTHDAY}'")
        list(pool.map(server.login, ids))
    walkers = [Walker(id_, script) for id_, script in zip(ids, scripts * casts, strict=True)]
    return [walkers[at : at + len(scripts)] for at in range(0, len(walkers), len(scripts))]


def walk(server: ServerProcess, walkers: Iterable[Walker]) -> None:
    """Each takes one step and looks at what became of it."""
    walking = [one for one in walkers if one.next is not None]
    batch = [message for one in walking for message in (one.message, *one.looks)]
    answers = iter(post(server, batch))
    for one in walking:
        one.receives(next(answers), [next(answers) for _ in one.looks])


def walk_on(server: ServerProcess, walkers: Sequence[Walker]) -> None:
    """All of them to the end of their scripts."""
    while any(one.next is not None for one in walkers):
        walk(server, walkers)


def walk_to(server: ServerProcess, walkers: Sequence[Walker], places: Mapping[int, str]) -> None:
    """Each of them to its place."""
    while going := [one for one in walkers if one.place != places[one.char_id]]:
        assert all(one.next is not None for one in going), "it is on another way than its twin"
        walk(server, going)


def post(server: ServerProcess, batch: Sequence[Any]) -> list[Any]:
    answer = server.request("POST", "/v1/messages", batch, timeout_s=60)
    assert answer.status == 200, answer
    answers: list[Any] = answer.body
    return answers


# ---------------------------------------------------------------------- the undisturbed ones


@frozen
class Undisturbed:
    """The twins and where each is to stop, by id: in both casts somebody before every step of
    every script."""

    twins: Mapping[int, Walker]
    places: Mapping[int, str]

    def next_version(self, walker: Walker) -> int:
        """Which version a walker will be after its next step."""
        return self.twins[walker.char_id].version_after(len(walker.steps) + 1)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """What happened in a world in which nobody is killed."""
    with world(tmp_path_factory.mktemp("undisturbed"), NEVER) as server:
        casts = enter(server, CASTS)
        walk_on(server, [twin for cast in casts for twin in cast])
    places: dict[int, str] = {}
    for cast in casts:
        for _, twins in groupby(cast, key=lambda twin: twin.script):
            places |= stops(list(twins))
    return Undisturbed({twin.char_id: twin for cast in casts for twin in cast}, places)


def test_the_scripts_lead_where_they_should(undisturbed: Undisturbed) -> None:
    for twin in undisturbed.twins.values():
        ends = [step.answer for step in twin.steps if step.answer.get("over")]
        assert [end.get("outcome") or end["ending"] for end in ends] == ENDS[twin.script]


def test_somebody_stops_before_every_step_of_every_script(undisturbed: Undisturbed) -> None:
    for script, least in LONG.items():
        twins = [twin for twin in undisturbed.twins.values() if twin.script is script]
        shared = set.intersection(*(set(twin.places) for twin in twins))
        assert len(shared) > least
        for cast in (twins[: CAST[script]], twins[CAST[script] :]):
            assert shared <= {undisturbed.places[twin.char_id] for twin in cast}


# ---------------------------------------------------------------------- the others


def assert_they_go_on(
    server: ServerProcess, walkers: Sequence[Walker], undisturbed: Undisturbed
) -> None:
    """To the end, as their twins did; and Postgres has the log of every fight they were in."""
    walk_on(server, walkers)
    assert differences(walkers, undisturbed.twins) == []
    expected = logs_of([step.answer for one in walkers for step in one.steps])
    wait_until(lambda: json.loads(ask_postgres(postgres_dsn(server), LOGS)) == expected)


def logs_of(answers: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The log of every fight, put together: an answer has what happened since the one before."""
    logs: defaultdict[str, dict[int, Any]] = defaultdict(dict)
    for fight in answers:
        if "log" in fight:
            logs[fight["session_id"]] |= {entry["n"]: entry for entry in fight["log"]}
    return {fight: [log[number] for number in sorted(log)] for fight, log in logs.items()}


def assert_they_may_repeat(server: ServerProcess, walkers: Iterable[Walker]) -> None:
    """What changed a character last is answered as it was, and nothing is done twice."""
    steps = [one.steps[-1] for one in walkers if one.steps]
    for step, again in zip(steps, post(server, [step.sent for step in steps]), strict=True):
        assert again.get("duplicate", False) is step.changed
        assert not step.changed or again["reply"] == step.answer


def test_from_redis_everybody_goes_on_die_for_die(tmp_path: Path, undisturbed: Undisturbed) -> None:
    with world(tmp_path, NEVER) as server:
        (walkers,) = enter(server, 1)
        walk_to(server, walkers, undisturbed.places)
        kill_server(server)
        assert_they_may_repeat(server, walkers)
        assert_they_go_on(server, walkers, undisturbed)


def test_from_postgres_everybody_goes_on_die_for_die(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    with world(tmp_path, SOON) as server:
        (walkers,) = enter(server, 1)
        walk_to(server, walkers, undisturbed.places)
        wait_until(partial(are_dirty, server, 0))
        server.kill()
        lose_valkey(server)
        server.start()
        assert_they_may_repeat(server, walkers)
        assert_they_go_on(server, walkers, undisturbed)


def test_who_had_no_answer_says_it_again_and_goes_on_die_for_die(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    with world(tmp_path, LATER) as server:
        applied, lost = enter(server, CASTS)
        walk_to(server, [*applied, *lost], undisturbed.places)
        on_the_wire = die_in_between(server, applied, lost, undisturbed)
        server.start()
        unanswered = {one: one.place for one in (*applied, on_the_wire)}
        assert_they_go_on(server, [*applied, *lost], undisturbed)
    for one in (*applied, *lost):
        changes = [step.place for step in one.steps if step.changed]
        assert one.repeated == [place for place in changes if place == unanswered.get(one)]


def die_in_between(
    server: ServerProcess,
    applied: Sequence[Walker],
    lost: Sequence[Walker],
    undisturbed: Undisturbed,
) -> Walker:
    """Everybody takes a step, nobody is answered, and the server dies. Redis has the steps of the
    first ones; those of the others were not even sent there, but for one, which is returned: its
    commit was on the way alone, and gets there when the server is dead."""
    alone = next(one for one in lost if one.place == "core.adjust_vitals #1")
    with ExitStack() as under_way:
        under_way.enter_context(in_flight(server, applied))
        wait_until(partial(have_moved, server, applied, undisturbed))
        wait_until(partial(are_dirty, server, 0))
        with paused_valkey(server):
            under_way.enter_context(in_flight(server, [alone]))
            wait_until(partial(are_dirty, server, 1))
            under_way.enter_context(in_flight(server, [one for one in lost if one is not alone]))
            wait_until(lambda: metric(server, "dirty_characters") > 1)
            server.kill()
    return alone


@contextmanager
def in_flight(server: ServerProcess, walkers: Iterable[Walker]) -> Iterator[None]:
    """The next message of each is under way; nobody waits for an answer."""
    messages = [one.message for one in walkers if one.next is not None]
    with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request("POST", "/v1/messages", json.dumps(messages))
        yield


def have_moved(server: ServerProcess, walkers: Sequence[Walker], undisturbed: Undisturbed) -> bool:
    """Whether Redis has their next step."""
    with redis_client(valkey_url(server)) as redis, redis.pipeline(transaction=False) as questions:
        for one in walkers:
            questions.hget(f"ac:{one.char_id}", "version")
        stored = [int(version) for version in questions.execute()]
    return stored == [undisturbed.next_version(one) for one in walkers]


def are_dirty(server: ServerProcess, how_many: int) -> bool:
    """Whether so many have a change that Postgres does not have."""
    return metric(server, "dirty_characters") == how_many
