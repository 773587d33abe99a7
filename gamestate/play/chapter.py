"""A chapter of what a player can do: its verbs, and what all of them need at hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from rich.console import Console, RenderableType

from gamestate.play.almanac import Almanac
from gamestate.play.link import Link
from gamestate.play.scene import Scene


class Chapter(ABC):
    """Verbs that belong together. Each takes what followed it, and shows what came of it.

    Raises (each): NotUnderstoodError, RequestRefusedError, LostTouchError.
    """

    def __init__(self, link: Link, console: Console, almanac: Almanac, scene: Scene) -> None:
        self._link = link
        self._console = console
        self._almanac = almanac
        self._scene = scene

    @property
    @abstractmethod
    def verbs(self) -> Mapping[str, Callable[[str], None]]:
        """By name."""

    def _say(self, what: RenderableType = "", style: str = "") -> None:
        self._console.print(what, style=style or None)
