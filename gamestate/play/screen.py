"""The console of the terminal client."""

from __future__ import annotations

from typing import IO

from rich.console import Console


def screen(file: IO[str] | None = None, width: int | None = None) -> Console:
    """A console that interprets no markup in what the server sends. Without `file` and `width` it
    is the terminal, with its colors."""
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)
