"""What a player does in a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gamestate.client import RequestRefusedError
from gamestate.play.almanac import Almanac
from gamestate.play.link import Link
from gamestate.play.scene import Scene
from gamestate.play.tale import choice, heading, name, tale
from gamestate.play.verbs import NotUnderstoodError
from gamestate.play.wording import Facts


class Tales:
    """The verbs of scenarios. As `Things`."""

    def __init__(self, link: Link, console: Console, almanac: Almanac, scene: Scene) -> None:
        self._link = link
        self._console = console
        self._almanac = almanac
        self._scene = scene

    @property
    def verbs(self) -> Mapping[str, Callable[[str], None]]:
        """By name."""
        return {
            "scenarios": self.scenarios,
            "start": self.start,
            "choose": self.choose,
            "abandon": self.abandon,
        }

    def scenarios(self, rest: str) -> None:
        """List those of the starter pack; the server does not tell which it has."""
        table = Table(box=None, padding=(0, 1), show_header=False)
        for scenario_id, called in self._almanac.scenarios:
            table.add_row(Text(called, "bold"), f"start {scenario_id}")
        self._console.print(table)
        self._console.print(" A server may have others: start NAME", style="dim")

    def start(self, rest: str) -> None:
        """Begin a scenario."""
        if not rest:
            raise NotUnderstoodError("Start which one? Type scenarios to see which there are.")
        scenario_id = self._almanac.scenario(rest)
        self._come_to(self._link.send("scenario.start", scenario=scenario_id))

    def choose(self, rest: str) -> None:
        """Choose by number."""
        seen = self._scene.tale
        if seen is None or seen["over"]:
            raise NotUnderstoodError("There is nothing to choose.")
        try:
            self.show(self._link.send("scenario.choose", choice=choice(seen, rest)))
        except RequestRefusedError as error:
            if error.code != "unknown_choice":
                raise
            self._console.print("Things have changed meanwhile.", style="bold yellow")
            self.look()

    def abandon(self, rest: str) -> None:
        """Leave for good, if that is meant."""
        if rest != "yes":
            raise NotUnderstoodError("That is for good. If you mean it: abandon yes")
        view = self._link.send("scenario.abandon")
        self._scene.tale = view
        self._console.print(f"You leave {name(view)} behind.")

    def look(self) -> None:
        """Where the scenario is."""
        self._come_to(self._link.see("scenario.view"))

    def remember(self) -> None:
        """See where the scenario is without showing it."""
        self._scene.tale = self._link.see("scenario.view")

    def show(self, view: Facts) -> None:
        """Tell it to someone who is in it."""
        self._scene.tale = view
        self._console.print()
        self._console.print(tale(view))

    def _come_to(self, view: Facts) -> None:
        self._console.print(heading(view))
        self.show(view)
