"""A plain character with a plain sword is a match for what a beginner should meet."""

from __future__ import annotations

from statistics import median

import pytest

from gamestate.content.catalogue import load
from gamestate.content.items import ItemGateway
from tests.unit.gamestate.modules.combat.world import Player

GEAR = ("longsword", "shield", "leather-armor")
FIGHTS = 40


@pytest.fixture(scope="module")
def player() -> Player:
    """All stats 10, 100 hit points, and starter gear; the starter pack's monsters."""
    catalogue = load()
    plain = Player(catalogue.monsters, items=ItemGateway(catalogue))
    for item in GEAR:
        plain.wears(item)
    return plain


def fought(player: Player, monster: str, seed: int) -> tuple[str, int]:
    """The outcome of one fight, sword in hand, and how many rounds it took."""
    player.has_hp(100)
    reply = player.fights(monster, seed=seed)
    while not reply["over"]:
        reply = player.acts("attack")
    return reply["outcome"], reply["round"]


@pytest.mark.parametrize("monster", ["rat", "giant-rat", "wolf", "zombie", "skeleton"])
def test_a_beginners_fight_is_won_in_a_few_rounds(player: Player, monster: str) -> None:
    fights = [fought(player, monster, seed) for seed in range(FIGHTS)]
    won = [rounds for outcome, rounds in fights if outcome == "victory"]
    assert len(won) >= 0.9 * FIGHTS
    assert median(won) <= 7


def test_a_beginner_should_not_meet_an_ogre(player: Player) -> None:
    fights = [fought(player, "ogre", seed)[0] for seed in range(FIGHTS)]
    assert fights.count("victory") <= 0.1 * FIGHTS
