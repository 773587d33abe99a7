"""What a client sees."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gamestate.content.templates import RARITIES, SLOTS
from gamestate.modules.inventory.dto import EQUIPMENT_SLOTS
from gamestate.modules.inventory.formatter import SORTS
from tests.unit.gamestate.modules.inventory.world import Player, gateway


@pytest.fixture
def rich() -> Player:
    """A character with one of most things, ids ascending in this order."""
    player = Player()
    for template_id in ("ring", "longsword", "arrow", "one-ring", "plate", "dagger"):
        player.gets(template_id)
    return player


def shown(player: Player, **query: Any) -> list[str]:
    return [item["template_id"] for item in player.does("view", **query)["backpack"]]


def test_the_catalogue_and_the_inventory_know_the_same_slots() -> None:
    assert EQUIPMENT_SLOTS == SLOTS


def test_the_view_has_the_shape_of_the_contract(player: Player) -> None:
    player.does("equip", item_id=player.gets("longsword"))
    view = player.does("view")
    assert set(view) == {"equipped", "backpack", "quick_slots", "weight", "slots", "version"}
    assert list(view["equipped"]) == list(EQUIPMENT_SLOTS)
    assert view["quick_slots"] == [None] * 6
    assert view["slots"] == {"used": 0, "capacity": 100}
    assert view["version"] == player.state.version


def test_an_item_shows_its_template_and_its_own(player: Player) -> None:
    item_id = player.gets("arrow", 3)
    (item,) = player.does("view")["backpack"]
    expected = {
        "item_id": item_id,
        "template_id": "arrow",
        "name": "Arrow",
        "kind": "ammunition",
        "rarity": "common",
        "quantity": 3,
        "weight": 0.05,
        "value": 0.0,
        "slot": None,
        "position": 0,
    }
    assert item.items() >= expected.items()


def test_the_view_is_json(rich: Player) -> None:
    view = rich.does("view")
    assert orjson.loads(orjson.dumps(view))["backpack"][0]["template_id"] == "ring"


def test_the_backpack_is_shown_by_position(rich: Player) -> None:
    assert shown(rich) == ["ring", "longsword", "arrow", "one-ring", "plate", "dagger"]
    assert shown(rich, order="desc") == shown(rich)[::-1]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("type", ["arrow", "plate", "ring", "one-ring", "longsword", "dagger"]),
        ("rarity", ["longsword", "arrow", "plate", "dagger", "ring", "one-ring"]),
        ("value", ["ring", "arrow", "one-ring", "plate", "dagger", "longsword"]),
        ("weight", ["ring", "one-ring", "arrow", "dagger", "longsword", "plate"]),
        ("name", ["arrow", "dagger", "longsword", "plate", "ring", "one-ring"]),
    ],
)
def test_every_sort_has_its_order_with_ties_by_id(
    rich: Player, sort: str, expected: list[str]
) -> None:
    assert shown(rich, sort=sort) == expected


@pytest.mark.parametrize("sort", SORTS)
def test_descending_turns_the_keys_and_not_the_ties(sort: str) -> None:
    player = Player()
    ids = [player.gets("longsword") for _ in range(3)]
    backpack = player.does("view", sort=sort, order="desc")["backpack"]
    assert [item["item_id"] for item in backpack] == ids


def test_filters_narrow_the_backpack_and_nothing_else(rich: Player) -> None:
    rich.does("equip", item_id=rich.gets("longsword"))
    view = rich.does("view", kind="ring", rarity="rare")
    assert [item["template_id"] for item in view["backpack"]] == ["ring"]
    assert view["equipped"]["main_hand"]["template_id"] == "longsword"
    assert view["slots"]["used"] == 6


@pytest.mark.parametrize("q", ["STRASSE", "straße", "\uff33tra\u00dfe", "ße r"])
def test_a_search_knows_neither_case_nor_width(rich: Player, q: str) -> None:
    assert shown(rich, q=q) == ["one-ring"]


def test_a_search_that_finds_nothing_shows_nothing(rich: Player) -> None:
    assert shown(rich, q="wand") == []


def test_weight_counts_what_is_worn_and_shows_its_thresholds(player: Player) -> None:
    player.does("equip", item_id=player.gets("longsword"))
    player.gets("plate", 2)
    assert player.does("view")["weight"] == {
        "total": 133.0,
        "limit": 150.0,
        "encumbered_at": 100.0,
        "overloaded_at": 150.0,
        "load": "encumbered",
    }


def test_weight_is_exact_however_many_turns_made_it(player: Player) -> None:
    arrows = player.gets("arrow", 20)
    for _ in range(19):
        player.does("drop", item_id=arrows, quantity=1)
    assert player.does("view")["weight"]["total"] == 0.05


def test_an_item_whose_template_is_gone_is_shown_as_unknown() -> None:
    player = Player()
    item_id = player.gets("dagger")
    fields = player.module.encode(player.session, None).put
    orphan = Player(gateway(without="dagger"))
    orphan._commit(orphan.module.decode(fields, orphan.module.schema))
    (item,) = orphan.does("view", sort="rarity")["backpack"]
    assert (item["item_id"], item["kind"], item["name"]) == (item_id, "unknown", "dagger")
    assert set(item) <= set(player.does("view")["backpack"][0])
    assert orphan.does("drop", item_id=item_id)["left"] == 0


def test_rarities_are_ordered_as_in_the_catalogue() -> None:
    assert RARITIES[0] == "common"
    assert RARITIES[-1] == "artifact"
