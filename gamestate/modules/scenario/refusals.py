"""What a scenario refuses, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Sequence

from gamestate.errors import RefusedError


class NoScenarioError(RefusedError):
    """Refused: the character is in no scenario."""

    code = "no_scenario"
    text = "the character is in no scenario"


class InScenarioError(RefusedError):
    """Refused: the character is in a scenario already."""

    code = "in_scenario"
    text = "the character is in {scenario!r}; finish or abandon it first"
    scenario: str


class UnknownChoiceError(RefusedError):
    """Refused: the node has no such choice, or does not show it now."""

    code = "unknown_choice"
    text = "there is no choice {choice!r} here"
    choice: str
    choices: Sequence[str]


class ChoiceUnavailableError(RefusedError):
    """Refused: the choice is there, but can't be taken now."""

    code = "choice_unavailable"
    choice: str
    why: str | None

    def __init__(self, choice: str, why: str | None) -> None:
        super().__init__(why or f"{choice!r} can't be chosen now", choice=choice, why=why)


class ScenarioChangedError(RefusedError):
    """Refused: the scenario was changed since the session began. This server no longer has the old
    version, and the new one has no migration from it. The session can be viewed and abandoned."""

    code = "scenario_changed"
    text = "{scenario!r} was changed and has no migration from version {version}; abandon it"
    scenario: str
    version: str
