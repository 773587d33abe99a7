"""What the player has seen last."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from gamestate.play.wording import Facts


@define
class Scene:
    """The last reply of each kind; None before the first.

    `told_to`: the number of the last log entry of the fight that was told.
    """

    character: Facts
    inventory: Facts | None = None
    fight: Facts | None = None
    tale: Facts | None = None
    told_to: int = 0

    @property
    def fighting(self) -> bool:
        """Whether the character is in a fight."""
        return bool(self.character["state"] == "combat")

    @property
    def in_tale(self) -> bool:
        """Whether there is a scenario that goes on, as far as was seen."""
        return self.tale is not None and not self.tale["over"]

    def unheard(self, view: Facts) -> int:
        """How many entries of the log lie between the last that was told and the first that this
        view of a fight shows."""
        same = self.fight is not None and self.fight["session_id"] == view["session_id"]
        told_to, first = self.told_to if same else 0, int(view["log_from"])
        return max(0, first - told_to - 1)

    def saw_fight(self, view: Facts) -> Sequence[Facts]:
        """A fight was shown; the entries of its log that are news."""
        if self.fight is None or self.fight["session_id"] != view["session_id"]:
            self.told_to = 0
        news = [entry for entry in view["log"] if entry["n"] > self.told_to]
        self.told_to = max([self.told_to, *(entry["n"] for entry in news)])
        self.fight = view
        return news
