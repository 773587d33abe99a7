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
        ({"rounds": 3}, "unknown rounds"),
        ({"turn_deadline_s": -1}, "turn_deadline_s must be a number from 0"),
        ({"turn_deadline_s": "30"}, "turn_deadline_s must be a number"),
        ({"turn_deadline_s": True}, "turn_deadline_s must be a number"),
        ({"max_rounds": 0}, "max_rounds must be a whole number from 1"),
        ({"max_rounds": 1.5}, "max_rounds must be a whole number"),
        ({"offline_turns": 0}, "offline_turns"),
        ({"offline_outcome": "victory"}, "offline_outcome must be one of fled, defeat"),
        ({"log_kept": 0}, "log_kept"),
        ({"max_monsters": 0}, "max_monsters"),
        ({"log_shown": 0}, "log_shown must be a whole number from 1"),
        ({"proficiency": -1}, "proficiency must be a whole number from 0"),
        ({"rules": ""}, "rules must be a name"),
        ({"policy": 5}, "policy must be a name"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=f"module_settings.combat: {problem}"):
        CombatSettings.of(settings)
