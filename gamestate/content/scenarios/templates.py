"""A scenario: a graph of nodes, as a content author writes it.

A node is one of four: a place with choices (or only a timer), a fork that goes on by itself, a
fight, or an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from attrs import field, frozen

from gamestate.constraints import AtMost, Between, NotEmpty, Prepared, Printable
from gamestate.content.scenarios.effects import NodeEffect, Variable
from gamestate.content.scenarios.expressions import Expression, Value
from gamestate.content.scenarios.prose import Prose, UpTo
from gamestate.content.templates import Id, Name, Word

MAX_TEXT_CHARS: Final = 4_000
MAX_LINE_CHARS: Final = 300
MAX_NODES: Final = 1_000
MAX_CHOICES: Final = 50
MAX_EFFECTS: Final = 50
MAX_VARIABLES: Final = 200
MAX_MONSTERS: Final = 20
MAX_WAIT_S: Final = 2_592_000

Line = Annotated[Prose, UpTo(MAX_LINE_CHARS)]
Text = Annotated[Prose, UpTo(MAX_TEXT_CHARS)]
Effects = Annotated[tuple[NodeEffect, ...], AtMost(MAX_EFFECTS)]


@frozen(kw_only=True)
class Choice:
    """One choice at a node.

    Attributes:
        id: its name among the choices of the node.
        when: the condition; None: always.
        why: what is said when the condition is not met.
        hidden: it is not shown at all while it can't be chosen.
        effects: what it does, in this order; if one is refused the choice is.
        told: what is said before the text of the next node.
    """

    id: Id
    text: Line
    to: Id
    when: Expression | None = None
    why: Line | None = None
    hidden: bool = False
    effects: Effects = ()
    told: Text | None = None


@frozen(kw_only=True)
class Branch:
    """Where a fork goes if the condition is met (None: in any case)."""

    to: Id
    when: Expression | None = None


def _branches(value: Any) -> Any:
    """A fork with one branch may be written as its target."""
    return [{"to": value}] if isinstance(value, str) else value


@frozen(kw_only=True)
class Foe:
    """Monsters of one kind. `count`: how many."""

    monster: Id
    count: Annotated[int, Between(1, MAX_MONSTERS)] = 1


@frozen(kw_only=True)
class Fight:
    """Entering the node starts a fight; its outcome is the node to go on to.

    `ended`: by an operator; as `fled` if it is not given.
    """

    monsters: Annotated[tuple[Foe, ...], NotEmpty(), AtMost(MAX_MONSTERS)]
    victory: Id
    defeat: Id
    fled: Id
    ended: Id | None = None

    @property
    def outcomes(self) -> Mapping[str, str]:
        """Outcome to node."""
        return {
            "victory": self.victory,
            "defeat": self.defeat,
            "fled": self.fled,
            "ended": self.ended or self.fled,
        }


@frozen(kw_only=True)
class Timer:
    """The scenario goes on to `to` if it is still at the node `after_s` seconds after entering."""

    after_s: Annotated[int, Between(1, MAX_WAIT_S)]
    to: Id


@frozen(kw_only=True)
class Node:
    """One node.

    Attributes:
        text: what is said on entering; only a fork may say nothing.
        again: what is said instead from the second time on.
        enter: what entering does, before the text is said.
        goto: a fork: the first branch whose condition is met.
        end: the name of the ending.
    """

    text: Text | None = None
    again: Text | None = None
    enter: Effects = ()
    choices: Annotated[tuple[Choice, ...], AtMost(MAX_CHOICES)] = ()
    goto: Annotated[tuple[Branch, ...], Prepared(_branches), AtMost(MAX_CHOICES)] = ()
    fight: Fight | None = None
    timer: Timer | None = None
    end: Id | None = None

    def choice(self, choice_id: str) -> Choice | None:
        """The choice of this id; None if there is none."""
        return next((one for one in self.choices if one.id == choice_id), None)


@frozen(kw_only=True)
class Scenario:
    """One scenario of the catalogue.

    Attributes:
        version: a digest of everything that is played; `about`, `names` and the migrations do not
            count.
        about: what it is, in a line.
        variables: name to initial value, which also says of which kind it is.
        stats: names of stats of the game's own that it reads or changes.
        names: what stats are called where a choice says what it lacks of them.
        migrations: old version to old node to new node; a node that is not named keeps its name.
    """

    scenario_id: Id
    version: str
    name: Name
    about: Annotated[str, Printable(MAX_LINE_CHARS)] | None = None
    start: Id
    nodes: Annotated[Mapping[Id, Node], AtMost(MAX_NODES)]
    variables: Annotated[Mapping[Variable, Value], AtMost(MAX_VARIABLES)] = field(factory=dict)
    stats: tuple[Word, ...] = ()
    names: Mapping[Word, Name] = field(factory=dict)
    migrations: Mapping[str, Mapping[Id, Id]] = field(factory=dict)
