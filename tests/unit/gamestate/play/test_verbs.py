"""A line becomes an order."""

from collections import Counter

import pytest

from gamestate.play.verbs import PICK, VERBS, NotUnderstoodError, Order, parse, verb_of


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("inventory", Order("inventory")),
        ("i", Order("inventory")),
        ("INV", Order("inventory")),
        ("inven", Order("inventory")),
        ("a", Order("attack")),
        ("att 2", Order("attack", "2")),
        ("  use   potion of healing ", Order("use", "potion of healing")),
        ("drink potion", Order("use", "potion")),
        ("?", Order("help")),
    ],
)
def test_a_verb_is_known_by_its_name_a_short_word_or_a_beginning(line: str, order: Order) -> None:
    assert parse(line) == order


def test_a_bare_number_picks_what_has_it() -> None:
    assert parse(" 3 ") == Order(PICK, "3")


def test_an_empty_line_is_nothing() -> None:
    assert parse("  ") is None


def test_the_beginning_of_several_verbs_says_which() -> None:
    with pytest.raises(NotUnderstoodError, match="inventory, inspect"):
        parse("in bag")


@pytest.mark.parametrize("line", ["dance", "2 3", "\x1b[A", "Ω"])
def test_what_is_no_verb_is_said_to_be_none(line: str) -> None:
    with pytest.raises(NotUnderstoodError, match="help"):
        parse(line)


def test_no_word_means_two_verbs() -> None:
    words = Counter(word for verb in VERBS for word in verb.words)
    assert [word for word, count in words.items() if count > 1] == []
    assert all(verb_of(word).name == verb.name for verb in VERBS for word in verb.words)
