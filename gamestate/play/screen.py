"""Where everything is shown."""

from __future__ import annotations

from typing import IO

from rich.console import Console


def screen(file: IO[str] | None = None, width: int | None = None) -> Console:
    """A console that shows words as they are: nothing that a server says is markup to it. Without
    `file` and `width` it is the terminal, with as many colors as that has."""
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)
