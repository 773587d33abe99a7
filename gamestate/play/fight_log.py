"""The log of a fight in words: a sentence for each entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rich.text import Text

from gamestate.play.board import enemies
from gamestate.play.wording import Facts, listed, outcome, plural, title, words

GOOD: Final = "green"
BAD: Final = "red"
FAINT: Final = "dim"

ENDINGS: Final = {
    "victory": "Victory!",
    "defeat": "You have been defeated.",
    "fled": "You are out of the fight.",
    "ended": "The fight is over, without a winner.",
}
"""The sentence for each outcome of a fight."""


class FightLog:
    """Puts the log of one fight in words. `view`: the fight as the server shows it."""

    def __init__(self, view: Facts) -> None:
        people = view["participants"]
        self._names: Mapping[str, str] = {one["id"]: one["name"] for one in people}
        self._party = {one["id"] for one in people if one["side"] == "party"}
        self._sentences: Mapping[str, Callable[[Facts], Text]] = {
            "start": self._start,
            "attack": self._attack,
            "defend": self._defend,
            "pass": self._pass,
            "flee": self._flee,
            "use_item": self._use_item,
            "suffer": self._suffer,
            "recover": self._recover,
            "expire": self._expire,
            "end": self._end,
        }

    def sentence(self, entry: Facts) -> Text:
        """One entry of the log. An unknown action is shown in the server's own words."""
        known = self._sentences.get(entry["action"])
        if known is None:
            return Text(f"{self.who(entry['actor'])}: {entry['action']}, {entry['result']}.")
        return known(entry)

    # ------------------------------------------------------------------ who

    def who(self, participant: str | None) -> str:
        """A participant as the beginning of a sentence."""
        if participant in self._party:
            return "You"
        return self._names.get(participant or "", participant or "The fight")

    def whom(self, participant: str) -> str:
        """A participant as it is in the middle of a sentence."""
        return "you" if participant in self._party else self.who(participant)

    def does(self, participant: str, you: str, others: str) -> str:
        """A sentence's beginning: `You hit`, `Wolf hits`."""
        return f"{self.who(participant)} {you if participant in self._party else others}"

    def _style(self, sufferer: str) -> str:
        return BAD if sufferer in self._party else GOOD

    # ------------------------------------------------------------------ what

    def _start(self, entry: Facts) -> Text:
        people = entry["participants"]
        order = [f"{self.whom(one['id'])} ({one['initiative']['total']})" for one in people]
        foes = [one["name"] for one in enemies(entry)]
        return Text(f"You face {listed(foes)}. In turn: {', '.join(order)}.")

    def _attack(self, entry: Facts) -> Text:
        actor, target, result = entry["actor"], entry["target"], entry["result"]
        how = f"({entry['attack']}, {_rolled(entry['roll'])})"
        if result == "miss":
            verb = self.does(actor, "miss", "misses")
            return Text(f"{verb} {self.whom(target)} {how}.", FAINT)
        verb = self.does(actor, "hit", "hits")
        critical = "Critical! " if result == "critical" else ""
        dealt = listed([_damage(one) for one in entry.get("damage", ())]) or "nothing"
        said = [f"{critical}{verb} {self.whom(target)} for {dealt} {how}."]
        said += [self._left(target, one) for one in entry.get("conditions", ())]
        if not entry["hp"]["cur"]:
            said.append(f"{self.does(target, 'fall', 'falls')}.")
        return Text(" ".join(said), self._style(target))

    def _left(self, target: str, left: Facts) -> str:
        """The condition that a hit caused, or failed to cause."""
        name = words(left["condition"])
        check = f" ({left['check']}, {_rolled(left['roll'])})" if "roll" in left else ""
        if left["result"] == "withstood":
            return f"{self.does(target, 'withstand', 'withstands')} being {name}{check}."
        lasts = plural(left["turns"], "turn")
        return f"{self.does(target, 'are', 'is')} {name} for {lasts}{check}."

    def _defend(self, entry: Facts) -> Text:
        return Text(f"{self.does(entry['actor'], 'keep your', 'keeps its')} guard up.")

    def _pass(self, entry: Facts) -> Text:
        return Text(f"{self.does(entry['actor'], 'wait', 'waits')}.", FAINT)

    def _flee(self, entry: Facts) -> Text:
        verb = {
            "escaped": self.does(entry["actor"], "get", "gets") + " away",
            "held": self.does(entry["actor"], "are", "is") + " held and can't get away",
        }.get(entry["result"], self.does(entry["actor"], "try", "tries") + " to get away, in vain")
        return Text(f"{verb} ({_rolled(entry['roll'])}).")

    def _use_item(self, entry: Facts) -> Text:
        verb = self.does(entry["actor"], "use", "uses")
        name = title(entry.get("template_id", "something"))
        effects = listed([outcome(one) for one in entry.get("effects", ())])
        return Text(f"{verb} {name}{': ' if effects else ''}{effects}.", GOOD)

    def _suffer(self, entry: Facts) -> Text:
        actor = entry["actor"]
        names = listed([words(one["condition"]) for one in entry.get("conditions", ())])
        said = []
        if damage := entry.get("damage"):
            dealt = listed([_damage(one) for one in damage])
            said.append(f"{self.does(actor, 'suffer', 'suffers')} {dealt} ({names}).")
        if not entry["hp"]["cur"]:
            said.append(f"{self.does(actor, 'fall', 'falls')}.")
        elif entry["result"] == "lost_turn":
            said.append(f"{self.does(actor, 'are', 'is')} {names} and can't act.")
        return Text(" ".join(said), self._style(actor))

    def _recover(self, entry: Facts) -> Text:
        names = listed([words(one["condition"]) for one in entry.get("conditions", ())])
        return Text(f"{self.does(entry['actor'], 'are', 'is')} no longer {names}.")

    def _expire(self, entry: Facts) -> Text:
        if entry["result"] == "absent":
            return Text("You were away for too long.", BAD)
        return Text("You took too long.", BAD)

    def _end(self, entry: Facts) -> Text:
        return ending(entry["result"], entry.get("xp", 0), entry.get("slain", {}))


def ending(result: str, xp: int, slain: Mapping[str, int]) -> Text:
    """The end of a fight. `slain`: kind to how many."""
    said = [ENDINGS.get(result, f"The fight is over: {words(result)}.")]
    if slain:
        said.append(f"Slain: {listed([_fallen(*one) for one in slain.items()])}.")
    if xp:
        said.append(f"{xp} xp.")
    style = {"victory": GOOD, "defeat": BAD}.get(result, "")
    return Text(" ".join(said), f"bold {style}".strip())


def _fallen(kind: str, count: int) -> str:
    return f"{words(kind)} x{count}" if count > 1 else words(kind)


def _rolled(roll: Facts) -> str:
    edge = f", {roll['edge']}" if "edge" in roll else ""
    against = f" against {roll['against']}" if "against" in roll else ""
    return f"{roll['total']}{against}{edge}"


def _damage(hurt: Facts) -> str:
    dealt, rolled = hurt["dealt"], hurt["rolled"]
    kind = words(hurt["type"])
    if dealt == rolled:
        return f"{dealt} {kind}"
    return f"no {kind}" if not dealt else f"{dealt} {kind} (rolled {rolled})"
