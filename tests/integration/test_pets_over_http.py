"""A module of another package over HTTP and in both stores, on a server that finds it by its entry
point: its package is installed and its name is in the settings, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.modules.pets_package import install
from tests.support.servers.metrics import metric
from tests.support.servers.played import Played, played
from tests.support.servers.server import Answer, ServerProcess
from tests.support.servers.waiting import wait_until

SETTINGS = {"modules": "inventory,combat,scenario,pets", "backup_interval_s": "3600"}
DOCUMENTS = "SELECT * FROM module_sessions WHERE module = 'pets' AND char_id = $1"
COMMANDS = {"adopt", "feed", "play", "call", "dismiss", "release", "view"}


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory, pets_installed: Path) -> Iterator[Played]:
    """A server with the four modules, that backs up only when something asks for it."""
    data_dir = tmp_path_factory.mktemp("fourth") / "server"
    with played(data_dir, pets_installed, **SETTINGS) as one:
        yield one


@pytest.fixture
def char_id(game: Played) -> int:
    """A character that is logged in and has no pets yet."""
    return game.new()


def send(game: Played, char_id: int, action: str, **payload: Any) -> Answer:
    return game.server.send(char_id, f"pets.{action}", payload)


def does(game: Played, char_id: int, action: str, **payload: Any) -> Any:
    answer = send(game, char_id, action, **payload)
    assert answer.status == 200, answer
    return answer.body["reply"]


def adopt(game: Played, char_id: int, name: str = "Mog", species: str = "cat") -> int:
    pet_id: int = does(game, char_id, "adopt", name=name, species=species)["pet"]["pet_id"]
    return pet_id


def pets(game: Played, char_id: int) -> dict[int, Any]:
    """What does not change with time, by id."""
    seen = does(game, char_id, "view")["pets"]
    return {it["pet_id"]: (it["species"], it["name"], it["fondness"]) for it in seen}


def rations(game: Played, char_id: int) -> list[int]:
    """The stacks of food in the backpack."""
    view = game.server.send(char_id, "inventory.view").body["reply"]["backpack"]
    return [item["quantity"] for item in view if item["template_id"] == "rations"]


def version(game: Played, char_id: int) -> int:
    seen: int = game.view(char_id)["version"]
    return seen


# ------------------------------------------------------------------ over HTTP


def test_its_commands_are_played_like_those_of_the_server(game: Played, char_id: int) -> None:
    pet = adopt(game, char_id)
    body = {"type": "pets.play", "payload": {"pet_id": pet}, "message_id": "throw the stick"}
    path = f"/v1/characters/{char_id}/messages"
    first, again = (game.server.request("POST", path, body).body for _ in range(2))
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert (again["reply"], again["version"]) == (first["reply"], first["version"])
    assert first["durability"] == "redis"
    assert pets(game, char_id)[pet][2] == first["reply"]["pet"]["fondness"]
    assert game.view(char_id)["sessions"]["pets"] is not None


def test_what_its_rules_refuse_is_a_409_with_the_facts(game: Played, char_id: int) -> None:
    before = version(game, char_id)
    refused = send(game, char_id, "call", pet_id=77)
    assert (refused.status, refused.body["code"]) == (409, "unknown_pet")
    assert refused.body["pet_id"] == 77
    refused = send(game, char_id, "play")
    assert (refused.status, refused.body["code"]) == (409, "no_pet_called")
    assert version(game, char_id) == before


def test_its_commands_and_refusals_are_in_the_description_of_the_server(game: Played) -> None:
    document = game.server.request("GET", "/openapi.json").body
    schemas = document["components"]["schemas"]
    assert {name for name in schemas if name.startswith("pets.")} == {
        f"pets.{action}" for action in COMMANDS
    }
    assert schemas["pets.adopt"]["properties"]["species"] == {"enum": ["cat", "dog", "raven"]}
    assert schemas["pets.adopt"]["required"] == ["species", "name"]
    assert schemas["refused.unknown_pet"]["required"] == ["code", "pet_id"]
    messages = document["paths"]["/v1/characters/{char_id}/messages"]["post"]["requestBody"]
    types = messages["content"]["application/json"]["schema"]["properties"]["type"]["enum"]
    assert {"pets.adopt", "inventory.equip", "combat.act"} <= set(types)


def test_its_messages_and_sessions_are_counted_under_its_name(game: Played, char_id: int) -> None:
    played_before = metric_or_0(game.server, "messages_total", type="pets.adopt", outcome="ok")
    adopt(game, char_id)
    now = metric(game.server, "messages_total", type="pets.adopt", outcome="ok")
    assert now == played_before + 1
    assert metric(game.server, "sessions", module="pets") >= 1
    assert metric(game.server, "dirty_sessions", module="pets") >= 1
    assert metric(game.server, "message_seconds_count", type="pets.adopt") >= 1


def metric_or_0(server: ServerProcess, name: str, **labels: str) -> float:
    try:
        return metric(server, name, **labels)
    except AssertionError:
        return 0.0


def test_everything_of_it_is_there_after_the_server_was_killed(game: Played, char_id: int) -> None:
    pet = adopt(game, char_id)
    fondness = does(game, char_id, "play", pet_id=pet)["pet"]["fondness"]
    does(game, char_id, "call", pet_id=pet)
    game.grant(char_id, "rations", 2)
    does(game, char_id, "feed")
    session_id = game.view(char_id)["sessions"]["pets"]
    assert game.rows(DOCUMENTS, char_id) == []
    game.server.kill()
    game.server.start()
    assert pets(game, char_id) == {pet: ("cat", "Mog", fondness)}
    assert does(game, char_id, "view")["called"] == pet
    assert game.view(char_id)["sessions"]["pets"] == session_id
    assert send(game, char_id, "feed").body["code"] == "pet_not_hungry"
    assert rations(game, char_id) == [1]


# ------------------------------------------------------------------ in the stores


def test_its_session_is_a_hash_with_one_field_a_pet_that_the_core_names(
    game: Played, char_id: int
) -> None:
    cat, dog = adopt(game, char_id), adopt(game, char_id, "Rex", "dog")
    session_id = game.view(char_id)["sessions"]["pets"]
    assert game.text(f"ac:{char_id}")["pets_session_id"] == session_id
    stored = game.text(f"pets:session:{session_id}")
    assert set(stored) == {"metadata", "called", f"pet:{cat}", f"pet:{dog}"}
    assert json.loads(stored[f"pet:{dog}"])["name"] == "Rex"
    metadata = json.loads(stored["metadata"])
    assert (metadata["char_id"], metadata["dirty"], metadata["schema"]) == (char_id, True, 2)
    assert game.ttl(f"pets:session:{session_id}") == -1


def test_its_document_is_in_postgres_after_the_logout(game: Played, char_id: int) -> None:
    pet = adopt(game, char_id)
    session_id = game.view(char_id)["sessions"]["pets"]
    assert game.rows(DOCUMENTS, char_id) == []
    assert game.server.request("POST", f"/v1/characters/{char_id}/logout").status == 200
    [row] = game.rows(DOCUMENTS, char_id)
    assert (str(row["session_id"]), row["live"]) == (session_id, True)
    assert json.loads(row["data"])["parts"][f"pet:{pet}"]["name"] == "Mog"
    game.server.login(char_id)
    assert pets(game, char_id) == {pet: ("cat", "Mog", 0)}


def test_with_an_empty_redis_its_sessions_are_found_in_postgres(game: Played, char_id: int) -> None:
    pet = adopt(game, char_id)
    fondness = does(game, char_id, "play", pet_id=pet)["pet"]["fondness"]
    assert game.server.stop() == 0
    game.server.start()
    game.redis.flushall()
    assert game.server.login(char_id)["restored_from"] == "postgres"
    assert pets(game, char_id) == {pet: ("cat", "Mog", fondness)}
    wait_until(lambda: game.redis.exists(f"ac:{char_id}"))


def test_its_sessions_outlive_the_time_in_which_it_is_not_configured(
    game: Played, char_id: int
) -> None:
    pet = adopt(game, char_id)
    assert game.server.stop() == 0
    ours = {**SETTINGS, "modules": "inventory,combat,scenario"}
    with played(game.server.data_dir, None, **ours) as without:
        without.grant(char_id, "torch", 1)
        assert send(without, char_id, "view").body["code"] == "unknown_message_type"
    game.server.start()
    assert pets(game, char_id) == {pet: ("cat", "Mog", 0)}


# ------------------------------------------------------------------ with a bug in it


def test_a_crash_in_its_handler_loses_nothing(game: Played, char_id: int, tmp_path: Path) -> None:
    pet = adopt(game, char_id)
    before = game.view(char_id)
    game.server.kill()
    bug = ("pets/gateway.py", "turn.random.randint(1, 6)", "turn.random.cast_dice(1, 6)")
    with played(game.server.data_dir, install(tmp_path / "buggy", bug), **SETTINGS) as buggy:
        crashed = send(buggy, char_id, "play", pet_id=pet)
        assert (crashed.status, crashed.body["code"]) == (500, "handler_crashed")
        assert "cast_dice" not in str(crashed.body)
        assert pets(buggy, char_id) == {pet: ("cat", "Mog", 0)}
        assert buggy.view(char_id)["version"] == before["version"]
        called = does(buggy, char_id, "call", pet_id=pet)
        assert called["called"] == pet
    game.server.start()
    assert does(game, char_id, "play")["pet"]["pet_id"] == pet
