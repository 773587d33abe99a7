"""Kills at random moments of a steady load, some while the last one is being recovered from.

Which and when is drawn from a seed, which is in the name of the test; GAMESTATE_TEST_SEED sets it.
"""

from __future__ import annotations

import logging
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest

from tests.support.effort import effort, seed
from tests.support.outcomes import Report
from tests.support.players.load import Load, LoadProcess
from tests.support.players.tally import ARM, QUIVER, STRENGTHEN, Acknowledged, Tally, tally_outcome
from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.victims import (
    is_another,
    kill_postgres,
    kill_server,
    kill_valkey,
    postmaster_pid,
    valkey_pid,
)
from tests.support.servers.waiting import wait_answered, wait_until

CHARACTERS = 8
CLIENTS = 32
MESSAGES_EACH = effort(100, 300)
KILLS = effort(3, 6)
BASE_STRENGTH = 10

log = logging.getLogger(__name__)


def server_alone(server: ServerProcess, dice: random.Random) -> None:
    kill_server(server)


def server_twice(server: ServerProcess, dice: random.Random) -> None:
    """The second time somewhere in the start, or in the recovery after it."""
    server.kill()
    server.launch()
    lines = dice.randint(0, 5)
    logged = len(server.log.splitlines())
    wait_until(lambda: server.is_ready() or len(server.log.splitlines()) >= logged + lines)
    kill_server(server)


def valkey_alone(server: ServerProcess, dice: random.Random) -> None:
    """And nobody else until it has everything again that went to Postgres meanwhile."""
    before = valkey_pid(server)
    kill_valkey(server)
    wait_until(lambda: is_another(valkey_pid, server, before) and server.is_ready())
    wait_until(lambda: all(durable_in_redis(server, id_) for id_ in range(1, CHARACTERS + 1)))


def durable_in_redis(server: ServerProcess, char_id: int) -> bool:
    answer = server.send(char_id, "core.view")
    return answer.status == 200 and answer.body["durability"] == "redis"


def postgres_alone(server: ServerProcess, dice: random.Random) -> None:
    before = postmaster_pid(server)
    kill_postgres(server)
    wait_until(lambda: is_another(postmaster_pid, server, before) and server.is_ready())


def valkey_while_the_server_is_down(server: ServerProcess, dice: random.Random) -> None:
    server.kill()
    kill_valkey(server)
    server.start()


def postgres_while_the_server_is_down(server: ServerProcess, dice: random.Random) -> None:
    server.kill()
    kill_postgres(server)
    server.start()


def server_while_valkey_is_down(server: ServerProcess, dice: random.Random) -> None:
    kill_valkey(server)
    kill_server(server)


def server_while_postgres_is_down(server: ServerProcess, dice: random.Random) -> None:
    kill_postgres(server)
    kill_server(server)


VICTIMS = (
    server_alone,
    server_twice,
    valkey_alone,
    postgres_alone,
    valkey_while_the_server_is_down,
    postgres_while_the_server_is_down,
    server_while_valkey_is_down,
    server_while_postgres_is_down,
)


def kill_again_and_again(server: ServerProcess, load: LoadProcess, dice: random.Random) -> None:
    """Spread over the load, each at a random moment of its share of it."""
    share = CLIENTS * MESSAGES_EACH / (KILLS + 1)
    for number in range(KILLS):
        moment = (number + dice.random()) * share
        wait_answered(load, moment)
        victim = dice.choice(VICTIMS)
        log.info("after %d answers: %s", load.answered, victim.__name__)
        victim(server, dice)


def by_character(done: Sequence[Acknowledged]) -> Mapping[int, list[Acknowledged]]:
    grouped = defaultdict(list)
    for each in sorted(done, key=lambda each: each.version):
        grouped[each.char_id].append(each)
    return grouped


def assert_each_was_applied_once(done: Sequence[Acknowledged], first_version: int) -> None:
    """Version by version, and each version has one more of what it added."""
    assert [each.version for each in done] == list(range(first_version, first_version + len(done)))
    strength = [each.has for each in done if each.type == STRENGTHEN]
    assert strength == list(range(BASE_STRENGTH + 1, BASE_STRENGTH + 1 + len(strength)))
    arrows = [each.has for each in done if each.type == ARM]
    assert arrows == [number % QUIVER + 1 for number in range(len(arrows))]


def assert_character_has(server: ServerProcess, char_id: int, done: Sequence[Acknowledged]) -> None:
    added = Counter(each.type for each in done)
    view = server.send(char_id, "core.view").body
    assert view["version"] == done[-1].version
    assert view["reply"]["stats"]["strength"] == BASE_STRENGTH + added[STRENGTHEN]
    items = server.send(char_id, "inventory.view").body["reply"]["backpack"]
    assert sum(item["quantity"] for item in items) == added[ARM]


@pytest.mark.parametrize("chosen", [seed()])
def test_whatever_is_killed_and_when_each_message_is_applied_once(
    make_server: MakeServer, report: Report, chosen: int
) -> None:
    dice = random.Random(chosen)
    server = make_server(backup_interval_s="0.3")
    server.start()
    char_ids = [server.create() for _ in range(CHARACTERS)]
    first_version = {id_: server.login(id_)["version"] + 1 for id_ in char_ids}
    with LoadProcess(Load(server.port, CLIENTS, Tally(char_ids, MESSAGES_EACH))) as load:
        kill_again_and_again(server, load, dice)
        acknowledged = [each for results in load.result().results for each in results]
    versions = {id_: server.send(id_, "core.view").body["version"] for id_ in char_ids}
    before = {id_: version - 1 for id_, version in first_version.items()}
    report(tally_outcome(f"{KILLS} random kills, seed {chosen}", acknowledged, versions, before))
    done = by_character(acknowledged)
    assert sum(map(len, done.values())) == CLIENTS * MESSAGES_EACH
    for char_id in char_ids:
        assert_each_was_applied_once(done[char_id], first_version[char_id])
        assert_character_has(server, char_id, done[char_id])
