"""The changes of one turn to a scenario's session.

Effects on the character are applied at once, through the protagonist; changes of the session are
kept here until `finish`. If an effect is refused, the whole turn is and the draft is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gamestate.content.scenarios.effects import (
    MAX_POINTS,
    AddToVariable,
    ChangeStats,
    ChangeVitals,
    Grant,
    MoveAway,
    NodeEffect,
    SetVariable,
    Take,
    Teach,
)
from gamestate.content.scenarios.evaluation import Evaluator
from gamestate.content.scenarios.expressions import Value
from gamestate.content.scenarios.prose import Prose
from gamestate.content.scenarios.templates import Branch, Fight, Scenario
from gamestate.contract.effects import (
    DEFEAT,
    AdjustStats,
    AdjustVitals,
    GrantItems,
    LearnSkill,
    MoveTo,
    TakeItems,
)
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from gamestate.modules.scenario.protagonist import Protagonist
from gamestate.modules.scenario.scene import Scene
from gamestate.structure import MAX_INT

PARAGRAPH: Final = "\n\n"


class Draft(Scene):
    """One turn's walk through the nodes.

    Attributes:
        fight: the fight that begins at the end of the walk; None if there is none.
    """

    def __init__(
        self,
        scenario: Scenario,
        session: ScenarioSessionDTO,
        hero: Protagonist,
        evaluator: Evaluator,
    ) -> None:
        super().__init__(session, hero, evaluator)
        self.fight: Fight | None = None
        self._scenario = scenario
        self._node = session.node
        self._texts: list[str] = []

    def say(self, prose: Prose | None) -> None:
        """Add a text, with the values of its expressions now."""
        if prose is not None:
            self._texts.append(self.text_of(prose))

    def do(self, effects: Iterable[NodeEffect], *, forced: bool = False) -> None:
        """Apply effects in their order. `forced`: stats stop at their bounds.

        Raises: RefusedError: one of them is refused.
        """
        for effect in effects:
            if self.holds(effect.when):
                self._apply(effect, forced)

    def enter(self, node_id: str) -> None:
        """Enter a node and those it leads to at once."""
        to: str | None = node_id
        while to is not None:
            to = self._arrive(to)

    def finish(self) -> ScenarioSessionDTO:
        """The next session."""
        node = self._scenario.nodes[self._node]
        return ScenarioSessionDTO(
            scenario=self._scenario.scenario_id,
            version=self._scenario.version,
            node=self._node,
            text=PARAGRAPH.join(self._texts),
            visits=self._visits,
            outcome=self.outcome,
            fighting=self.fight is not None,
            deadline_s=self.hero.now_s + node.timer.after_s if node.timer else None,
            over=node.end is not None,
            ending=node.end,
            variables=self.variables,
        )

    def _arrive(self, node_id: str) -> str | None:
        """The next node, if it is entered at once; None: the walk ends here."""
        node = self._scenario.nodes[node_id]
        times = self.visits(node_id) + 1
        self._node = node_id
        self._visits = {**self._visits, node_id: times}
        self.do(node.enter, forced=True)
        self.say(node.again if times > 1 and node.again else node.text)
        if node.goto:
            return self._branch(node.goto).to
        if node.fight is not None and self.hero.dead:
            self.outcome = DEFEAT
            return node.fight.defeat
        self.fight = node.fight
        return None

    def _branch(self, branches: tuple[Branch, ...]) -> Branch:
        return next(branch for branch in branches if self.holds(branch.when))

    def _apply(self, effect: NodeEffect, forced: bool) -> None:
        match effect:
            case SetVariable(variable=name, to=to):
                self._set(name, self.value(to))
            case AddToVariable(variable=name, points=points):
                self._set(name, self.value(points) + self.variables[name])
            case MoveAway(location=location):
                self.hero.perform(MoveTo(location))
            case ChangeVitals(changes=changes):
                self.hero.perform(AdjustVitals(changes))
            case ChangeStats(changes=changes):
                self._change_stats(self._within_bounds(changes) if forced else changes)
            case Teach(skill=skill, level=level):
                self.hero.perform(LearnSkill(skill, level))
            case Grant(item=item, quantity=quantity):
                self.hero.perform(GrantItems(item, quantity))
            case Take(item=item, quantity=quantity):
                self.hero.perform(TakeItems(item, quantity))

    def _set(self, name: str, value: Value) -> None:
        """Numbers stay within what every JSON reader reads exactly."""
        if type(value) is int:
            value = max(-MAX_INT, min(value, MAX_INT))
        self.variables = {**self.variables, name: value}

    def _change_stats(self, changes: Mapping[str, int]) -> None:
        for name in changes:
            if name not in self.hero.stats:
                self.hero.perform(LearnSkill(name, 0))
        self.hero.perform(AdjustStats(changes))

    def _within_bounds(self, changes: Mapping[str, int]) -> dict[str, int]:
        return {
            name: max(0, min(self.stat(name) + points, MAX_POINTS)) - self.stat(name)
            for name, points in changes.items()
        }
