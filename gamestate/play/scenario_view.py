"""A scenario as the player sees it: its text, and its choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gamestate.play.verbs import NotUnderstoodError
from gamestate.play.wording import Facts, span, words

WIDTH: Final = 76
"""Columns: a longer line is hard to read."""


def scenario_view(view: Facts) -> RenderableType:
    """The text and the numbered choices; one that can't be chosen says why."""
    return Constrain(Group(*_parts(view)), WIDTH)


def heading(view: Facts) -> RenderableType:
    """The line above it when the player enters it."""
    return Text(name(view), "bold")


def choice(view: Facts, number: str) -> str:
    """The id of the choice with this number. Raises: NotUnderstoodError: there is none."""
    choices = view["choices"]
    if number.isdecimal() and 1 <= int(number) <= len(choices):
        return str(choices[int(number) - 1]["id"])
    if not choices:
        raise NotUnderstoodError("There is nothing to choose.")
    raise NotUnderstoodError(f"Choose 1{f' to {len(choices)}' if choices[1:] else ''}.")


def name(view: Facts) -> str:
    """The name of the scenario."""
    return str(view.get("name") or words(view["scenario"]))


def _parts(view: Facts) -> Iterator[RenderableType]:
    if view.get("expired"):
        yield Text("Too late.", "bold")
        yield Text()
    yield Text(view["text"])
    if view["choices"]:
        yield Text()
        yield _choices(view)
    yield from _state(view)


def _choices(view: Facts) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for number, one in enumerate(view["choices"], 1):
        if one["available"]:
            table.add_row(Text(str(number), "bold"), Text(one["text"]))
        else:
            table.add_row(Text(f"({number})", "dim"), Text(one["text"], "dim"))
            if why := one.get("why"):
                table.add_row("", Padding(Text(why, "dim italic"), (0, 0, 0, 2)))
    return table


def _state(view: Facts) -> Iterator[Text]:
    """The lines below the choices."""
    if timer := view.get("timer"):
        yield Text(f"\nYou have {span(timer['remaining_s'])}.", "bold yellow")
    if view.get("changed"):
        yield Text("\nThis scenario was changed, and can't go on: abandon it.", "bold yellow")
    if view["over"]:
        yield Text(_ending(view.get("ending")), "bold")


def _ending(ending: str | None) -> str:
    return f"\nThe end: {words(ending)}." if ending else "\nThe end."
