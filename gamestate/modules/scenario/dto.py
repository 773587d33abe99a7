"""The frozen state of one scenario that is being played."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from attrs import field, frozen

from gamestate.constraints import AtLeast
from gamestate.content.scenarios.effects import Variable
from gamestate.content.scenarios.expressions import Value
from gamestate.content.templates import Id

PROGRESS: Final = "progress"
VARIABLES: Final = "variables"
PARTS: Final = (PROGRESS, VARIABLES)

Visits = Annotated[int, AtLeast(1)]


@frozen(weakref_slot=False, kw_only=True)
class ScenarioSessionDTO:
    """Where a character is in a scenario. The mappings are never mutated.

    Attributes:
        version: of the scenario the session goes on with.
        text: the texts on the way to the node with the values they had, so that a restore
            evaluates nothing.
        visits: node to how often it was entered.
        outcome: of the last fight; empty before the first.
        fighting: the node waits for the outcome of its fight.
        deadline_s: when the node's timer runs out, Unix time in seconds; None: it has none.
        over: nothing follows.
        ending: the name of the end that was reached; None if it was abandoned, or goes on.
        variables: every declared variable.
    """

    scenario: Id
    version: str
    node: Id
    text: str
    visits: Mapping[Id, Visits]
    outcome: str = ""
    fighting: bool = False
    deadline_s: float | None = None
    over: bool = False
    ending: Id | None = None
    variables: Mapping[Variable, Value] = field(factory=dict)


def touched(before: ScenarioSessionDTO | None, after: ScenarioSessionDTO) -> tuple[str, ...]:
    """The parts in which a session differs from the one before it."""
    if before is not None and before.variables == after.variables:
        return (PROGRESS,)
    return PARTS
