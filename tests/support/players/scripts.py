"""What a character does from its first message to its last.

A script is a generator: it gives the next message and is sent what was answered, so that it can act
by it. The same answers always lead to the same messages.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from attrs import field, frozen

from tests.support.players.endings import BELL

Answer = Mapping[str, Any]
"""The reply, or what the message was refused with."""

FIGHT = {
    "monsters": [{"monster": "wolf", "count": 2}, {"monster": "ghoul", "count": 1}],
    "seed": 10,
}
OGRE = {"monsters": [{"monster": "ogre", "count": 1}], "seed": 5}
QUEST = (
    "spear chapel torch chapel! read back back ask press back set-out door grope strike fight:fled "
    "again light push fight:victory search climb maren no"
)
HEALING = "potion-of-healing"
LATE_S = 1.0
"""What is to happen at a time happens then or a little later."""


@frozen
class Message:
    """One message of a script. `pause_s`: how long the character waits before it."""

    type: str
    payload: Mapping[str, Any] = field(factory=dict)
    pause_s: float = 0.0

    @property
    def deed(self) -> str:
        """What it is, as a word or two."""
        said = [self.payload[key] for key in ("action", "choice") if key in self.payload]
        return " ".join([self.type, *said])


Script = Generator[Message, Answer, None]


def message(type_: str, /, **payload: Any) -> Message:
    """A message with this payload."""
    return Message(type_, payload)


def victory() -> Script:
    """A fight that is won, with a sword, a potion before, one in it, and everything one can do."""
    yield from granted("longsword")
    yield from equipped("longsword")
    potions = yield from granted(HEALING, 4)
    yield message("inventory.assign_quick_slot", item_id=potions, index=0)
    yield message("core.adjust_vitals", hp=-30)
    yield message("inventory.use_quick_slot", index=0)
    seen = yield message("combat.start", **FIGHT)
    last = [one["id"] for one in seen["participants"] if one["side"] == "monsters"][-1]
    yield act("attack")
    yield act("defend")
    yield act("use_item", item_id=potions)
    yield act("attack", target=last)
    yield act("flee")
    yield act("pass")
    yield from fought("attack")
    yield act("attack")  # refused: it is over
    yield message("inventory.drop", item_id=potions, quantity=1)


def defeat() -> Script:
    """A fight that is lost, and what comes after."""
    club = yield from granted("club")
    yield message("inventory.equip", item_id=club)
    yield message("core.adjust_vitals", hp=-75)
    yield message("combat.start", **OGRE)
    yield from fought("attack")
    yield message("combat.start", **OGRE)  # refused: the dead do not fight
    yield message("core.adjust_vitals", hp=20)
    yield message("inventory.unequip", slot="main_hand")


def quest() -> Script:
    """The quest of the starter pack: gifts and losses, a fight fled from, one that is won."""
    yield message("core.adjust_stats", strength=6, charisma=-2)
    yield from tale(BELL, QUEST, equips="spear")
    yield message("core.move", location="home")


def tale(scenario: str, steps: str, *, equips: str | None = None) -> Script:
    """A scenario by these steps (see `endings`). `equips`: an item, as soon as there is one."""
    seen = yield message("scenario.start", scenario=scenario)
    for step in steps.split():
        kind, _, what = step.partition(":")
        if kind == "fight":
            yield from fought("flee" if what == "fled" else "attack")
            seen = yield message("scenario.view")
            assert not seen["fighting"], seen
        elif kind == "wait":
            yield Message("inventory.view", pause_s=float(what) + LATE_S)
        elif step.endswith("!"):
            assert seen["node"] == step[:-1], seen
        else:
            seen = yield message("scenario.choose", choice=step)
        if step == equips:
            yield from equipped(equips)


def fought(action: str) -> Script:
    """The same again and again, until the fight is over."""
    while not (yield act(action))["over"]:
        pass


def act(action: str, **facts: Any) -> Message:
    """One turn of a fight."""
    return message("combat.act", action=action, **facts)


def granted(template_id: str, quantity: int = 1) -> Generator[Message, Answer, int]:
    """Something is given; its id."""
    seen = yield message("inventory.grant", template_id=template_id, quantity=quantity)
    item_id: int = seen["items"][0]["item_id"]
    return item_id


def equipped(template_id: str) -> Script:
    """Something that is carried is put on."""
    bag = yield message("inventory.open")
    (item_id,) = [one["item_id"] for one in bag["backpack"] if one["template_id"] == template_id]
    yield message("inventory.equip", item_id=item_id)
    yield message("inventory.close")
