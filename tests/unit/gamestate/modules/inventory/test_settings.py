"""What an operator may set."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import fields_dict

from gamestate.content.templates import RARITIES
from gamestate.errors import ConfigurationError
from gamestate.modules.inventory.settings import InventorySettings
from tests.unit.gamestate.modules.inventory.world import Player

SLOTS = "is not between 1 and 65536"
POUNDS = "is not between 0 and 1000000"
WHOLE = "expected a whole number, got "
NUMBER = "expected a number, got "
FLAG = "expected true or false, got "


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("capacity_slots", 0, SLOTS),
        ("capacity_slots", 65_537, SLOTS),
        ("capacity_slots", True, WHOLE),
        ("capacity_slots", 100.0, WHOLE),
        ("capacity_slots", "100", WHOLE),
        ("slots_per_strength", -0.5, "is not between 0 and 1000"),
        ("slots_per_strength", 1001, "is not between 0 and 1000"),
        ("slots_per_strength", False, NUMBER),
        ("carry_lb_per_strength", -1, POUNDS),
        ("carry_lb_per_strength", float("nan"), POUNDS),
        ("carry_lb_per_strength", float("inf"), POUNDS),
        ("encumbered_lb_per_strength", "10", NUMBER),
        ("overloaded_lb_per_strength", 1_000_001, POUNDS),
        ("enforce_weight", 1, FLAG),
        ("enforce_weight", "true", FLAG),
        ("refill_quick_slots", None, FLAG),
        (
            "confirm_discard_from",
            "epic",
            r"is not a rarity \(common, uncommon, .*, artifact, never",
        ),
        ("confirm_discard_from", None, "expected a string"),
        ("clean_up", "eager", r"is not a way to clean up \(lazy, aggressive"),
    ],
)
def test_a_value_that_is_not_allowed_is_explained(setting: str, value: Any, problem: str) -> None:
    said = rf"module_settings\.inventory\.{setting}: .*{problem}"
    with pytest.raises(ConfigurationError, match=said):
        Player(**{setting: value})


def test_an_unknown_setting_names_those_there_are() -> None:
    known = ", ".join(fields_dict(InventorySettings))
    with pytest.raises(ConfigurationError) as caught:
        Player(capacity=5, colour="red")
    assert caught.value.detail == "; ".join(
        f"module_settings.inventory.{unknown}: unknown field; there are {known}"
        for unknown in ("capacity", "colour")
    )


def test_what_is_not_set_has_the_documented_default() -> None:
    assert InventorySettings.of({}) == InventorySettings(
        capacity_slots=100,
        slots_per_strength=0.0,
        carry_lb_per_strength=15.0,
        encumbered_lb_per_strength=10.0,
        overloaded_lb_per_strength=15.0,
        enforce_weight=False,
        refill_quick_slots=False,
        confirm_discard_from="uncommon",
        clean_up="lazy",
    )


@pytest.mark.parametrize("rarity", [*RARITIES, "never"])
def test_every_rarity_can_be_the_one_that_takes_a_confirmation(rarity: str) -> None:
    settings = InventorySettings.of({"confirm_discard_from": rarity})
    assert settings.confirm_discard_from == rarity


@pytest.mark.parametrize(("clean_up", "kept"), [("lazy", True), ("aggressive", False)])
def test_the_clean_up_says_whether_a_clean_session_stays(clean_up: str, *, kept: bool) -> None:
    player = Player(clean_up=clean_up)
    assert player.module.keeps(player.session) is kept


def test_capacity_and_weight_follow_the_settings() -> None:
    player = Player(capacity_slots=3, carry_lb_per_strength=1)
    view = player.does("view")
    assert view["slots"]["capacity"] == 3
    assert view["weight"]["limit"] == 10


def test_a_capacity_that_shrank_takes_nothing_away() -> None:
    roomy = Player()
    roomy.gets("longsword", 5)
    tight = Player(capacity_slots=2)
    tight.has(roomy.session)
    assert len(tight.does("view")["backpack"]) == 5
    tight.does("drop", item_id=1000)
    tight.does("equip", item_id=1001)
    assert tight.session.slots_used == 3


def test_one_is_not_overloaded_before_one_is_encumbered() -> None:
    said = r"\.encumbered_lb_per_strength: must be at most"
    with pytest.raises(ConfigurationError, match=said):
        Player(encumbered_lb_per_strength=20, overloaded_lb_per_strength=5)
