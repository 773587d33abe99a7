"""What a player does in a fight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gamestate.play.almanac import Almanac
from gamestate.play.arguments import foes
from gamestate.play.board import board, enemy
from gamestate.play.chronicle import Chronicle, ending
from gamestate.play.link import Link
from gamestate.play.scene import Scene
from gamestate.play.wording import Facts

MOST_LOOKED_BACK: Final = 6
"""Log entries that are told again to someone who comes into a fight."""

MOST_LISTED: Final = 20


class Fights:
    """The verbs of combat. As `Things`."""

    def __init__(self, link: Link, console: Console, almanac: Almanac, scene: Scene) -> None:
        self._link = link
        self._console = console
        self._almanac = almanac
        self._scene = scene

    @property
    def verbs(self) -> Mapping[str, Callable[[str], None]]:
        """By name."""
        return {
            "fight": self.fight,
            "attack": self.attack,
            "defend": lambda rest: self._act("defend"),
            "flee": lambda rest: self._act("flee"),
            "pass": lambda rest: self._act("pass"),
            "monsters": self.monsters,
        }

    def look(self) -> None:
        """The fight as it is, and how it came to that."""
        self.show(self._link.see("combat.view"), MOST_LOOKED_BACK)

    def fight(self, rest: str) -> None:
        """Pick a fight."""
        met = [
            {"monster": self._almanac.monster(one.name), "count": one.count or 1}
            for one in foes(rest)
        ]
        self.show(self._link.send("combat.start", monsters=met))

    def attack(self, rest: str) -> None:
        """Attack an enemy; without a word, the first one."""
        fight = self._scene.fight
        target = {"target": enemy(fight, rest)} if rest and fight is not None else {}
        self._act("attack", **target)

    def use(self, item_id: int) -> None:
        """Use an item: a turn."""
        self._act("use_item", item_id=item_id)

    def monsters(self, rest: str) -> None:
        """List those with the word in their names."""
        found = self._almanac.monsters_like(rest)
        table = Table(box=None, padding=(0, 1), header_style="dim")
        for name in ("Monster", "Challenge", "Hit points"):
            table.add_column(name, justify="left" if name == "Monster" else "right")
        for one in found[:MOST_LISTED]:
            table.add_row(one.name, f"{one.challenge:g}", str(one.hp))
        self._console.print(table)
        more = len(found) - MOST_LISTED
        if more > 0:
            self._console.print(f" and {more} stronger ones: monsters WORD finds them", style="dim")
        elif not found:
            self._console.print("There is nothing like that in the starter pack.")

    def show(self, view: Facts, most: int | None = None) -> None:
        """Tell what is new (the last `most` of it), and how it stands."""
        news = self._scene.saw_fight(view)
        chronicle = Chronicle(view)
        for entry in news if most is None else news[-most:]:
            self._console.print(chronicle.tell(entry))
        if not view["over"]:
            self._console.print()
            self._console.print(board(view))
        elif all(entry["action"] != "end" for entry in news):
            slain = {one["monster"]: one["count"] for one in view.get("slain", ())}
            self._console.print(ending(view["outcome"], view.get("xp", 0), slain))

    def _act(self, action: str, **facts: Any) -> None:
        self.show(self._link.send("combat.act", action=action, **facts))
