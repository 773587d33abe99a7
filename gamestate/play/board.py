"""The participants of a fight, with their hit points and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from gamestate.play.bar import bar, points
from gamestate.play.picking import folded, pick
from gamestate.play.verbs import NotUnderstoodError
from gamestate.play.wording import Facts, words


def board(view: Facts) -> RenderableType:
    """The participants: the party first, then the enemies by the numbers they are attacked with.

    After a condition comes the number of turns it lasts.
    """
    table = Table(box=None, padding=(0, 1), show_header=False, title_justify="left")
    table.title = Text(f"Round {view['round']}", "bold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for one in view["participants"]:
        if one["side"] == "party":
            _row(table, "", one, "green")
    for number, one in enumerate(enemies(view), 1):
        _row(table, str(number), one, "red")
    return table


def enemies(view: Facts) -> Sequence[Facts]:
    """The participants that are enemies, in the order of their numbers from 1."""
    return sorted((one for one in view["participants"] if one["side"] != "party"), key=_number)


def enemy(view: Facts, word: str) -> str:
    """The participant id a player means: a number, or a name, of which the first that still stands
    is taken. Raises: NotUnderstoodError."""
    foes = enemies(view)
    if word.isdecimal():
        if not 1 <= int(word) <= len(foes):
            raise NotUnderstoodError(f"There is no enemy {word}; they are 1 to {len(foes)}.")
        return str(foes[int(word) - 1]["id"])
    standing = [one for one in foes if stands(one)] or foes
    for one in standing:
        if folded(word) in folded(one["name"]):
            return str(one["id"])
    return pick(word, [(str(one["id"]), (one["name"],)) for one in standing], "enemy")


def stands(one: Facts) -> bool:
    """Whether a participant is still in the fight."""
    return one["hp"]["cur"] > 0 and not one.get("fled", False)


def _row(table: Table, number: str, one: Facts, color: str) -> None:
    name = Text(one["name"], "" if stands(one) else "dim")
    drawn = bar(one["hp"], color) if stands(one) else Text("")
    table.add_row(number, name, drawn, points(one["hp"]), ", ".join(_marks(one)))


def _marks(one: Facts) -> Iterator[str]:
    if one.get("fled"):
        yield "fled"
    elif not one["hp"]["cur"]:
        yield "fallen"
    if one.get("defending"):
        yield "on guard"
    conditions = one.get("conditions") or {}
    for name, turns in conditions.items():
        yield f"{words(name)} ({turns})"


def _number(one: Facts) -> tuple[int, str]:
    digits = re.search(r"\d+$", one["id"])
    return (int(digits[0]) if digits else 0, one["id"])
