"""What a client sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate
from gamestate.modules.inventory.dto import EQUIPMENT_SLOTS
from tests.unit.gamestate.modules.inventory.world import TEMPLATES, Player, gateway


@pytest.fixture
def rich() -> Player:
    """A character with one of most things."""
    player = Player()
    for template_id in ("ring", "longsword", "arrow", "wand", "plate", "elixir"):
        player.gets(template_id)
    return player


def test_the_view_has_the_shape_of_the_contract(player: Player) -> None:
    player.does("equip", item_id=player.gets("longsword"))
    view = player.does("view")
    assert list(view) == [
        *("equipped", "backpack", "quick_slots", "weight", "slots", "totals", "derived"),
        *("cooldowns", "page", "version"),
    ]
    assert list(view["equipped"]) == list(EQUIPMENT_SLOTS)
    assert view["equipped"]["main_hand"]["template_id"] == "longsword"
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
        "data": None,
    }
    assert item.items() >= expected.items()


@pytest.mark.parametrize("tooltips", [True, False])
def test_the_view_is_json(rich: Player, tooltips: bool) -> None:
    view = rich.does("view", tooltips=tooltips, group="slot")
    assert orjson.loads(orjson.dumps(view)) == view


def test_totals_are_of_all_that_is_carried_whatever_is_asked_for(player: Player) -> None:
    player.gets("arrow", 30)
    player.does("equip", item_id=player.gets("longsword"))
    expected = {"items": 3, "quantity": 31, "weight": 4.5, "value": 15.0}
    assert player.does("view")["totals"] == expected
    assert player.does("view", q="nothing", per_page=1)["totals"] == expected


def test_the_view_says_what_gear_and_buffs_make_of_the_character(player: Player) -> None:
    player.does("equip", item_id=player.gets("ring"))
    player.does("use", item_id=player.gets("elixir"))
    derived = player.does("view")["derived"]
    assert derived["stats"]["strength"] == 16
    assert derived["armor_class"] == 11
    assert [buff["remaining_s"] for buff in derived["buffs"]] == [60]
    player.now_s = 60.0
    assert player.does("view")["derived"]["stats"]["strength"] == 12


def test_running_cooldowns_are_shown_with_what_remains(player: Player) -> None:
    player.now_s = 1000.25
    player.does("use", item_id=player.gets("elixir"))
    player.now_s = 1010.0
    assert player.does("view")["cooldowns"] == [{"group": "elixirs", "remaining_s": 20.25}]
    player.now_s = 1030.25
    assert player.does("view")["cooldowns"] == []


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


class CountingGateway(ItemGateway):
    """The catalogue; it remembers of which templates a client's view was asked for."""

    def __init__(self) -> None:
        super().__init__(Catalogue({one.template_id: one for one in TEMPLATES}, {}))
        self.viewed: list[str] = []

    def view(self, template: ItemTemplate) -> Mapping[str, Any]:
        self.viewed.append(template.template_id)
        return super().view(template)


def test_only_what_is_on_the_page_is_formatted() -> None:
    items = CountingGateway()
    player = Player(items)
    for template_id in ("ring", "longsword", "plate", "dagger"):
        player.gets(template_id)
    items.viewed.clear()
    player.does("view", page=2, per_page=2, sort="name", group="kind")
    assert items.viewed == ["plate", "ring"]


def test_tooltips_are_given_with_every_item_that_is_shown(rich: Player) -> None:
    rich.does("equip", item_id=rich.gets("longsword"))
    plain, shown = rich.does("view", per_page=3), rich.does("view", per_page=3, tooltips=True)
    items = [*shown["backpack"], shown["equipped"]["main_hand"]]
    for item in items:
        inspected = rich.does("inspect", item_id=item["item_id"])
        assert item == {**inspected["item"], "tooltip": inspected["tooltip"]}
    assert len(items) == 4
    assert all("tooltip" not in item for item in plain["backpack"])


def test_an_item_whose_template_is_gone_is_shown_as_unknown() -> None:
    player = Player()
    item_id = player.gets("dagger")
    fields = player.module.save_session(player.session, None).put
    orphan = Player(gateway(without="dagger"))
    orphan.has(orphan.module.restore_session(fields, orphan.module.schema))
    (item,) = orphan.does("view", sort="rarity", group="slot", tooltips=True)["backpack"]
    assert (item["item_id"], item["kind"], item["name"]) == (item_id, "unknown", "dagger")
    assert item["tooltip"]["equippable"]["why"]["code"] == "not_equippable"
    assert set(item) - {"tooltip"} <= set(player.does("view")["backpack"][0])
    assert orphan.does("drop", item_id=item_id)["left"] == 0
