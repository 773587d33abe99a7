"""The help."""

import pytest

from gamestate.play.help import about, overview
from gamestate.play.verbs import VERBS, NotUnderstoodError
from tests.unit.gamestate.play.shown import shown


def test_every_verb_is_one_line_of_80_columns() -> None:
    lines = shown(overview()).splitlines()
    assert max(map(len, lines)) <= 80
    for verb in VERBS:
        assert sum(line.split()[:1] == [verb.name] for line in lines) == 1, verb.name
    assert len(lines) <= len(VERBS) + 8


def test_a_verb_says_what_else_it_is_called() -> None:
    assert "drink" in shown(about("use"))
    assert shown(about("d")).splitlines()[0] == "defend"


def test_help_on_what_is_no_verb_is_refused() -> None:
    with pytest.raises(NotUnderstoodError):
        about("dance")
