"""Two servers on the same stores and one character, which is sent commands through either and is
logged in on either, at random: there is one writer at a time, and one line of versions.

The choices are drawn from a seed, which is in the name of the test; GAMESTATE_TEST_SEED sets it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from attrs import define, field, frozen

from tests.support.effort import effort, seed
from tests.support.players.ledger import TRY_AGAIN
from tests.support.servers.server import Answer, MakeServer, ServerProcess
from tests.support.servers.stores import ask_postgres, redis_client

CLIENTS = 6
CHANGES_EACH = effort(20, 50)
LOGIN = 0.05
LOOK = 0.2
GIVE_UP_S = 40.0
BASE_STRENGTH = 10


@frozen(order=True)
class Seen:
    """The character as one answer showed it: by which server, under which epoch."""

    version: int
    epoch: int
    strength: int
    server: int


@define
class Client:
    """Makes the character stronger, one message at a time, each until it is acknowledged."""

    servers: Sequence[ServerProcess]
    char_id: int
    name: str
    dice: random.Random
    acknowledged: dict[int, int] = field(factory=dict)
    """Version to the strength that it made."""
    seen: list[Seen] = field(factory=list)
    takeovers: list[str | None] = field(factory=list)

    def play(self) -> Client:
        give_up_at = time.monotonic() + GIVE_UP_S
        while len(self.acknowledged) < CHANGES_EACH:
            assert time.monotonic() < give_up_at, f"{self.name}: {len(self.acknowledged)} answers"
            server = self.dice.randrange(len(self.servers))
            chance = self.dice.random()
            if chance < LOGIN:
                self._log_in(server)
            elif chance < LOGIN + LOOK:
                self._look(server)
            else:
                self._strengthen(server)
        return self

    def _strengthen(self, server: int) -> None:
        message_id = f"{self.name}-{len(self.acknowledged)}"
        answer = self._send(server, "core.adjust_stats", {"strength": 1}, message_id)
        if answer is not None:
            version = answer.body["version"]
            assert version not in self.acknowledged
            self.acknowledged[version] = answer.body["reply"]["stats"]["strength"]

    def _look(self, server: int) -> None:
        answer = self._send(server, "core.view", {}, None)
        if answer is not None:
            self._note(server, answer.body["reply"])

    def _log_in(self, server: int) -> None:
        path = f"/v1/characters/{self.char_id}/login"
        answer = self._done(self.servers[server].request("POST", path))
        if answer is not None:
            self.takeovers.append(answer.body.get("takeover"))
            self._note(server, answer.body["character"])

    def _send(self, server: int, type_: str, payload: object, id_: str | None) -> Answer | None:
        return self._done(self.servers[server].send(self.char_id, type_, payload, id_))

    @staticmethod
    def _done(answer: Answer) -> Answer | None:
        if answer.status in TRY_AGAIN:
            return None
        assert answer.status == 200, answer
        return answer

    def _note(self, server: int, view: dict[str, object]) -> None:
        stats = view["stats"]
        assert isinstance(stats, dict)
        assert isinstance(view["version"], int)
        assert isinstance(view["epoch"], int)
        self.seen.append(Seen(view["version"], view["epoch"], stats["strength"], server))


@pytest.fixture
def servers(
    make_server: MakeServer, redis_url: str, postgres_dsn: str
) -> Iterator[list[ServerProcess]]:
    """Both running; stopped before their database goes."""
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn, "backup_interval_s": "0.2"}
    made = [make_server(**stores) for _ in range(2)]
    for server in made:
        server.launch()
    for server in made:
        server.wait_ready()
    yield made
    for server in made:
        assert server.stop() == 0, server.log[-4000:]


def play_together(servers: Sequence[ServerProcess], char_id: int, seed: int) -> list[Client]:
    dice = random.Random(seed)
    clients = [
        Client(servers, char_id, f"client-{number}", random.Random(dice.random()))
        for number in range(CLIENTS)
    ]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(Client.play, clients))


@pytest.mark.parametrize("chosen", [seed()])
def test_through_whichever_server_each_change_is_made_once_and_in_one_line(
    servers: list[ServerProcess], redis_url: str, postgres_dsn: str, chosen: int
) -> None:
    char_id = servers[0].create()
    first = servers[0].login(char_id)["version"]
    clients = play_together(servers, char_id, chosen)
    changes = CLIENTS * CHANGES_EACH
    made = {v: strength for client in clients for v, strength in client.acknowledged.items()}

    # Every change is one version, and none was made twice.
    assert sorted(made) == list(range(first + 1, first + 1 + changes))
    for version, strength in made.items():
        assert strength == BASE_STRENGTH + version - first

    # Every client saw one line: epochs rise with versions, and each has one server.
    seen = sorted({one for client in clients for one in client.seen})
    for one in seen:
        assert one.strength == BASE_STRENGTH + one.version - first
    assert all(before.epoch <= after.epoch for before, after in pairwise(seen))
    assert len({one.epoch for one in seen}) == len({(one.epoch, one.server) for one in seen})
    assert "handed_over" in {takeover for client in clients for takeover in client.takeovers}

    for server in servers:
        assert server.stop() == 0
    assert ask_postgres(postgres_dsn, "SELECT version FROM characters") == first + changes
    with redis_client(redis_url) as redis:
        assert redis.hget(f"ac:{char_id}", "version") == b"%d" % (first + changes)
