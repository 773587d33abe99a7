"""How much a character can carry."""

from __future__ import annotations

import pytest

from tests.unit.gamestate.modules.inventory.world import Player


def capacity(player: Player) -> int:
    slots: int = player.does("view")["slots"]["capacity"]
    return slots


# ---------------------------------------------------------------- slots


def test_strength_gives_no_slots_by_default(player: Player) -> None:
    player.has_stats(strength=20)
    assert capacity(player) == 100


@pytest.mark.parametrize(
    ("strength", "slots"), [(10, 10), (11, 11), (12, 13), (20, 25), (8, 7), (1, 1), (0, 1)]
)
def test_capacity_follows_strength(strength: int, slots: int) -> None:
    player = Player(capacity_slots=10, slots_per_strength=1.5)
    player.has_stats(strength=strength)
    assert capacity(player) == slots


def test_capacity_follows_what_is_worn() -> None:
    player = Player(capacity_slots=2, slots_per_strength=1)
    player.does("equip", item_id=player.gets("ring"))
    assert capacity(player) == 4


def test_capacity_follows_a_buff_until_it_runs_out() -> None:
    player = Player(capacity_slots=1, slots_per_strength=1)
    player.does("use", item_id=player.gets("elixir"))
    player.gets("longsword", 5)
    player.now_s = 60.0
    refused = player.is_refused("grant", template_id="ring", quantity=1)
    assert refused == ("bag_full", {"needed": 1, "free": 0})


def test_capacity_never_exceeds_the_places_there_can_be() -> None:
    player = Player(capacity_slots=65_000, slots_per_strength=1000)
    player.has_stats(strength=100)
    assert capacity(player) == 65_536


def test_positions_follow_the_capacity() -> None:
    player = Player(capacity_slots=2, slots_per_strength=1)
    sword = player.gets("longsword")
    assert player.is_refused("move", item_id=sword, position=2)[1]["capacity"] == 2
    player.has_stats(strength=11)
    player.does("move", item_id=sword, position=2)


def test_a_backpack_that_is_overfull_keeps_all_and_takes_no_more() -> None:
    player = Player(capacity_slots=1, slots_per_strength=1)
    player.has_stats(strength=13)
    swords = player.gets("longsword", 4)
    player.has_stats(strength=10)
    assert player.does("view")["slots"] == {"used": 4, "capacity": 1}
    assert player.is_refused("grant", template_id="ring", quantity=1)[1] == {"needed": 1, "free": 0}
    player.does("equip", item_id=swords)
    player.does("drop", item_id=swords - 1)
    assert player.session.slots_used == 2


# ---------------------------------------------------------------- weight


def test_the_load_is_named_by_its_thresholds(player: Player) -> None:
    player.has_stats(strength=1)
    loads = {}
    for pounds in range(1, 17):
        player.gets("dagger")
        loads[pounds] = player.does("view")["weight"]["load"]
    assert [pounds for pounds in loads if loads[pounds] == "normal"] == list(range(1, 11))
    assert [pounds for pounds in loads if loads[pounds] == "overloaded"] == [16]
    assert loads[15] == "encumbered"


def test_the_limits_follow_what_is_worn_and_drunk(player: Player) -> None:
    player.does("equip", item_id=player.gets("ring"))
    weight = player.does("use", item_id=player.gets("elixir"))["weight"]
    assert (weight["limit"], weight["encumbered_at"], weight["overloaded_at"]) == (240, 160, 240)
    player.now_s = 60.0
    assert player.does("view")["weight"]["limit"] == 180


def test_each_limit_has_its_setting() -> None:
    player = Player(
        carry_lb_per_strength=3, encumbered_lb_per_strength=1, overloaded_lb_per_strength=2
    )
    weight = player.does("view")["weight"]
    assert (weight["limit"], weight["encumbered_at"], weight["overloaded_at"]) == (30, 10, 20)


def test_weight_counts_what_is_worn(player: Player) -> None:
    player.does("equip", item_id=player.gets("longsword"))
    player.gets("longsword")
    assert player.does("view")["weight"]["total"] == 6.0
