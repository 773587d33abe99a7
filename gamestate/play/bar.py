"""A pool of points as a bar and as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.console import RenderableType
from rich.progress_bar import ProgressBar

WIDTH: Final = 16
COLORS: Final = {"hp": "red", "mp": "blue"}


def bar(vital: Mapping[str, int], color: str = "red") -> RenderableType:
    """`{"cur", "max"}` as a bar; without colors only what is left is drawn."""
    return ProgressBar(
        total=max(1, vital["max"]),
        completed=vital["cur"],
        width=WIDTH,
        complete_style=color,
        finished_style=color,
        style="bright_black",
    )


def points(vital: Mapping[str, int]) -> str:
    """`23/30`."""
    return f"{vital['cur']}/{vital['max']}"
