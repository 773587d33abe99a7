"""A group of verbs, and what all of them use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from rich.console import Console, RenderableType

from gamestate.play.content import Content
from gamestate.play.link import Link
from gamestate.play.scene import Scene


class VerbGroup(ABC):
    """Verbs that belong together. Each takes the rest of the line, and shows the result.

    Raises (each): NotUnderstoodError, RequestRefusedError, LostTouchError.
    """

    def __init__(self, link: Link, console: Console, content: Content, scene: Scene) -> None:
        self._link = link
        self._console = console
        self._content = content
        self._scene = scene

    @property
    @abstractmethod
    def verbs(self) -> Mapping[str, Callable[[str], None]]:
        """By name."""

    def _say(self, what: RenderableType = "", style: str = "") -> None:
        self._console.print(what, style=style or None)
