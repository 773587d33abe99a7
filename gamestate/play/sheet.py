"""A character as the player sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gamestate.play.bar import COLORS, bar, points
from gamestate.play.wording import Facts, listed, signed, span, title, words

DOING: Final = {
    "exploration": "looking around",
    "inventory": "going through the backpack",
    "combat": "in a fight",
    "scenario": "in a scenario",
}


def glance(character: Facts) -> RenderableType:
    """Name, place and vitals."""
    place, doing = character["location"]["current"], DOING.get(character["state"])
    head = Text.assemble(
        (character["bio"]["name"], "bold"), f", at {place}, {doing or words(character['state'])}"
    )
    table = Table(box=None, padding=(0, 1), show_header=False)
    for name, vital in character["vitals"].items():
        drawn = bar(vital, COLORS.get(name, "cyan"))
        table.add_row(words(name), drawn, points(vital))
    return Group(head, table)


def sheet(character: Facts, derived: Facts) -> RenderableType:
    """All of it. `derived`: the stats with gear and buffs."""
    return Group(glance(character), *(Text(f" {line}") for line in _lines(character, derived)))


def prompt(character: Facts) -> str:
    """The text before the cursor."""
    where = {"combat": " [fight]", "scenario": " [scenario]"}.get(character["state"], "")
    return f"{character['bio']['name']} {points(character['vitals']['hp'])}{where} > "


def _lines(character: Facts, derived: Facts) -> Iterator[str]:
    now = derived["stats"]
    stats = [_stat(name, own, now.get(name, own)) for name, own in character["stats"].items()]
    for start in range(0, len(stats), 3):
        yield "  ".join(one.ljust(22) for one in stats[start : start + 3]).rstrip()
    yield f"armor class {derived['armor_class']}"
    for one in derived["attacks"]:
        yield f"{one['name']}: {one['to_hit']:+d} to hit, {_damage(one)}"
    for one in derived["buffs"]:
        effect = signed(one["modifiers"])
        yield f"{title(one['template_id'])}: {effect}, for {span(one['remaining_s'])} more"


def _stat(name: str, own: int, now: int) -> str:
    return f"{words(name)} {now}" + (f" ({own})" if own != now else "")


def _damage(attack: Facts) -> str:
    dice = f"{attack['dice']}{attack['bonus']:+d}" if attack["bonus"] else attack["dice"]
    extra = [f"{one['dice']} {words(one['type'])}" for one in attack.get("extra", ())]
    return listed([f"{dice} {words(attack['type'])}", *extra])
