"""Redis and Postgres as a plain client sees them while the server plays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.servers.played import Played, played
from tests.support.servers.waiting import wait_until

FIELDS = {
    "state",
    "location",
    "bio",
    "stats",
    "vitals",
    "combat_session_id",
    "inventory_session_id",
    "scenario_session_id",
    "epoch",
    "version",
    "owner",
}
SESSION_TTL_S = 1_800


@pytest.fixture(scope="module")
def lazy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A server that backs up only when something asks for it."""
    with played(tmp_path_factory.mktemp("lazy") / "server", backup_interval_s="3600") as one:
        yield one


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A server that backs up five times a second and keeps clean sessions for four seconds."""
    data_dir = tmp_path_factory.mktemp("eager") / "server"
    with played(data_dir, backup_interval_s="0.2", session_ttl_s="4") as one:
        yield one


# ------------------------------------------------------------------ the core


def test_the_core_has_exactly_the_fields_of_the_contract(lazy: Played) -> None:
    char_id = lazy.new()
    assert set(lazy.text(f"ac:{char_id}")) == FIELDS
    lazy.grant(char_id)
    lazy.server.send(char_id, "core.move", {"location": "mill"})
    assert set(lazy.text(f"ac:{char_id}")) == FIELDS


def test_the_core_says_what_the_view_says_after_every_change(lazy: Played) -> None:
    char_id = lazy.new()
    for type_, payload in (
        ("core.view", {}),
        ("core.move", {"location": "mühle"}),
        ("core.adjust_vitals", {"hp": -5}),
        ("core.adjust_stats", {"wisdom": 3}),
        ("inventory.open", {}),
        ("inventory.grant", {"template_id": "torch", "quantity": 30}),
        ("inventory.close", {}),
    ):
        assert lazy.server.send(char_id, type_, payload).status == 200
        core, view = lazy.text(f"ac:{char_id}"), lazy.view(char_id)
        assert core.pop("owner")
        assert {name: core.pop(f"{name}_session_id") or None for name in view["sessions"]} == (
            view["sessions"]
        )
        assert core.pop("state") == view["state"]
        decoded = {name: json.loads(value) for name, value in core.items()}
        assert decoded == {name: view[name] for name in decoded}


def test_a_logged_out_character_has_no_owner_and_leaves_redis_in_time(lazy: Played) -> None:
    char_id = lazy.new()
    owner = lazy.text(f"ac:{char_id}")["owner"]
    assert owner
    assert lazy.ttl(f"ac:{char_id}") == -1
    lazy.server.request("POST", f"/v1/characters/{char_id}/logout")
    assert lazy.text(f"ac:{char_id}")["owner"] == ""
    assert 0 < lazy.ttl(f"ac:{char_id}") <= SESSION_TTL_S
    lazy.server.login(char_id)
    assert lazy.text(f"ac:{char_id}")["owner"] == owner
    assert lazy.ttl(f"ac:{char_id}") == -1


# ------------------------------------------------------------------ sessions and the dirty set


def test_a_session_says_whose_it_is_and_has_one_field_an_item(lazy: Played) -> None:
    char_id = lazy.new()
    items = lazy.grant(char_id, "torch", 45)
    session = lazy.text(lazy.session(char_id))
    metadata = json.loads(session.pop("metadata"))
    assert set(metadata) == {"char_id", "loaded_at", "dirty", "schema"}
    assert (metadata["char_id"], metadata["dirty"]) == (char_id, True)
    assert {name for name in session if name.startswith("item:")} == {f"item:{i}" for i in items}
    assert [json.loads(session[f"item:{i}"])["quantity"] for i in items] == [20, 20, 5]
    assert all(json.loads(value) is not None for value in session.values())


def test_a_clean_session_expires_and_a_dirty_one_never(lazy: Played) -> None:
    char_id = lazy.new()
    lazy.server.request("GET", f"/v1/characters/{char_id}/inventory")
    key = lazy.session(char_id)
    assert 0 < lazy.ttl(key) <= SESSION_TTL_S
    assert char_id not in lazy.dirty()

    lazy.grant(char_id)
    assert lazy.session(char_id) == key
    assert lazy.ttl(key) == -1
    assert char_id in lazy.dirty()


def test_closing_the_inventory_brings_it_to_postgres_and_its_ttl_back(lazy: Played) -> None:
    char_id = lazy.new()
    lazy.server.send(char_id, "inventory.open")
    lazy.grant(char_id)
    version = lazy.server.send(char_id, "inventory.close").body["version"]
    wait_until(lambda: char_id not in lazy.dirty())
    key = lazy.session(char_id)
    assert 0 < lazy.ttl(key) <= SESSION_TTL_S
    assert json.loads(lazy.text(key)["metadata"])["dirty"] is False
    [row] = lazy.rows("SELECT version FROM characters WHERE char_id = $1", char_id)
    assert row["version"] == version


def test_the_dirty_set_empties_when_the_changes_stop_and_not_before(eager: Played) -> None:
    playing = [eager.new() for _ in range(10)]
    for char_id in playing:
        eager.grant(char_id)
        eager.server.send(char_id, "core.move", {"location": "mill"})
    wait_until(lambda: eager.dirty() == set())
    stored = eager.rows("SELECT char_id, version FROM characters ORDER BY char_id")
    assert {row["char_id"]: row["version"] for row in stored if row["char_id"] in playing} == (
        dict.fromkeys(playing, 3)
    )


def test_a_session_that_postgres_has_expires_again(eager: Played) -> None:
    char_id = eager.new()
    eager.grant(char_id)
    key = eager.session(char_id)
    wait_until(lambda: char_id not in eager.dirty())
    assert eager.ttl(key) != -1
    wait_until(lambda: eager.ttl(key) == -2)
    [sword] = eager.server.send(char_id, "inventory.view").body["reply"]["backpack"]
    assert sword["template_id"] == "longsword"
    eager.server.send(char_id, "inventory.equip", {"item_id": sword["item_id"]})
    assert json.loads(eager.text(eager.session(char_id))["equipped"]) == {
        "main_hand": sword["item_id"]
    }


def test_a_change_after_the_backup_makes_the_character_dirty_again(eager: Played) -> None:
    char_id = eager.new()
    for version in (2, 3, 4):
        eager.server.send(char_id, "core.adjust_stats", {"wisdom": 1})
        wait_until(lambda: eager.dirty() == set())
        [row] = eager.rows("SELECT version FROM characters WHERE char_id = $1", char_id)
        assert row["version"] == version


def test_reading_a_clean_session_prolongs_its_life(eager: Played) -> None:
    char_id = eager.new()
    eager.server.request("GET", f"/v1/characters/{char_id}/inventory")
    key = eager.session(char_id)
    eager.redis.expire(key, 2)
    eager.server.request("GET", f"/v1/characters/{char_id}/inventory")
    wait_until(lambda: eager.ttl(key) > 2)


def test_a_snapshot_is_there_for_other_services_for_a_minute(lazy: Played) -> None:
    char_id = lazy.new()
    lazy.server.send(char_id, "inventory.open")
    assert list(lazy.redis.scan_iter("temp:*")) == []
    reply = lazy.server.send(char_id, "core.snapshot", {"module": "inventory"}).body["reply"]
    assert 0 < lazy.ttl(reply["key"]) <= reply["expires_in_s"] == 60
    snapshot: Any = lazy.redis.get(reply["key"])
    assert json.loads(snapshot)["char_id"] == char_id


def test_there_are_no_other_keys_than_those_of_the_contract(lazy: Played) -> None:
    char_id = lazy.new()
    lazy.grant(char_id)
    lazy.server.send(char_id, "core.move", {"location": "mill"}, "step")
    known = re.compile(
        r"ac:\d+|dedupe:\d+|dirty_accounts|events|alive:[0-9a-f]{32}"
        r"|((combat|inventory|scenario):session|temp:inventory):[0-9a-f-]{36}"
    )
    found = [key.decode() for key in lazy.redis.scan_iter()]
    assert [key for key in found if not known.fullmatch(key)] == []
    assert {f"ac:{char_id}", f"dedupe:{char_id}", lazy.session(char_id)} <= set(found)


# ------------------------------------------------------------------ Postgres


def test_the_rows_of_a_logged_out_character_are_what_its_view_says(lazy: Played) -> None:
    char_id = lazy.new()
    for type_, payload in (
        ("core.move", {"location": "mühle"}),
        ("core.adjust_vitals", {"hp": -5}),
        ("core.adjust_stats", {"wisdom": 3}),
    ):
        lazy.server.send(char_id, type_, payload)
    assert lazy.server.request("POST", f"/v1/characters/{char_id}/logout").status == 200
    view = lazy.view(char_id)
    [row] = lazy.rows(
        "SELECT c.*, s.stats FROM characters c JOIN character_stats s USING (char_id)"
        " WHERE char_id = $1",
        char_id,
    )
    assert (row["name"], row["gender"]) == (view["bio"]["name"], view["bio"]["gender"])
    assert row["created_at"].timestamp() == pytest.approx(view["bio"]["created_at"])
    assert row["game_stage"] == view["state"]
    assert row["location_id"] == view["location"]["current"] == "mühle"
    assert row["prev_location_id"] == view["location"]["prev"]
    assert json.loads(row["vitals"]) == view["vitals"]
    assert json.loads(row["stats"]) == view["stats"]
    assert (row["epoch"], row["version"]) == (view["epoch"], view["version"])


def test_the_rows_of_an_inventory_are_what_a_client_sees_of_it(lazy: Played) -> None:
    char_id = lazy.new()
    [sword] = lazy.grant(char_id)
    lazy.grant(char_id, "torch", 25)
    [gone] = lazy.grant(char_id, "dagger")
    lazy.server.send(char_id, "inventory.equip", {"item_id": sword})
    lazy.server.send(char_id, "inventory.drop", {"item_id": gone})
    seen = lazy.server.request("GET", f"/v1/characters/{char_id}/inventory").body
    assert lazy.server.request("POST", f"/v1/characters/{char_id}/logout").status == 200

    worn = [item for item in seen["equipped"].values() if item is not None]
    expected = {
        item["item_id"]: (item["template_id"], item["quantity"], item["slot"], item["position"])
        for item in [*worn, *seen["backpack"]]
    }
    rows = lazy.rows("SELECT * FROM inventory_items WHERE char_id = $1", char_id)
    assert expected == {
        row["item_id"]: (row["template_id"], row["quantity"], row["slot"], row["position"])
        for row in rows
    }


# ------------------------------------------------------------------ events


def test_whoever_gives_loot_hears_of_a_fight_that_is_over(lazy: Played) -> None:
    char_id = lazy.new()
    lazy.redis.xgroup_create("events", "loot", id="$", mkstream=True)
    fight = lazy.server.send(
        char_id, "combat.start", {"monsters": [{"monster": "giant-rat", "count": 2}], "seed": 3}
    )
    while not fight.body["reply"]["over"]:
        fight = lazy.server.send(char_id, "combat.act", {"action": "attack"})
        assert fight.status == 200, fight
    read: Any = lazy.redis.xreadgroup("loot", "me", {"events": ">"})
    [(_, [(entry, fields)])] = read
    event = {name.decode(): value.decode() for name, value in fields.items()}
    facts = json.loads(event["data"])
    shown = fight.body["reply"]
    assert (event["char_id"], event["type"]) == (str(char_id), "combat.ended")
    assert event["id"].startswith(f"{char_id}-")
    assert event["id"].endswith(f"-{fight.body['version']}-1")
    assert set(facts) == {"outcome", "xp", "slain", "location", "at"}
    assert {name: facts[name] for name in ("outcome", "xp", "slain")} == {
        name: shown[name] for name in ("outcome", "xp", "slain")
    }
    assert lazy.redis.xack("events", "loot", entry) == 1


def test_a_story_that_is_over_is_told(lazy: Played) -> None:
    char_id = lazy.new()
    lazy.server.send(char_id, "scenario.start", {"scenario": "tallow-and-twine"})
    before: Any = lazy.redis.xlen("events")
    assert lazy.server.send(char_id, "scenario.abandon").status == 200
    last: Any = lazy.redis.xrevrange("events", count=1)
    [(_, fields)] = last
    assert lazy.redis.xlen("events") == before + 1
    assert fields[b"type"] == b"scenario.ended"
    facts = json.loads(fields[b"data"])
    assert (facts["scenario"], facts["ending"]) == ("tallow-and-twine", None)
