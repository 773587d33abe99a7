"""What a hook can do: count, measure, log. A hook's row in `hooks.py` lists its reactions.

A reaction names the hook's arguments it uses. Hooks are called with positional arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import signature
from operator import itemgetter
from typing import Any, Literal, TypeVar

from attrs import frozen

from gamestate.observe.instruments import Instruments
from gamestate.observe.log import Logger

T = TypeVar("T")
Hook = Callable[..., None]
Reaction = Callable[[Sequence[str], Instruments, Logger], Hook]
"""Makes one hook's function from the names of its arguments."""


@frozen
class Count:
    """Raise a counter.

    Attributes:
        label: the name of its label and of the argument with the label's value; "": no label.
        start: the label's values that are exposed as 0 before the first event.
        value: the label's value, if no argument has it.
        by: the argument with the amount; "": 1.
    """

    metric: str
    help: str
    label: str = ""
    start: Sequence[str] = ()
    value: str = ""
    by: str = ""

    def __call__(self, arguments: Sequence[str], make: Instruments, log: Logger) -> Hook:
        labels = [self.label] if self.label else []
        counter = make.counter(self.metric, self.help, *labels, start=self.start)
        amount = _argument(arguments, self.by) if self.by else lambda _: 1
        if not labels:
            return lambda *given: counter.inc(by=amount(given))
        value = _argument(arguments, self.label) if not self.value else lambda _: self.value
        return lambda *given: counter.inc(value(given), by=amount(given))


@frozen
class Observe:
    """Put an argument into a histogram."""

    metric: str
    help: str
    bounds: Sequence[float]
    argument: str

    def __call__(self, arguments: Sequence[str], make: Instruments, log: Logger) -> Hook:
        histogram = make.histogram(self.metric, self.help, self.bounds)
        value = _argument(arguments, self.argument)
        return lambda *given: histogram.observe(value(given))


class Log:
    """Write one line.

    Args:
        same: arguments that are facts of the line under their own names.
        when: an argument and the values of it at which the line is written; unset: always.
        facts: name of a fact to the name of the argument.
    """

    def __init__(
        self,
        level: Literal["info", "warning", "error"],
        event: str,
        *same: str,
        when: tuple[str, Collection[object]] | None = None,
        **facts: str,
    ) -> None:
        self._level = level
        self._event = event
        self._when = when
        self._facts = dict(zip(same, same, strict=True)) | facts

    def __call__(self, arguments: Sequence[str], make: Instruments, log: Logger) -> Hook:
        say = getattr(log, self._level)
        facts = {fact: _argument(arguments, name) for fact, name in self._facts.items()}

        def write(*given: Any) -> None:
            say(self._event, **{fact: value(given) for fact, value in facts.items()})

        if self._when is None:
            return write
        deciding, values = _argument(arguments, self._when[0]), self._when[1]
        return lambda *given: write(*given) if deciding(given) in values else None


def _argument(arguments: Sequence[str], name: str) -> Callable[[tuple[Any, ...]], Any]:
    return itemgetter(arguments.index(name))


def observer(
    port: type[T], table: Mapping[str, Sequence[Reaction]], make: Instruments, log: Logger
) -> T:
    """An observer of this port whose hooks react as the table says."""
    made = port()
    for hook, reactions in table.items():
        arguments = tuple(signature(getattr(made, hook)).parameters)
        setattr(made, hook, fan_out([reaction(arguments, make, log) for reaction in reactions]))
    return made


def fan_out(hooks: Sequence[Hook]) -> Hook:
    """One function that calls all of these. A single one is returned as it is."""
    if len(hooks) == 1:
        return hooks[0]

    def call(*given: Any) -> None:
        for hook in hooks:
            hook(*given)

    return call
