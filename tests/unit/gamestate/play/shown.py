"""What a player sees, without a terminal: plain text at a width. And replies of a real server."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from gamestate.play.screen import screen

REPLIES = Path(__file__).parent / "replies"


def shown(what: RenderableType, width: int = 80) -> str:
    """As a terminal without colors shows it, without the blanks at the ends of lines."""
    out = StringIO()
    screen(out, width).print(what)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def recorded(name: str) -> Any:
    """A reply as a server gave it."""
    return json.loads((REPLIES / f"{name}.json").read_text("utf-8"))
