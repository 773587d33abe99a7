"""What of the backpack is shown, and in what order."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, get_args

import pytest

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from gamestate.content.templates import RARITIES, SLOTS, ItemTemplate
from gamestate.errors import InvalidPayloadError
from gamestate.modules.inventory.commands import Group, Sort, ViewInventory
from gamestate.modules.inventory.dto import EQUIPMENT_SLOTS, InventoryItemDTO
from gamestate.modules.inventory.query import GROUPS, SORTS, Entry, folded, matches
from tests.unit.gamestate.modules.inventory.world import TEMPLATES, Player


@pytest.fixture
def rich() -> Player:
    """A character with one of most things, ids ascending in this order."""
    player = Player()
    for template_id in ("ring", "longsword", "arrow", "one-ring", "plate", "dagger"):
        player.gets(template_id)
    return player


def shown(player: Player, **query: Any) -> list[str]:
    return [item["template_id"] for item in player.does("view", **query)["backpack"]]


def named(*names: str) -> Player:
    """A character with an item of each of these names, in this order."""
    templates = {
        f"t-{index}": ItemTemplate(template_id=f"t-{index}", name=name, kind="gear")
        for index, name in enumerate(names)
    }
    player = Player(ItemGateway(Catalogue(templates, {})))
    for template_id in templates:
        player.gets(template_id)
    return player


def found(player: Player, **query: Any) -> list[str]:
    return [item["name"] for item in player.does("view", **query)["backpack"]]


# ------------------------------------------------------------------ sort


def test_the_commands_the_catalogue_and_the_query_know_the_same_words() -> None:
    assert get_args(Sort) == tuple(SORTS)
    assert get_args(Group) == tuple(GROUPS)
    assert EQUIPMENT_SLOTS == SLOTS


@pytest.mark.parametrize("sort", [None, "position"])
def test_the_backpack_is_shown_by_position(rich: Player, sort: str | None) -> None:
    first = rich.does("view")["backpack"][0]["item_id"]
    rich.does("move", item_id=first, position=9)
    expected = ["longsword", "arrow", "one-ring", "plate", "dagger", "ring"]
    assert shown(rich, sort=sort) == expected
    assert shown(rich, sort=sort, order="desc") == expected[::-1]


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


@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != "position"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_equal_items_are_shown_by_id_in_either_order(sort: str, order: str) -> None:
    player = Player()
    ids = [player.gets("longsword") for _ in range(3)]
    backpack = player.does("view", sort=sort, order=order)["backpack"]
    assert [item["item_id"] for item in backpack] == ids


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_order_depends_on_nothing_but_the_items(sort: Any, order: Any) -> None:
    entries: list[Entry] = [
        (InventoryItemDTO(item_id, template.template_id, 1, None, 60 - item_id), template)
        for item_id, template in enumerate(3 * TEMPLATES, 1)
    ]
    query = ViewInventory(sort=sort, order=order)
    expected = matches(entries, query, lambda item: True)
    for seed in range(5):
        assert matches(Random(seed).sample(entries, len(entries)), query, lambda item: True) == (
            expected
        )


def test_rarities_are_ordered_as_in_the_catalogue() -> None:
    assert RARITIES[0] == "common"
    assert RARITIES[-1] == "artifact"


def test_names_are_sorted_as_they_are_searched() -> None:
    player = named("Zelt", "épée", "Eisen", "apfel")
    assert found(player, sort="name") == ["apfel", "Eisen", "épée", "Zelt"]


# ------------------------------------------------------------------ filter


def test_filters_narrow_the_backpack_and_nothing_else(rich: Player) -> None:
    rich.does("equip", item_id=rich.gets("longsword"))
    everything, view = rich.does("view"), rich.does("view", kind="ring", rarity="rare")
    assert [item["template_id"] for item in view["backpack"]] == ["ring"]
    assert view["page"] != everything["page"]
    narrowed = ("backpack", "page")
    assert {name: view[name] for name in view if name not in narrowed} == {
        name: everything[name] for name in everything if name not in narrowed
    }


def test_a_slot_keeps_what_may_be_worn_there(rich: Player) -> None:
    assert shown(rich, slot="main_hand") == ["longsword", "dagger"]
    assert shown(rich, slot="off_hand") == ["dagger"]
    assert shown(rich, slot="accessory_2") == ["ring", "one-ring"]
    assert shown(rich, slot="feet") == []


def test_an_unknown_slot_is_refused_with_the_known(player: Player) -> None:
    with pytest.raises(InvalidPayloadError, match=r"main_hand, off_hand, .*accessory_2") as caught:
        player.does("view", slot="tail")
    assert caught.value.facts == {"field": "payload.slot"}


@pytest.mark.parametrize("name", ["kind", "rarity", "slot", "q"])
def test_an_empty_filter_leaves_nothing_out(rich: Player, name: str) -> None:
    assert shown(rich, **{name: ""}) == shown(rich)


@pytest.mark.parametrize(("name", "word"), [("kind", "elephant"), ("rarity", "Common")])
def test_a_kind_or_rarity_that_nothing_has_finds_nothing(
    rich: Player, name: str, word: str
) -> None:
    assert shown(rich, **{name: word}) == []


def usable_things() -> Player:
    player = Player()
    for template_id in ("potion", "plate", "dagger", "arrow", "elixir", "wand"):
        player.gets(template_id, 2 if template_id in ("potion", "elixir") else 1)
    return player


def dies(player: Player) -> None:
    player.has_vital("hp", 0)


def fights(player: Player) -> None:
    player.goes("combat")


def grows_strong(player: Player) -> None:
    player.has_stats(strength=15)


def drinks_an_elixir(player: Player) -> None:
    elixir = next(one for one in player.session.items.values() if one.template_id == "elixir")
    player.does("use", item_id=elixir.item_id)


@pytest.mark.parametrize(
    ("happens", "usable"),
    [
        (lambda player: None, ["potion", "dagger", "elixir", "wand"]),
        (grows_strong, ["potion", "plate", "dagger", "elixir", "wand"]),
        (drinks_an_elixir, ["potion", "dagger", "wand"]),
        (fights, ["dagger", "wand"]),
        (dies, []),
    ],
)
def test_usable_keeps_what_the_rules_would_let_one_equip_or_use_now(
    happens: Callable[[Player], None], usable: list[str]
) -> None:
    player = usable_things()
    happens(player)
    assert shown(player, usable=True) == usable
    assert shown(player, usable=False) == [one for one in shown(player) if one not in usable]


@pytest.mark.parametrize("q", ["STRASSE", "straße", "\uff33tra\u00dfe", "ße r"])
def test_a_search_knows_neither_case_nor_width(rich: Player, q: str) -> None:
    assert shown(rich, q=q) == ["one-ring"]


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("Épée", "epee"),
        ("Epee", "ÉPÉE"),
        ("Зелёный плащ", "ЗЕЛЕНЫЙ"),
        ("Зеленый плащ", "зелёный"),
        ("e\u0301pe\u0301e", "\u00e9p"),
        ("ἄλφα", "αλφα"),
    ],
)
def test_a_search_does_not_mind_accents(name: str, q: str) -> None:
    assert found(named(name, "Other"), q=q) == [name]


@pytest.mark.parametrize(("name", "q"), [("がき", "かき"), ("किताब", "कताब"), ("각", "가")])
def test_marks_that_make_another_letter_count(name: str, q: str) -> None:
    assert found(named(name), q=q) == []


def test_folding_twice_changes_nothing() -> None:
    for text in ("Straße", "ÉPÉE", "ﬃ", "Ǆ", "İstanbul", "ᾳ", "각", "ｶﾞ", "ẛ̣"):
        assert folded(folded(text)) == folded(text)


def test_a_search_that_finds_nothing_shows_nothing(rich: Player) -> None:
    view = rich.does("view", q="elephant", group="kind", per_page=5)
    assert (view["backpack"], view["groups"]) == ([], [])
    assert view["page"] == {"number": 1, "size": 5, "pages": 1, "matches": 0}


# ------------------------------------------------------------------ group


def test_without_a_group_there_are_no_groups(rich: Player) -> None:
    assert "groups" not in rich.does("view")


def test_a_group_has_the_sums_and_ids_of_its_items_on_all_pages(rich: Player) -> None:
    rich.gets("arrow", 9)
    view = rich.does("view", group="kind", sort="name", per_page=1)
    ids = {item["template_id"]: item["item_id"] for item in rich.does("view")["backpack"]}
    assert view["groups"] == [
        group("ammunition", 1, 10, 0.5, 0.0, ids["arrow"]),
        group("armor", 1, 1, 65.0, 0.0, ids["plate"]),
        group("ring", 2, 2, 0.0, 0.0, ids["ring"], ids["one-ring"]),
        group("weapon", 2, 2, 4.0, 17.0, ids["dagger"], ids["longsword"]),
    ]


def group(
    name: str, items: int, quantity: int, weight: float, value: float, *item_ids: int
) -> dict[str, Any]:
    sums = {"items": items, "quantity": quantity, "weight": weight, "value": value}
    return {"group": name, **sums, "item_ids": list(item_ids)}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("kind", ["ammunition", "armor", "ring", "weapon"]),
        ("rarity", ["common", "rare", "artifact"]),
        ("slot", ["main_hand", "chest", "accessory_1", None]),
    ],
)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_groups_have_an_order_of_their_own(
    rich: Player, by: str, expected: list[str | None], order: str
) -> None:
    groups = rich.does("view", group=by, sort="name", order=order)["groups"]
    assert [one["group"] for one in groups] == expected


@pytest.mark.parametrize("by", GROUPS)
def test_every_match_is_in_one_group(rich: Player, by: str) -> None:
    view = rich.does("view", group=by, q="r")
    grouped = [item_id for one in view["groups"] for item_id in one["item_ids"]]
    assert sorted(grouped) == sorted(item["item_id"] for item in view["backpack"])
    assert sum(one["items"] for one in view["groups"]) == view["page"]["matches"]


# ------------------------------------------------------------------ page


def test_without_a_size_everything_is_on_one_page(rich: Player) -> None:
    view = rich.does("view")
    assert view["page"] == {"number": 1, "size": 6, "pages": 1, "matches": 6}


def test_an_empty_backpack_has_one_empty_page(player: Player) -> None:
    assert player.does("view")["page"] == {"number": 1, "size": 0, "pages": 1, "matches": 0}


@pytest.mark.parametrize("query", [{}, {"sort": "value", "order": "desc"}, {"slot": "main_hand"}])
@pytest.mark.parametrize("per_page", [1, 2, 4, 6, 7, 500])
def test_the_pages_one_after_the_other_are_the_whole(
    rich: Player, query: dict[str, Any], per_page: int
) -> None:
    whole = rich.does("view", **query)["backpack"]
    pages = rich.does("view", **query, per_page=per_page)["page"]["pages"]
    turned = [
        rich.does("view", **query, per_page=per_page, page=page) for page in range(1, pages + 1)
    ]
    assert [item for view in turned for item in view["backpack"]] == whole
    assert all(view["backpack"] for view in turned)
    assert {view["page"]["matches"] for view in turned} == {len(whole)}


def test_a_page_after_the_last_is_empty_and_says_how_many_there_are(rich: Player) -> None:
    view = rich.does("view", per_page=4, page=3)
    assert view["backpack"] == []
    assert view["page"] == {"number": 3, "size": 4, "pages": 2, "matches": 6}
    assert rich.does("view", page=2)["backpack"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("page", number) for number in (0, -1, "1", None)),
        *(("per_page", number) for number in (0, 501, True)),
        *(("sort", "colour"), ("order", "up"), ("group", "name")),
        *(("usable", 1), ("tooltips", "true")),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_path(player: Player, name: str, value: Any) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        player.does("view", **{name: value})
    assert caught.value.facts == {"field": f"payload.{name}"}
