"""The expression language of scenarios, a subset of Python: `coins >= 5 and visits('cellar') == 0`.

An expression is parsed once, and every name, function and kind in it is checked when the scenario
is loaded, so that evaluating one cannot fail. It has no way to loop, to nest deeply or to make a
long text, and numbers are only added, multiplied and divided by constants: its cost is bounded by
its length.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from attrs import field, frozen

from gamestate.structure import MAX_INT, kind

MAX_CHARS: Final = 300
MAX_PARTS: Final = 100

Value = bool | int | str
"""What a variable holds and an expression gives."""

FLAG: Final = "true or false"
NUMBER: Final = "a whole number"
TEXT: Final = "a text"

KINDS: Final[Mapping[type, str]] = {bool: FLAG, int: NUMBER, str: TEXT}
"""The kind of a value, in the words an author reads."""

WORDS: Final[Mapping[str, str]] = {"location": TEXT, "outcome": TEXT}
"""Names that always mean something."""

SPACES: Final = ("stats", "vitals", "derived")
"""Names that mean something with a name after them, as `stats.strength`; all numbers."""

COUNTS: Final[Mapping[str, str]] = {"items": "item", "visits": "node"}
"""Functions that count what an id in quotes names."""

NUMERIC: Final = ("min", "max")

RESERVED: Final = frozenset((*WORDS, *SPACES, *COUNTS, *NUMERIC))
"""What no variable may be called."""

_ARITHMETIC: Final = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
_ORDER: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUALITY: Final = (ast.Eq, ast.NotEq)


def value_of_kind(value: object) -> str | None:
    """The kind of a value; None if it is not allowed."""
    if isinstance(value, int) and not -MAX_INT <= value <= MAX_INT:
        return None
    if isinstance(value, str) and not value.isprintable():
        return None
    return KINDS.get(type(value))


@frozen
class Scope:
    """The names that the expressions of one scenario may use.

    Attributes:
        variables: name to kind.
        spaces: `stats`, `vitals` and `derived` to the names in them.
        ids: `item` and `node` to the ids there are.
    """

    variables: Mapping[str, str]
    spaces: Mapping[str, frozenset[str]]
    ids: Mapping[str, frozenset[str]]


@frozen
class Expression:
    """An expression as it was written, and its tree. Equal if the texts are."""

    text: str
    tree: ast.expr = field(eq=False, repr=False)

    @classmethod
    def from_json(cls, value: Any) -> Expression:
        """Read what a file has: a text, or a number or `true` as it is. Raises: ValueError: it is
        none of these, or as `parse`."""
        if type(value) not in (str, int, bool):
            raise ValueError(f"expected an expression, got {kind(value)}")
        return cls.parse(str(value))

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Read an expression.

        Raises: ValueError: it is too long, or no expression.
        """
        if len(text) > MAX_CHARS:
            raise ValueError(f"an expression has at most {MAX_CHARS} characters, not {len(text)}")
        if "\\" in text:  # the parser would warn of some of them
            raise ValueError(f"{text!r} has a backslash, which no expression needs")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise ValueError(f"{text!r} is not an expression") from None
        if sum(1 for _ in ast.walk(tree)) > MAX_PARTS:
            raise ValueError(f"{text!r} is too complicated (more than {MAX_PARTS} parts)")
        return cls(text, tree)

    def kind(self, scope: Scope) -> str:
        """The kind of its value. Raises: ValueError: the first thing wrong with it."""
        return _kind(self.tree, scope)

    def require(self, kind: str, scope: Scope) -> None:
        """Check everything about it. Raises: ValueError: the first thing wrong with it."""
        _require(self.tree, kind, scope)

    def __str__(self) -> str:
        return self.text


# ------------------------------------------------------------------ kinds, and what is wrong


def _kind(node: ast.expr, scope: Scope) -> str:
    kind_of = _KIND_OF.get(type(node))
    if kind_of is None:
        raise ValueError(f"{_say(node)!r} is not possible in an expression")
    return kind_of(node, scope)


def _require(node: ast.expr, kind: str, scope: Scope) -> None:
    found = _kind(node, scope)
    if found != kind:
        raise ValueError(f"{_say(node)!r} is {found} and must be {kind}")


def _constant(node: ast.Constant, scope: Scope) -> str:
    kind = value_of_kind(node.value)
    if kind is None:
        raise ValueError(f"{_say(node)!r} is not possible in an expression")
    return kind


