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


def test_what_a_reply_leaves_out_of_the_log_is_counted() -> None:
    scene, won = Scene({}), recorded("fight_won")
    assert scene.left_out(won) == 0
    later = {**won, "log": won["log"][4:], "log_from": 5}
    assert scene.left_out(later) == 4
    scene.saw_fight({**won, "log": won["log"][:3]})
    assert scene.left_out(later) == 1
    assert scene.left_out({**later, "session_id": "another"}) == 4
