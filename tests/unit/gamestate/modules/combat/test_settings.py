"""What an operator may set for combat."""

from __future__ import annotations

from typing import Any

import pytest

from gamestate.errors import ConfigurationError
from gamestate.modules.combat.settings import CombatSettings


def test_everything_has_a_default() -> None:
    assert CombatSettings.of({}) == CombatSettings(
        turn_deadline_s=30,
        max_rounds=200,
        offline_turns=3,
        offline_outcome="fled",
        log_kept=100,
        log_shown=30,
        max_monsters=20,
        proficiency=None,
        rules="srd",
        policy="instinct",
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"rounds": 3}, "rounds: unknown field; there are turn_deadline_s, max_rounds"),
        ({"turn_deadline_s": -1}, "turn_deadline_s: -1.0 is not between 0 and 86400"),
        ({"turn_deadline_s": "30"}, "turn_deadline_s: expected a number"),
        ({"turn_deadline_s": True}, "turn_deadline_s: expected a number"),
        ({"max_rounds": 0}, "max_rounds: 0 is not between 1 and 10000"),
        ({"max_rounds": 1.5}, "max_rounds: expected a whole number"),
        ({"offline_turns": 0}, "offline_turns"),
        ({"offline_outcome": "victory"}, r"offline_outcome: .* is not an outcome \(fled, defeat"),
        ({"log_kept": 0}, "log_kept"),
        ({"max_monsters": 0}, "max_monsters"),
        ({"log_shown": 0}, "log_shown: 0 is not between 1"),
        ({"proficiency": -1}, "proficiency: -1 is not between 0"),
        ({"rules": ""}, "rules: must not be empty"),
        ({"policy": 5}, "policy: expected a string"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"module_settings\.combat\.{problem}"):
        CombatSettings.of(settings)