def _name(node: ast.Name, scope: Scope) -> str:
    kind = scope.variables.get(node.id) or WORDS.get(node.id)
    if kind is not None:
        return kind
    if node.id in SPACES:
        raise ValueError(f"{node.id!r} needs a name after it, as {node.id}.{_first(node, scope)}")
    if node.id in RESERVED:
        raise ValueError(f"{node.id!r} is a function and needs arguments")
    raise ValueError(f"there is no variable {node.id!r}{_known(scope.variables)}")


def _first(node: ast.Name, scope: Scope) -> str:
    return min(scope.spaces[node.id])


def _member(node: ast.Attribute, scope: Scope) -> str:
    if not isinstance(node.value, ast.Name) or node.value.id not in SPACES:
        raise ValueError(f"{_say(node)!r} is not possible in an expression")
    space = scope.spaces[node.value.id]
    if node.attr not in space:
        raise ValueError(f"there is no {_say(node)!r}{_known(space)}")
    return NUMBER


def _call(node: ast.Call, scope: Scope) -> str:
    function = node.func.id if isinstance(node.func, ast.Name) else ""
    if node.keywords:
        raise ValueError(f"{_say(node)!r}: arguments have no names")
    if function in COUNTS:
        return _count(node, COUNTS[function], scope)
    if function not in NUMERIC:
        functions = ", ".join((*COUNTS, *NUMERIC))
        raise ValueError(f"there is no function {_say(node.func)!r} ({functions})")
    if len(node.args) < 2:
        raise ValueError(f"{_say(node)!r}: {function} needs two numbers or more")
    return _numbers(node.args, scope)


def _count(node: ast.Call, what: str, scope: Scope) -> str:
    match node.args:
        case [ast.Constant(value=str() as id_)]:
            if id_ not in scope.ids[what]:
                raise ValueError(f"{_say(node)!r}: there is no {what} {id_!r}")
            return NUMBER
    raise ValueError(f"{_say(node)!r}: needs the id of one {what} in quotes")


def _logic(node: ast.BoolOp, scope: Scope) -> str:
    for operand in node.values:
        _require(operand, FLAG, scope)
    return FLAG


def _sign(node: ast.UnaryOp, scope: Scope) -> str:
    if not isinstance(node.op, ast.Not | ast.USub):
        raise ValueError(f"{_say(node)!r} is not possible in an expression")
    kind = FLAG if isinstance(node.op, ast.Not) else NUMBER
    _require(node.operand, kind, scope)
    return kind


def _numbers(operands: Collection[ast.expr], scope: Scope) -> str:
    for operand in operands:
        _require(operand, NUMBER, scope)
    return NUMBER


def _arithmetic(node: ast.BinOp, scope: Scope) -> str:
    if not isinstance(node.op, _ARITHMETIC):
        raise ValueError(f"{_say(node)!r}: numbers are combined with + - * // %")
    if isinstance(node.op, ast.FloorDiv | ast.Mod):
        divisor = node.right.value if isinstance(node.right, ast.Constant) else 0
        if type(divisor) is not int or divisor == 0:
            raise ValueError(f"{_say(node)!r}: can only be divided by a number that is not 0")
    return _numbers([node.left, node.right], scope)


def _comparison(node: ast.Compare, scope: Scope) -> str:
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(operator, _ORDER):
            _numbers([left, right], scope)
        elif isinstance(operator, _EQUALITY):
            _require(right, _kind(left, scope), scope)
        else:
            raise ValueError(f"{_say(node)!r}: is compared with == != < <= > >=")
        left = right
    return FLAG


def _alternative(node: ast.IfExp, scope: Scope) -> str:
    _require(node.test, FLAG, scope)
    kind = _kind(node.body, scope)
    _require(node.orelse, kind, scope)
    return kind


def _say(node: ast.expr) -> str:
    return ast.unparse(node)


def _known(names: Collection[str]) -> str:
    return f" ({', '.join(sorted(names))})" if names else ""


_KIND_OF: Final[Mapping[type[ast.expr], Callable[[Any, Scope], str]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _member,
    ast.Call: _call,
    ast.BoolOp: _logic,
    ast.UnaryOp: _sign,
    ast.BinOp: _arithmetic,
    ast.Compare: _comparison,
    ast.IfExp: _alternative,
}
