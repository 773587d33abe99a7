"""What the player has seen."""

from gamestate.play.scene import Scene
from tests.unit.gamestate.play.shown import recorded


def test_an_entry_of_a_log_is_news_once() -> None:
    begun, won = recorded("fight_begun"), recorded("fight_won")
    scene = Scene({})
    assert scene.saw_fight(begun) == begun["log"]
    assert scene.saw_fight(begun) == []
    assert scene.saw_fight(won) == won["log"][len(begun["log"]) :]


def test_the_log_of_another_fight_is_news() -> None:
    scene = Scene({})
    scene.saw_fight(recorded("fight_won"))
    other = {**recorded("fight_begun"), "session_id": "another"}
    assert scene.saw_fight(other) == other["log"]
