"""The last replies that the player has seen."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from gamestate.play.wording import Facts


@define
class Scene:
    """The last reply of each kind; None before the first.

    `shown_to`: the number of the last log entry of the fight that was shown.
    """

    character: Facts
    inventory: Facts | None = None
    fight: Facts | None = None
    scenario: Facts | None = None
    shown_to: int = 0

    @property
    def fighting(self) -> bool:
        """Whether the character is in a fight."""
        return bool(self.character["state"] == "combat")

    @property
    def in_scenario(self) -> bool:
        """Whether the last scenario seen is not over."""
        return self.scenario is not None and not self.scenario["over"]

    def left_out(self, view: Facts) -> int:
        """How many entries of the log lie between the last that was shown and the first that this
        view of a fight shows."""
        same = self.fight is not None and self.fight["session_id"] == view["session_id"]
        shown_to, first = self.shown_to if same else 0, int(view["log_from"])
        return max(0, first - shown_to - 1)

    def saw_fight(self, view: Facts) -> Sequence[Facts]:
        """Keep a fight that is shown; the new entries of its log."""
        if self.fight is None or self.fight["session_id"] != view["session_id"]:
            self.shown_to = 0
        news = [entry for entry in view["log"] if entry["n"] > self.shown_to]
        self.shown_to = max([self.shown_to, *(entry["n"] for entry in news)])
        self.fight = view
        return news
