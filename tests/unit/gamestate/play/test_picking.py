"""What a player means by a word."""

import pytest

from gamestate.play.picking import NothingLikeItError, pick
from gamestate.play.verbs import NotUnderstoodError

NAMES = (
    "Rat", "Giant Rat", "Swarm of Rats", "Wolf", "Dire Wolf", "Épée", "Potion of Healing",
    "Greater Potion of Healing", "Torch",
)  # fmt: skip


def picked(word: str) -> str:
    return pick(word, [(name, (name, name.lower().replace(" ", "-"))) for name in NAMES], "thing")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("rat", "Rat"),
        ("RATS", "Rat"),
        ("giant rats", "Giant Rat"),
        ("giant-rat", "Giant Rat"),
        ("swarm", "Swarm of Rats"),
        ("wolves", "Wolf"),
        ("dire", "Dire Wolf"),
        ("epee", "Épée"),
        ("potion", "Potion of Healing"),
        ("potions of healing", "Potion of Healing"),
        ("torches", "Torch"),
        ("orch", "Torch"),
    ],
)
def test_a_name_is_found_by_its_letters_a_part_or_the_plural(word: str, name: str) -> None:
    assert picked(word) == name


def test_a_word_that_fits_several_asks_which() -> None:
    with pytest.raises(NotUnderstoodError, match="Which thing: Potion of Healing, Greater"):
        picked("healing")


@pytest.mark.parametrize("word", ["dragon", "", "-", "x" * 500])
def test_a_word_that_fits_none_says_so(word: str) -> None:
    with pytest.raises(NothingLikeItError, match="There is no thing"):
        picked(word)


def test_of_things_with_one_name_the_first_is_meant() -> None:
    stacks = [(1, ("Arrows",)), (2, ("Arrows",))]
    assert pick("arrow", stacks, "item") == 1
