"""What Postgres lacks of a character, part by part."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session
from gamestate.game.character.backlog import Backlog

CORE = CharacterCore("exploration", Location("start"), Bio("Mira", None, 0.0), {}, {})


def state(version: int, **session_ids: str) -> CharacterState:
    """A character that has these sessions, id by module."""
    sessions = {
        module: Session(session_id, 0.0, True, 1, None)
        for module, session_id in session_ids.items()
    }
    return CharacterState(1, 1, version, CORE, sessions)


def after_turns(*turns: tuple[int, Mapping[str, Collection[str]]]) -> Backlog:
    """The backlog of a character after turns, (version, touched parts by module) each, that left
    its sessions in place."""
    backlog = Backlog()
    backlog.open()
    for version, touched in turns:
        sessions = dict.fromkeys(touched, "id")
        backlog.note_turn(touched, state(version - 1, **sessions), state(version, **sessions))
    return backlog


def test_a_new_backlog_is_clean_until_it_is_opened() -> None:
    backlog = Backlog()
    assert not backlog.dirty
    assert backlog.open()
    assert backlog.dirty
    assert not backlog.open()
    backlog.close()
    assert not backlog.dirty


def test_a_character_without_sessions_that_is_restored_unsaved_is_dirty() -> None:
    backlog = Backlog()
    backlog.note_all(state(2))
    assert backlog.dirty
    assert backlog.parts() == {}


def test_a_backup_saves_what_was_touched_up_to_its_version_and_no_more() -> None:
    backlog = after_turns(
        (5, {"inventory": ("item:1", "item:2")}), (6, {"inventory": ("item:2", "item:3")})
    )
    backlog.saved(5)
    assert {*(backlog.parts()["inventory"] or ())} == {"item:2", "item:3"}
    backlog.saved(6)
    assert backlog.parts() == {}
    assert backlog.saved_version == 6


def test_a_turn_that_names_no_part_is_saved_whole_by_a_backup_of_its_version_only() -> None:
    backlog = after_turns((5, {"errand": ()}), (6, {"errand": ()}))
    backlog.saved(5)
    assert backlog.parts() == {"errand": None}
    backlog.saved(6)
    assert backlog.parts() == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {"inventory": "a"}), ({"inventory": "a"}, {}), ({"inventory": "a"}, {"inventory": "b"})],
    ids=["appeared", "ended", "replaced"],
)
def test_a_session_that_appeared_ended_or_was_replaced_is_saved_whole(
    before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    backlog = after_turns((5, {"inventory": ("item:1",)}))
    backlog.note_turn({"inventory": ("item:1",)}, state(5, **before), state(6, **after))
    assert backlog.parts() == {"inventory": None}
    backlog.saved(5)
    assert backlog.parts() == {"inventory": None}


def test_one_modules_parts_are_not_anothers() -> None:
    backlog = after_turns((5, {"inventory": ("item:1",)}), (6, {"combat": ("round",)}))
    backlog.saved(5)
    assert (backlog.lacks("inventory"), backlog.lacks("combat")) == (False, True)


def test_a_restored_character_is_saved_whole() -> None:
    backlog = Backlog()
    backlog.note_all(state(7, inventory="a", scenario="b"))
    assert backlog.dirty
    assert backlog.parts() == {"inventory": None, "scenario": None}
