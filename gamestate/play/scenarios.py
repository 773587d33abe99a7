"""What a player does in a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.padding import Padding
from rich.text import Text

from gamestate.client import RequestRefusedError
from gamestate.play.scenario_view import choice, heading, name, scenario_view
from gamestate.play.verb_group import VerbGroup
from gamestate.play.verbs import NotUnderstoodError
from gamestate.play.wording import Facts


class Scenarios(VerbGroup):
    """The verbs of scenarios."""

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
        """List those the server has."""
        self._content.renew()
        for one in self._content.scenarios:
            self._say(Text.assemble((one["name"], "bold"), f": start {one['scenario']}"))
            if about := one["about"]:
                self._say(Padding(Text(about, "dim"), (0, 0, 0, 2)))
        if not self._content.scenarios:
            self._say("There are none on this server.")

    def start(self, rest: str) -> None:
        """Begin a scenario."""
        if not rest:
            raise NotUnderstoodError("Start which one? Type scenarios to see which there are.")
        scenario_id = self._content.scenario(rest)
        self._come_to(self._link.send("scenario.start", scenario=scenario_id))

    def choose(self, rest: str) -> None:
        """Choose by number."""
        seen = self._scene.scenario
        if seen is None or seen["over"]:
            raise NotUnderstoodError("There is nothing to choose.")
        try:
            self.show(self._link.send("scenario.choose", choice=choice(seen, rest)))
        except RequestRefusedError as error:
            if error.code != "unknown_choice":
                raise
            self._say("Things have changed meanwhile.", style="bold yellow")
            self.look()

    def abandon(self, rest: str) -> None:
        """Leave for good, if the player confirms it."""
        if rest != "yes":
            raise NotUnderstoodError("That is for good. If you mean it: abandon yes")
        view = self._link.send("scenario.abandon")
        self._scene.scenario = view
        self._say(f"You leave {name(view)} behind.")

    def look(self) -> None:
        """Show the scenario with its heading."""
        self._come_to(self._link.see("scenario.view"))

    def remember(self) -> None:
        """Read the scenario without showing it."""
        self._scene.scenario = self._link.see("scenario.view")

    def show(self, view: Facts) -> None:
        """Show it, and keep it as the last one seen."""
        self._scene.scenario = view
        self._say()
        self._say(scenario_view(view))

    def _come_to(self, view: Facts) -> None:
        self._say(heading(view))
        self.show(view)
