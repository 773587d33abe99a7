"""What an operator may set."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.errors import ConfigurationError
from tests.unit.gamestate.modules.inventory.world import Player


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("capacity", 5),
        ("capacity_slots", 0),
        ("capacity_slots", True),
        ("capacity_slots", "100"),
        ("carry_lb_per_strength", -1),
        ("carry_lb_per_strength", float("nan")),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=setting):
        Player(**{setting: value})


def test_capacity_and_weight_follow_the_settings() -> None:
    player = Player(capacity_slots=3, carry_lb_per_strength=1)
    view = player.does("view")
    assert view["slots"]["capacity"] == 3
    assert view["weight"]["limit"] == 10


def test_a_capacity_that_shrank_takes_nothing_away() -> None:
    roomy = Player()
    roomy.gets("longsword", 5)
    tight = Player(capacity_slots=2)
    tight._commit(roomy.session)
    assert len(tight.does("view")["backpack"]) == 5
    tight.does("drop", item_id=1000)
    tight.does("equip", item_id=1001)
    assert tight.session.slots_used == 3
