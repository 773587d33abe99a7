"""What is counted, what it is called, and what it costs in memory."""

import threading
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from actors.observer import ActorObserver
from gamestate.game.observer import GameObserver
from gamestate.observe.hooks import ACTORS, GAME, STORES, Observers
from gamestate.observe.instruments import MAX_SERIES
from gamestate.observe.log import get_logger
from gamestate.observe.metrics import Metrics
from persistence.observer import StoreObserver

PUBLIC = {
    "gamestate_actors": "gauge",
    "gamestate_mailbox_depth": "histogram",
    "gamestate_messages": "counter",
    "gamestate_message_seconds": "histogram",
    "gamestate_actor_restarts": "counter",
    "gamestate_dead_letters": "counter",
    "gamestate_logins": "counter",
    "gamestate_restore_seconds": "histogram",
    "gamestate_commit_seconds": "histogram",
    "gamestate_commit_batch_size": "histogram",
    "gamestate_backups": "counter",
    "gamestate_backup_seconds": "histogram",
    "gamestate_backup_rows": "counter",
    "gamestate_dirty_characters": "gauge",
    "gamestate_dirty_sessions": "gauge",
    "gamestate_oldest_dirty_seconds": "gauge",
    "gamestate_sessions": "gauge",
    "gamestate_session_ttl_seconds": "gauge",
    "gamestate_sessions_lost": "counter",
    "gamestate_sessions_gone": "counter",
    "gamestate_fenced": "counter",
    "gamestate_quarantined": "counter",
    "gamestate_invariants_broken": "counter",
    "gamestate_duplicates": "counter",
    "gamestate_store_up": "gauge",
}
ONE_PLAYER = 424242424242

Values = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture(autouse=True)
def observers(metrics: Metrics) -> Observers:
    return Observers(metrics.instruments, get_logger("test"))


def values(metrics: Metrics) -> Values:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return values(metrics).get((f"gamestate_{name}", tuple(sorted(labels.items()))))


def messages(metrics: Metrics) -> list[float]:
    return [v for (name, _), v in values(metrics).items() if name == "gamestate_messages_total"]


def test_every_public_metric_is_there_with_its_type(metrics: Metrics) -> None:
    families = text_string_to_metric_families(metrics.render().decode())
    types = {family.name: family.type for family in families}
    assert types.items() >= PUBLIC.items()


def test_a_message_is_counted_by_type_and_outcome(metrics: Metrics, observers: Observers) -> None:
    observers.game.message("inventory.equip", "ok", 0.002)
    observers.game.message("inventory.equip", "refused", 0.001)
    observers.game.message("inventory.equip", "ok", 0.002)
    assert value(metrics, "messages_total", type="inventory.equip", outcome="ok") == 2
    assert value(metrics, "messages_total", type="inventory.equip", outcome="refused") == 1


def test_the_seconds_of_a_type_are_those_of_all_its_outcomes(
    metrics: Metrics, observers: Observers
) -> None:
    observers.game.message("core.move", "ok", 0.002)
    observers.game.message("core.move", "error", 0.5)
    assert value(metrics, "message_seconds_count", type="core.move") == 2
    assert value(metrics, "message_seconds_sum", type="core.move") == pytest.approx(0.502)
    assert value(metrics, "message_seconds_bucket", type="core.move", le="0.0025") == 1


def test_a_duplicate_is_counted_by_itself_too(metrics: Metrics, observers: Observers) -> None:
    observers.game.message("core.move", "duplicate", 0.001)
    assert value(metrics, "duplicates_total") == 1


def test_a_value_on_a_bound_belongs_to_its_bucket(metrics: Metrics, observers: Observers) -> None:
    observers.actors.queued(1, 10)
    assert value(metrics, "mailbox_depth_bucket", le="5.0") == 0
    assert value(metrics, "mailbox_depth_bucket", le="10.0") == 1


def test_a_value_above_all_bounds_is_counted(metrics: Metrics, observers: Observers) -> None:
    observers.stores.committed(1, 3_600)
    assert value(metrics, "commit_seconds_bucket", le="10.0") == 0
    assert value(metrics, "commit_seconds_bucket", le="+Inf") == 1


def test_a_group_commit_tells_its_size_and_its_time(metrics: Metrics, observers: Observers) -> None:
    observers.stores.committed(300, 0.004)
    assert value(metrics, "commit_batch_size_sum") == 300
    assert value(metrics, "commit_seconds_sum") == pytest.approx(0.004)


