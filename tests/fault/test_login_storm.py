"""Two thousand logins at once: refused in time what is too much, and all in at the end, once."""

from __future__ import annotations

import re

from tests.support.players.storm import log_in_at_once
from tests.support.servers.metrics import metric
from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.stores import ask_postgres

STORM = 2_000
PEOPLE = f"""
INSERT INTO characters (name, game_stage, location_id, vitals)
SELECT 'Mira', 'exploration', 'start', '{{"hp": {{"cur": 1, "max": 1}}}}'
FROM generate_series(1, {STORM})
"""


def resident_mib(server: ServerProcess) -> float:
    text = server.request("GET", "/metrics").body
    (found,) = re.findall(r"^process_resident_memory_bytes (\S+)", text, re.MULTILINE)
    return float(found) / (1 << 20)


def test_a_storm_of_logins_ends_with_all_of_them_in_and_each_restored_once(
    make_server: MakeServer, redis_url: str, postgres_dsn: str
) -> None:
    server = make_server(
        redis_url=redis_url,
        postgres_dsn=postgres_dsn,
        max_concurrent_restores="16",
        login_queue_timeout_s="0.2",
    )
    server.start()
    ask_postgres(postgres_dsn, PEOPLE)
    before_mib = resident_mib(server)

    storm = log_in_at_once(server, range(1, STORM + 1))

    assert storm.statuses[200] == STORM
    assert set(storm.statuses) <= {200, 503}
    assert storm.statuses[503] == metric(server, "starts_refused_total", reason="too_late") > 0
    assert len(set(storm.back_in_s)) >= 3, "they are to come back one after another"
    assert metric(server, "activations_total") == metric(server, "actors") == STORM
    restored_once = "SELECT count(*) FROM characters WHERE epoch = 1"
    assert ask_postgres(postgres_dsn, restored_once) == STORM
    assert metric(server, "starts_waiting") == 0
    assert resident_mib(server) - before_mib < 150
    moved = server.send(STORM, "core.move", {"location": "inn"})
    assert (moved.status, moved.body["version"]) == (200, 2)


def test_a_storm_that_the_server_can_take_is_let_in_without_a_refusal(
    make_server: MakeServer, redis_url: str, postgres_dsn: str
) -> None:
    server = make_server(redis_url=redis_url, postgres_dsn=postgres_dsn, login_queue_timeout_s="60")
    server.start()
    ask_postgres(postgres_dsn, PEOPLE)
    storm = log_in_at_once(server, range(1, STORM + 1))
    assert storm.statuses == {200: STORM}
    assert metric(server, "activations_total") == STORM
    assert metric(server, "start_wait_seconds_count") == STORM
