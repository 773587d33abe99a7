"""What a player does in a fight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.table import Table

from gamestate.client import RequestRefusedError
from gamestate.play.arguments import foes
from gamestate.play.board import board, enemy
from gamestate.play.fight_log import FightLog, ending
from gamestate.play.verb_group import VerbGroup
from gamestate.play.wording import Facts, plural

MOST_LOOKED_BACK: Final = 6
"""Log entries that are shown again when a player enters a fight."""

MOST_LISTED: Final = 20

NO_FIGHTS: Final = ("no_fight", "unknown_message_type")
"""Codes of a server without a fight, or without the combat module."""


class Fights(VerbGroup):
    """The verbs of combat."""

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
        """The participants, and the last entries of the log."""
        self.show(self._link.see("combat.view"), MOST_LOOKED_BACK)

    def catch_up(self) -> None:
        """Show the end of the fight that ended while the player was away, if there is one."""
        try:
            view = self._link.see("combat.view")
        except RequestRefusedError as error:
            if error.code not in NO_FIGHTS:
                raise
            return
        if view["over"]:
            self._say("While you were away:", style="bold")
            self.show(view, MOST_LOOKED_BACK)
            self._link.send("combat.acknowledge")

    def fight(self, rest: str) -> None:
        """Start a fight."""
        met = [
            {"monster": self._content.monster(one.name), "count": one.count or 1}
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
        self._content.renew()
        found = self._content.monsters_like(rest)
        table = Table(box=None, padding=(0, 1), header_style="dim")
        for name in ("Monster", "Challenge", "Hit points", "Armor class", "xp"):
            table.add_column(name, justify="left" if name == "Monster" else "right")
        for one in found[:MOST_LISTED]:
            cells = (f"{one['challenge_rating']:g}", one["hp"], one["armor_class"], one["xp"] or "")
            table.add_row(one["name"], *map(str, cells))
        if found:
            self._say(table)
        more = len(found) - MOST_LISTED
        if more > 0:
            self._say(f" and {more} stronger ones: monsters WORD finds them", style="dim")
        elif not found:
            self._say("There is nothing like that on this server.")

    def show(self, view: Facts, most: int | None = None) -> None:
        """Show the new entries of its log (at most the last `most`), and the participants."""
        left_out = self._scene.left_out(view)
        news = self._scene.saw_fight(view)
        log = FightLog(view)
        if most is None and left_out:
            self._say(f"({plural(left_out, 'line')} of the fight left out)", style="dim")
        for entry in news if most is None else news[-most:]:
            self._say(log.sentence(entry))
        if not view["over"]:
            self._say()
            self._say(board(view))
        elif all(entry["action"] != "end" for entry in news):
            slain = {one["monster"]: one["count"] for one in view.get("slain", ())}
            self._say(ending(view["outcome"], view.get("xp", 0), slain))

    def _act(self, action: str, **facts: Any) -> None:
        self.show(self._link.send("combat.act", action=action, **facts))
