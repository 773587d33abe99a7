"""What entering a node or taking a choice does. In data the field `effect` names the kind.

Every effect may have a condition, `when`; it is evaluated after the effects before it are applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, TypeAlias, get_args

from attrs import frozen

from gamestate.constraints import Between, Matching, NotEmpty, OneOf, Printable
from gamestate.content.scenarios.expressions import Expression
from gamestate.content.templates import Id, Stack, Word

VITALS: Final = ("hp", "mp")
MAX_POINTS: Final = 1_000_000
"""The highest level of a stat."""

Variable = Annotated[
    str, Matching("the name of a variable (a-z, 0-9 and _)", r"[a-z][a-z0-9_]{0,31}")
]
Points = Annotated[int, Between(-MAX_POINTS, MAX_POINTS)]


@frozen(kw_only=True)
class Conditional:
    """The base of effects; without a condition an effect always happens."""

    when: Expression | None = None


@frozen(kw_only=True)
class SetVariable(Conditional):
    """The variable holds the value of `to` from now on."""

    effect: ClassVar[str] = "set"

    variable: Variable
    to: Expression


@frozen(kw_only=True)
class AddToVariable(Conditional):
    """`points` are added to the variable, a whole number."""

    effect: ClassVar[str] = "add"

    variable: Variable
    points: Expression


@frozen(kw_only=True)
class MoveAway(Conditional):
    """The character is moved to another location."""

    effect: ClassVar[str] = "move"

    location: Annotated[str, Printable(128)]


@frozen(kw_only=True)
class ChangeVitals(Conditional):
    """Points are added to (or taken from) vitals, within 0 and the most each can be."""

    effect: ClassVar[str] = "vitals"

    changes: Annotated[
        Mapping[Annotated[str, OneOf("a vital", VITALS)], Points],
        NotEmpty(),
    ]


@frozen(kw_only=True)
class ChangeStats(Conditional):
    """Points are added to (or taken from) stats; one that the character does not have counts as 0.

    A choice that takes more than there is can't be chosen; on entering a node a stat stops at 0."""

    effect: ClassVar[str] = "stats"

    changes: Annotated[Mapping[Word, Points], NotEmpty()]


@frozen(kw_only=True)
class Teach(Conditional):
    """The character has a skill at this level from now on, if not at a higher one."""

    effect: ClassVar[str] = "learn"

    skill: Word
    level: Annotated[int, Between(0, MAX_POINTS)] = 1


@frozen(kw_only=True)
class Grant(Conditional):
    """The character is given items; refused if there is no room for all of them."""

    effect: ClassVar[str] = "grant"

    item: Id
    quantity: Stack = 1


@frozen(kw_only=True)
class Take(Conditional):
    """Items are taken from the character; refused if it has too few."""

    effect: ClassVar[str] = "take"

    item: Id
    quantity: Stack = 1


NodeEffect: TypeAlias = (
    SetVariable | AddToVariable | MoveAway | ChangeVitals | ChangeStats | Teach | Grant | Take
)

NODE_EFFECTS: Final[Mapping[str, type[NodeEffect]]] = {
    kind.effect: kind for kind in get_args(NodeEffect)
}
