"""The scenarios of the starter pack, played to every end they have."""

from __future__ import annotations

import re

import pytest

from gamestate.content.catalogue import Catalogue, load
from gamestate.content.scenarios.effects import ChangeStats, Grant, Take
from gamestate.content.scenarios.templates import Choice, Scenario
from tests.support.players.endings import BELL, CLOCK, FOUR, POCKETS, SHOP, WALKS
from tests.unit.gamestate.modules.scenario.player import Player, shown


@pytest.fixture(scope="module")
def starter() -> Catalogue:
    return load()


@pytest.fixture
def player(starter: Catalogue) -> Player:
    """With a rope, two torches and a crowbar."""
    player = Player(*starter.scenarios.values(), items=starter)
    for item, quantity in POCKETS.items():
        player.gets(item, quantity)
    return player


def says_why(player: Player) -> None:
    """Whatever is shown and can't be chosen now says why, in a sentence."""
    for one in player.does("view")["choices"]:
        if not one["available"]:
            assert re.fullmatch(r'["A-Z].*[.!?]"?', one["why"]), one


def walk(player: Player, scenario: str, steps: str) -> None:
    """Take every step; the session must be decodable after each, which the player sees to."""
    player.starts(scenario)
    for step in steps.split():
        says_why(player)
        kind, _, what = step.partition(":")
        if kind == "fight":
            player.fights(what)
        elif kind == "wait":
            player.waits(float(what))
        elif step.endswith("!"):
            assert player.session.node == step[:-1]
        else:
            player.chooses(step)


def test_every_end_of_every_scenario_is_walked_to(starter: Catalogue) -> None:
    ends = {
        (scenario.scenario_id, node.end)
        for scenario in starter.scenarios.values()
        for node in scenario.nodes.values()
        if node.end is not None
    }
    assert ends == WALKS.keys()


@pytest.mark.parametrize(("scenario", "ending"), WALKS)
def test_the_walk_arrives(player: Player, scenario: str, ending: str) -> None:
    walk(player, scenario, WALKS[scenario, ending])
    assert (player.session.over, player.session.ending) == (True, ending)
    assert player.core.state == "exploration"
    assert player.session.text


# ------------------------------------------------------------------ the drowned bell


def test_the_reeve_answers_a_good_tongue_or_something_in_writing(player: Player) -> None:
    player.starts(BELL)
    assert not shown(player.chooses("ask"))["press"]
    player.becomes(charisma=12)
    assert shown(player.does("view"))["press"]


def test_the_dead_can_be_passed_by_strength_by_their_names_or_from_above(player: Player) -> None:
    player.becomes(strength=13, wisdom=12)
    walk(player, BELL, "chapel read back back set-out door light read-names")
    assert player.session.node == "loft"
    player.does("abandon")
    walk(player, BELL, "set-out door grope wrench")
    assert player.session.node == "loft"
    assert player.arena.fights == []


def test_who_loses_against_the_drowned_wakes_on_the_strand_alive(player: Player) -> None:
    walk(player, BELL, "set-out door grope strike")
    player.suffers(hp=0)
    player.fights("defeat")
    assert player.session.node == "washed-up"
    assert player.core.vitals["hp"]["cur"] == 10
    assert player.core.location.current == "saltwick-strand"
    player.chooses("stand")
    assert player.session.node == "inn"


def test_the_reward_is_kept_and_the_dead_are_searched_once(player: Player) -> None:
    walk(player, BELL, "set-out door grope strike fight:victory search")
    assert "search" not in shown(player.does("view"))
    player.chooses("climb", "cut")
    assert (player.has("amulet"), player.core.stats["coins"]) == (1, 200)


# ------------------------------------------------------------------ the shop


def test_every_price_of_the_shop_is_the_catalogues(starter: Catalogue) -> None:
    shop = starter.scenarios[SHOP]
    for choice, item in _deals(shop, "shelves", Grant):
        assert _coins(choice) == -starter.items[item].value_cp
    for choice, item in _deals(shop, "scales", Take):
        assert _coins(choice) == starter.items[item].value_cp // 2


