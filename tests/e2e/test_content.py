"""What a client may know of the content, from outside."""

from __future__ import annotations

import pytest

from tests.support.servers.server import ServerProcess

pytestmark = pytest.mark.usefixtures("quiet")

PATH = "/v1/content"


def test_what_there_is_to_play_with_can_be_played(server: ServerProcess, char_id: int) -> None:
    shown = server.request("GET", PATH).body
    assert set(shown) == {"version", "counts", "scenarios", "monsters", "items"}
    assert shown["counts"] == {
        name: len(shown[name]) for name in ("scenarios", "monsters", "items")
    }
    weakest = min(shown["monsters"], key=lambda one: (one["challenge_rating"], one["hp"]))
    assert {"monster", "name", "challenge_rating", "xp", "hp", "armor_class"} == set(weakest)
    met = {"monsters": [{"monster": weakest["monster"], "count": 1}]}
    assert server.send(char_id, "combat.start", met).status == 200
    assert server.send(char_id, "combat.end").status == 200
    for one in shown["scenarios"]:
        assert one["name"]
        assert one["about"]
        begun = server.send(char_id, "scenario.start", {"scenario": one["scenario"]})
        assert begun.body["reply"]["version"] == one["version"]
        assert server.send(char_id, "scenario.abandon").status == 200
    granted = {"template_id": shown["items"][0]["template_id"], "quantity": 1}
    assert server.send(char_id, "inventory.grant", granted).status == 200


def test_content_that_did_not_change_is_not_sent_again(server: ServerProcess) -> None:
    first = server.request("GET", PATH)
    assert first.headers["etag"] == f'"{first.body["version"]}"'
    again = server.request("GET", PATH, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, "")


def test_reading_the_same_content_again_changes_nothing(server: ServerProcess) -> None:
    before = server.request("GET", PATH)
    assert server.request("POST", f"{PATH}/reload").status == 200
    after = server.request("GET", PATH)
    assert (after.body, after.headers["etag"]) == (before.body, before.headers["etag"])
