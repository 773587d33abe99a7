"""Evaluates the expressions of scenarios."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from simpleeval import SimpleEval

from gamestate.content.scenarios.expressions import Expression, Value


class Moment(Protocol):
    """The facts that expressions read at one point of a turn; only names of the Scope are read."""

    @property
    def location(self) -> str:
        """Where the character is."""

    @property
    def outcome(self) -> str:
        """Of the last fight of the scenario; empty before the first."""

    def variable(self, name: str) -> Value:
        """The value of the variable."""

    def stat(self, name: str) -> int:
        """The character's own; 0 if it has none of that name."""

    def vital(self, name: str) -> int:
        """The points left of a vital; of `hp_max`, the most that `hp` can be."""

    def derived(self, name: str) -> int:
        """A stat with gear and buffs, or `armor_class`."""

    def items(self, template_id: str) -> int:
        """How many the character carries."""

    def visits(self, node: str) -> int:
        """How often the scenario was at the node, this time included."""


_OPERATORS: Final[Mapping[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Evaluator:
    """Evaluates expressions that were checked, one at a time; makes no garbage."""

    def __init__(self) -> None:
        self._moment: Moment | None = None
        functions = {"items": self._items, "visits": self._visits, "min": min, "max": max}
        self._simple = SimpleEval(dict(_OPERATORS), functions, self)
        # Its own look-up would find methods, and refuse stats that are called like some of them.
        self._simple.nodes[ast.Attribute] = self._member

    def value(self, expression: Expression, moment: Moment) -> Any:
        """The value, of the kind it was checked for. Raises what the moment raises."""
        self._moment = moment
        try:
            return self._simple.eval(expression.text, expression.tree)
        finally:
            self._moment = None

    def holds(self, condition: Expression | None, moment: Moment) -> bool:
        """Whether a condition is met; no condition always is."""
        return condition is None or self.value(condition, moment) is True

    def __getitem__(self, name: str) -> Value:
        if name == "location":
            return self._now.location
        return self._now.outcome if name == "outcome" else self._now.variable(name)

    @property
    def _now(self) -> Moment:
        assert self._moment is not None
        return self._moment

    def _items(self, template_id: str) -> int:
        return self._now.items(template_id)

    def _visits(self, node: str) -> int:
        return self._now.visits(node)

    def _member(self, node: ast.Attribute) -> int:
        assert isinstance(node.value, ast.Name)
        now = self._now
        read = {"stats": now.stat, "vitals": now.vital, "derived": now.derived}
        return read[node.value.id](node.attr)