def _deals(shop: Scenario, node: str, kind: type[Grant | Take]) -> list[tuple[Choice, str]]:
    deals = [
        (choice, effect.item)
        for choice in shop.nodes[node].choices
        for effect in choice.effects
        if isinstance(effect, kind)
    ]
    assert len(deals) >= 8
    return deals


def _coins(choice: Choice) -> int:
    (price,) = [one for one in choice.effects if isinstance(one, ChangeStats)]
    assert str(price.changes["coins"]).lstrip("-") in choice.text.text
    return price.changes["coins"]


def test_the_shop_sells_what_can_be_paid_for_until_it_is_sold_out(player: Player) -> None:
    player.starts(SHOP)
    player.chooses("buy")
    assert not shown(player.does("view"))["crowbar"]
    player.becomes(coins=450)
    player.chooses("crowbar", "crowbar")
    choices = {one["id"]: one for one in player.does("view")["choices"]}
    assert choices["crowbar"]["why"] == "Sold out until the carrier comes."
    assert (player.has("crowbar"), player.core.stats["coins"]) == (3, 50)
    assert choices["rope"]["why"] == "You have only 50 copper; it takes 100."


def test_what_is_sold_to_the_shop_can_be_bought_back(player: Player) -> None:
    player.gets("amulet")
    walk(player, SHOP, "sell amulet")
    assert (player.has("amulet"), player.core.stats["coins"]) == (0, 250)
    player.becomes(coins=500)
    assert shown(player.chooses("back", "buy"))["amulet"]
    player.chooses("amulet")
    assert (player.has("amulet"), player.core.stats["coins"]) == (1, 0)


def test_the_shop_buys_only_what_one_has_and_pays_for_work_once(player: Player) -> None:
    player.starts(SHOP)
    assert set(shown(player.chooses("sell"))) == {"rope", "crowbar", "back"}
    assert not shown(player.chooses("back", "work", "back"))["work"]
    assert player.core.stats["coins"] == 15


# ------------------------------------------------------------------ the puzzle


def test_no_shorter_way_than_seven_pours_opens_the_clock(starter: Catalogue) -> None:
    choices = starter.scenarios[CLOCK].nodes["vessels"].choices
    pours = [choice.id for choice in choices if choice.to == "poured"]
    reached, found = {(8, 0, 0)}, 0
    while not any(big == 4 for big, _, _ in reached):
        reached |= {_poured(levels, pour) for levels in reached for pour in pours}
        found += 1
    assert found == 7 == len(FOUR.split())


def _poured(levels: tuple[int, int, int], pour: str) -> tuple[int, int, int]:
    names, now = ("big", "middle", "small"), list(levels)
    source, target = (names.index(name) for name in pour.split("-"))
    amount = min(now[source], (8, 5, 3)[target] - now[target])
    now[source] -= amount
    now[target] += amount
    return now[0], now[1], now[2]


def test_pouring_moves_what_fits_and_says_so(player: Player) -> None:
    player.starts(CLOCK)
    reply = player.chooses("big-middle")
    assert reply["text"] == (
        "5 measures go over.\n\nEight: 3. Five: 5. Three: 0. Your light burns steadily."
    )
    assert "middle-big" in shown(reply)
    assert "small-big" not in shown(reply)


def test_when_the_light_is_gone_another_torch_begins_again(player: Player) -> None:
    walk(player, CLOCK, " ".join(["big-small", "small-big"] * 7))
    assert player.session.node == "dark"
    reply = player.chooses("light")
    assert (reply["variables"]["big"], reply["variables"]["light"]) == (8, 14)
    assert player.has("torch") == 1


def test_who_sits_down_to_think_sees_as_far_as_its_wits(player: Player) -> None:
    walk(player, CLOCK, "big-small small-big big-small small-big think")
    assert player.session.text.startswith("Four is one and three.")
    player.does("abandon")
    player.becomes(intelligence=12)
    walk(player, CLOCK, "big-small small-big big-small small-big think")
    assert player.session.text.startswith("You see it from the end.")