def test_a_backup_counts_characters_and_rows(metrics: Metrics, observers: Observers) -> None:
    observers.stores.backed_up(100, 2_300, 0.1)
    observers.stores.backup_failed(7, "no disk")
    assert value(metrics, "backups_total", outcome="saved") == 100
    assert value(metrics, "backups_total", outcome="failed") == 7
    assert value(metrics, "backup_rows_total") == 2_300


def test_a_store_is_up_as_it_was_last_seen_and_absent_before(
    metrics: Metrics, observers: Observers
) -> None:
    assert value(metrics, "store_up", store="redis") is None
    observers.stores.store_up("redis", True)
    assert value(metrics, "store_up", store="redis") == 1
    observers.stores.store_up("redis", False)
    assert value(metrics, "store_up", store="redis") == 0


def test_what_an_alert_waits_for_is_zero_before_it_happens(metrics: Metrics) -> None:
    assert value(metrics, "fenced_total", store="postgres") == 0
    assert value(metrics, "dead_letters_total", reason="mailbox_full") == 0
    assert value(metrics, "quarantined_total") == 0
    assert value(metrics, "invariants_broken_total", invariant="character") == 0


def test_a_gauge_is_absent_until_it_has_a_source(metrics: Metrics) -> None:
    assert value(metrics, "actors") is None
    metrics.gauge_source("actors", lambda: 3)
    assert value(metrics, "actors") == 3


def test_a_gauge_is_read_again_at_each_scrape(metrics: Metrics) -> None:
    waiting: list[int] = []
    metrics.gauge_source("dirty_characters", lambda: len(waiting))
    assert value(metrics, "dirty_characters") == 0
    waiting.append(1)
    assert value(metrics, "dirty_characters") == 1


def test_a_gauge_by_module_has_a_series_for_each(metrics: Metrics) -> None:
    metrics.gauge_source("sessions", lambda: {"inventory": 5, "combat": 2})
    assert value(metrics, "sessions", module="inventory") == 5
    assert value(metrics, "sessions", module="combat") == 2


def test_labels_without_bound_end_up_under_other(metrics: Metrics, observers: Observers) -> None:
    for number in range(10 * MAX_SERIES):
        observers.game.message(f"made.up.{number}", "ok", 0.001)
    counts = messages(metrics)
    assert len(counts) == MAX_SERIES + 1
    assert sum(counts) == 10 * MAX_SERIES
    assert value(metrics, "messages_total", type="other", outcome="other") == 9 * MAX_SERIES


def test_nothing_names_a_player(metrics: Metrics, observers: Observers) -> None:
    observers.actors.activated(ONE_PLAYER)
    observers.actors.dead_letter(ONE_PLAYER, {"char_id": ONE_PLAYER}, "expired")
    observers.actors.crashed(ONE_PLAYER, "message", ValueError(str(ONE_PLAYER)))
    observers.stores.quarantined(ONE_PLAYER, f"character {ONE_PLAYER} is unreadable")
    observers.game.diverged(ONE_PLAYER)
    assert str(ONE_PLAYER).encode() not in metrics.render()


@pytest.mark.parametrize(
    ("table", "port"), [(ACTORS, ActorObserver), (STORES, StoreObserver), (GAME, GameObserver)]
)
def test_no_hook_is_forgotten(table: Mapping[str, object], port: type) -> None:
    assert {hook for hook in vars(port) if not hook.startswith("_")} == table.keys()


def test_two_servers_in_one_process_count_apart(metrics: Metrics, observers: Observers) -> None:
    other = Metrics()
    Observers(other.instruments, get_logger("test"))
    observers.actors.restarted(1, 1)
    assert value(metrics, "actor_restarts_total") == 1
    assert value(other, "actor_restarts_total") == 0


def test_a_scrape_on_another_thread_sees_every_message_in_the_end(
    metrics: Metrics, observers: Observers
) -> None:
    done = threading.Event()

    def scrape_until_done() -> None:
        while not done.is_set():
            metrics.render()

    scraper = threading.Thread(target=scrape_until_done)
    scraper.start()
    for number in range(20_000):
        observers.game.message(f"core.{number % 300}", "ok", 0.001)
    done.set()
    scraper.join()
    assert sum(messages(metrics)) == 20_000


def test_the_process_is_measured_too(metrics: Metrics) -> None:
    names = {name for name, _ in values(metrics)}
    assert {"process_resident_memory_bytes", "python_gc_collections_total"} <= names
