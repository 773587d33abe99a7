"""The help, made from the verbs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gamestate.play.verbs import GROUPS, verb_of


def overview() -> RenderableType:
    """Every verb, by group."""
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for group, verbs in GROUPS:
        table.add_row(Text(group, "bold"), "")
        for verb in verbs:
            table.add_row(f"  {verb.name} {verb.takes}".rstrip(), Text(verb.does))
    close = "Beginnings of words will do; things go by name or number. More: help VERB"
    return Group(table, Text(close, "dim"))


def about(word: str) -> RenderableType:
    """The help of one verb. Raises: NotUnderstoodError: there is no such verb."""
    return Group(*_about(word))


def _about(word: str) -> Iterator[Text]:
    verb = verb_of(word)
    yield Text.assemble((verb.name, "bold"), f" {verb.takes}".rstrip())
    yield Text(f"  {verb.does}")
    if verb.also:
        yield Text(f"  also: {', '.join(verb.also)}", "dim")
