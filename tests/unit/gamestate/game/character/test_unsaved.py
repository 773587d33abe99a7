"""What Postgres does not have yet, part by part."""

from __future__ import annotations

from gamestate.game.character.unsaved import EVERYTHING, Unsaved


def test_a_backup_saves_what_was_touched_up_to_its_version_and_no_more() -> None:
    unsaved = Unsaved()
    unsaved.note("inventory", ("item:1", "item:2"), 5)
    unsaved.note("inventory", ("item:2", "item:3"), 6)
    unsaved.saved(5)
    assert set(unsaved.touched("inventory") or ()) == {"item:2", "item:3"}
    unsaved.saved(6)
    assert list(unsaved) == []


def test_a_session_that_appeared_or_ended_is_saved_whole() -> None:
    unsaved = Unsaved()
    unsaved.note("inventory", ("item:1",), 5)
    unsaved.note("inventory", (EVERYTHING,), 6)
    assert unsaved.touched("inventory") is None
    unsaved.saved(5)
    assert unsaved.touched("inventory") is None


def test_one_modules_parts_are_not_anothers() -> None:
    unsaved = Unsaved()
    unsaved.note("inventory", ("item:1",), 5)
    unsaved.note("combat", ("round",), 6)
    unsaved.saved(5)
    assert list(unsaved) == ["combat"]
