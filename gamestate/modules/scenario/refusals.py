"""What a scenario refuses, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Sequence

from gamestate.errors import RefusedError


class NoScenarioError(RefusedError):
    """The character is in no scenario."""

    code = "no_scenario"

    def __init__(self) -> None:
        super().__init__("the character is in no scenario")


class InScenarioError(RefusedError):
    """One scenario at a time."""

    code = "in_scenario"

    def __init__(self, scenario: str) -> None:
        super().__init__(
            f"the character is in {scenario!r}; finish or abandon it first", scenario=scenario
        )


class UnknownChoiceError(RefusedError):
    """The node has no such choice, or does not show it now."""

    code = "unknown_choice"

    def __init__(self, choice: str, choices: Sequence[str]) -> None:
        super().__init__(
            f"there is no choice {choice!r} here", choice=choice, choices=list(choices)
        )


class ChoiceUnavailableError(RefusedError):
    """The choice is there, but can't be taken now."""

    code = "choice_unavailable"

    def __init__(self, choice: str, why: str | None) -> None:
        super().__init__(why or f"{choice!r} can't be chosen now", choice=choice, why=why)


class ScenarioChangedError(RefusedError):
    """The scenario was changed since the session began, this server does not have its old version
    any more, and the new one does not say how to go on. It can be looked at and abandoned."""

    code = "scenario_changed"

    def __init__(self, scenario: str, version: str) -> None:
        super().__init__(
            f"{scenario!r} was changed and has no migration from version {version}; abandon it",
            scenario=scenario,
            version=version,
        )
