"""What a line may go on with."""

from gamestate.play.completion import Completion
from gamestate.play.scene import Scene
from tests.unit.gamestate.play.shown import recorded
from tests.unit.gamestate.play.test_content import CONTENT

SCENE = Scene({}, inventory=recorded("inventory"), fight=recorded("fight_begun"))
COMPLETE = Completion(CONTENT, SCENE)


def test_the_first_word_becomes_a_verb() -> None:
    assert COMPLETE("inv") == ["inventory"]
    assert COMPLETE("in") == ["inspect", "inventory"]
    assert "attack" in COMPLETE("")


def test_what_follows_becomes_what_the_verb_takes() -> None:
    assert COMPLETE("use pot") == ["potion-of-healing"]
    assert COMPLETE("u pot") == ["potion-of-healing"]
    assert COMPLETE("unequip ") == ["chest", "main_hand"]
    assert COMPLETE("fight 2 giant-ra") == ["giant-rat"]
    assert COMPLETE("start dr") == ["drowned-bell"]
    assert COMPLETE("attack ") == ["1", "2"]
    assert "longsword" in COMPLETE("grant longs")


def test_where_nothing_is_known_nothing_is_offered() -> None:
    assert COMPLETE("go ") == []
    assert COMPLETE("dance ") == []
    assert Completion(CONTENT, Scene({}))("use ") == []
    assert Completion(CONTENT, Scene({}))("attack ") == []
