"""The facts that the conditions and texts of a scenario read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gamestate.content.scenarios.evaluation import Evaluator
from gamestate.content.scenarios.expressions import Expression, Value
from gamestate.content.scenarios.prose import Prose
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from gamestate.modules.scenario.protagonist import Protagonist


class Scene:
    """A session and its character at one point of a turn: a `Moment`."""

    def __init__(
        self, session: ScenarioSessionDTO, hero: Protagonist, evaluator: Evaluator
    ) -> None:
        self.hero = hero
        self.variables: Mapping[str, Value] = session.variables
        self.outcome = session.outcome
        self._visits: Mapping[str, int] = session.visits
        self._evaluator = evaluator

    @property
    def location(self) -> str:
        """See Moment."""
        return self.hero.location

    def variable(self, name: str) -> Value:
        """See Moment."""
        return self.variables[name]

    def stat(self, name: str) -> int:
        """See Moment."""
        return self.hero.stats.get(name, 0)

    def vital(self, name: str) -> int:
        """See Moment."""
        return self.hero.vital(name)

    def derived(self, name: str) -> int:
        """See Moment."""
        return self.hero.derived(name)

    def items(self, template_id: str) -> int:
        """See Moment."""
        return self.hero.items(template_id)

    def visits(self, node: str) -> int:
        """See Moment."""
        return self._visits.get(node, 0)

    def holds(self, condition: Expression | None) -> bool:
        """Whether a condition is met; no condition always is."""
        return self._evaluator.holds(condition, self)

    def value(self, expression: Expression) -> Any:
        """The value of the expression now."""
        return self._evaluator.value(expression, self)

    def text_of(self, prose: Prose) -> str:
        """The text as a player reads it now."""
        return "".join(
            piece if isinstance(piece, str) else str(self.value(piece)) for piece in prose.pieces
        )
