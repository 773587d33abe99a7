"""Names and numbers as one says them."""

import pytest

from gamestate.play.wording import listed, outcome, plural, signed, span, title


def test_an_id_becomes_a_name() -> None:
    assert title("cloak-of-the-bat") == "Cloak of the Bat"
    assert title("main_hand") == "Main Hand"


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ([*"abc"], "a, b and c")]
)
def test_names_are_listed(names: list[str], said: str) -> None:
    assert listed(names) == said


def test_numbers_have_their_signs_and_plurals() -> None:
    assert signed({"to_hit": 1, "damage_mean": -2.5}) == "to hit +1, damage mean -2.5"
    assert (plural(1, "turn"), plural(0, "turn"), plural(2, "foot", "feet")) == (
        "1 turn", "0 turns", "2 feet",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.2, "1 s"), (119, "119 s"), (121, "3 min"), (7200, "2 h"), (90000, "25 h")],
)
def test_a_span_is_never_said_to_be_shorter_than_it_is(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_every_effect_of_an_item_is_told() -> None:
    buff = {"effect": "buff", "modifiers": {"strength": 2}, "duration_s": 3600}
    assert outcome(buff) == "strength +2 for 60 min"
    assert outcome({"effect": "teleport", "location": "tower"}) == "you are at tower"
    assert outcome({"effect": "learn", "skill": "sea_lore", "level": 2}) == (
        "you know sea lore at level 2"
    )
    assert outcome({"effect": "shrink"}) == "shrink"
