"""Lines from the standard input, with history and completion where the platform has them."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final

from rich.console import Console

Complete = Callable[[str], Sequence[str]]
"""From the line up to the cursor to the completions of its last word."""

DELIMITERS: Final = " \t\n"


class Keyboard:
    """The standard input. What is not typed but comes from a file or pipe is echoed, so that what
    is printed reads as a conversation either way."""

    def __init__(self, console: Console, complete: Complete) -> None:
        self._console = console
        self._typed = sys.stdin.isatty()
        for stream in (sys.stdin, sys.stdout):
            _forgive(stream)
        if self._typed and (readline := _readline()) is not None:
            _complete_with(readline, complete)

    def line(self, prompt: str) -> str | None:
        """The next line without its end; None when there is no more, or at Ctrl-C."""
        try:
            line = input(prompt)
        except (EOFError, KeyboardInterrupt):
            self._console.print()
            return None
        if not self._typed:
            self._console.print(line)
        return line


def _forgive(stream: Any) -> None:
    """A letter that a terminal can't show, or can't type, becomes a question mark."""
    with contextlib.suppress(AttributeError):  # a stream of a test, or of another program
        stream.reconfigure(errors="replace")


def _readline() -> ModuleType | None:
    """Python may be built without it. Its import alone gives `input` a history."""
    try:
        return importlib.import_module("readline")
    except ImportError:
        return None


def _complete_with(readline: Any, complete: Complete) -> None:
    def completer(word: str, state: int) -> str | None:
        before = readline.get_line_buffer()[: readline.get_endidx()]
        found = complete(before)
        return f"{found[state]} " if state < len(found) else None

    readline.set_completer_delims(DELIMITERS)
    readline.set_completer(completer)
    editline = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if editline else "tab: complete")
