"""What follows a verb."""

import pytest

from gamestate.play.arguments import Counted, counted, foes, placed
from gamestate.play.verbs import NotUnderstoodError


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("wolf", Counted(None, "wolf")),
        ("2 giant rats", Counted(2, "giant rats")),
        ("2x torch", Counted(2, "torch")),
        ("12 x torch", Counted(12, "torch")),
        ("3", Counted(None, "3")),
        ("2 3", Counted(2, "3")),
        ("50-foot rope", Counted(None, "50-foot rope")),
    ],
)
def test_a_count_may_come_first(text: str, meant: Counted) -> None:
    assert counted(text, "item") == meant


def test_nothing_is_asked_for() -> None:
    with pytest.raises(NotUnderstoodError, match="Which item"):
        counted(" ", "item")


def test_several_kinds_of_enemies_are_named_at_once() -> None:
    rats, wolf, bandits = Counted(2, "giant rats"), Counted(None, "wolf"), Counted(3, "bandits")
    assert foes("2 giant rats, wolf and 3 bandits") == [rats, wolf, bandits]
    assert foes("2 giant rats + wolf,") == [rats, wolf]


@pytest.mark.parametrize("nobody", ["", " , ", "and"])
def test_a_fight_with_nobody_says_how_to_name_somebody(nobody: str) -> None:
    with pytest.raises(NotUnderstoodError, match="fight 2 giant rats"):
        foes(nobody)


@pytest.mark.parametrize(
    ("text", "thing", "slot"),
    [
        ("longsword", "longsword", None),
        ("ring in accessory 2", "ring", "accessory_2"),
        ("shield on off_hand", "shield", "off_hand"),
        ("cloak of protection in Accessory_1", "cloak of protection", "accessory_1"),
    ],
)
def test_a_slot_may_be_named(text: str, thing: str, slot: str | None) -> None:
    assert placed(text) == (thing, slot)
