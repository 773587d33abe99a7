"""What a character wears and carries."""

from typing import Any

import pytest

from gamestate.play.pack import owned, pack
from gamestate.play.verbs import NotUnderstoodError
from tests.unit.gamestate.play.shown import recorded, shown

INVENTORY: Any = recorded("inventory")
EMPTY = {**INVENTORY, "equipped": {}, "backpack": []}


def test_it_lists_what_is_worn_then_what_is_carried_with_its_places() -> None:
    assert shown(pack(INVENTORY)).splitlines() == [
        "            Item                  Kind         lb   gp",
        " main hand  Longsword             weapon        3   15",
        "     chest  Leather Armor         armor        10   10",
        "         3  Potion of Healing x3  consumable  1.5  150",
        "         4  Greataxe              weapon        7   30",
        " 21.5 of 240 lb; 2 of 100 places; worth 205 gp",
    ]


@pytest.mark.parametrize("word", ["axe", "GREAT"])
def test_a_word_leaves_the_others_out(word: str) -> None:
    listed = shown(pack(INVENTORY, word))
    assert "Greataxe" in listed
    assert "Longsword" not in listed


def test_a_kind_will_do_as_a_word() -> None:
    assert "Leather Armor" in shown(pack(INVENTORY, "armor"))
    assert "Potion" in shown(pack(INVENTORY, "consumable"))


def test_who_has_nothing_is_told_where_things_come_from() -> None:
    assert "grant" in shown(pack(EMPTY))
    assert "'rope'" in shown(pack(INVENTORY, "rope"))


def test_what_is_marked_says_so() -> None:
    axe = {**INVENTORY["backpack"][1], "data": {"locked": True, "bound": True}}
    assert "bound and locked" in shown(pack({**INVENTORY, "backpack": [axe]}))


def test_no_name_is_markup() -> None:
    axe = {**INVENTORY["backpack"][1], "name": "[bold]Axe[/] :axe:"}
    assert "[bold]Axe[/] :axe:" in shown(pack({**INVENTORY, "backpack": [axe]}))


@pytest.mark.parametrize(
    ("word", "template_id"),
    [
        ("3", "potion-of-healing"),
        ("potions", "potion-of-healing"),
        ("greataxe", "greataxe"),
        ("main hand", "longsword"),
        ("main_hand", "longsword"),
        ("leather", "leather-armor"),
    ],
)
def test_an_item_is_meant_by_its_place_its_slot_or_its_name(word: str, template_id: str) -> None:
    assert owned(INVENTORY, word)["template_id"] == template_id


@pytest.mark.parametrize("word", ["1", "0", "rope", ""])
def test_what_one_does_not_have_is_said(word: str) -> None:
    with pytest.raises(NotUnderstoodError):
        owned(INVENTORY, word)


def test_only_what_is_worn_can_be_taken_off_and_only_the_rest_put_on() -> None:
    with pytest.raises(NotUnderstoodError, match="Greataxe is not worn"):
        owned(INVENTORY, "greataxe", worn=True)
    with pytest.raises(NotUnderstoodError, match="Longsword is worn already"):
        owned(INVENTORY, "longsword", worn=False)
