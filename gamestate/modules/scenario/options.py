"""The choices of a node, and why some can't be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import frozen

from gamestate.content.scenarios.effects import ChangeStats, Grant, NodeEffect, Take
from gamestate.content.scenarios.templates import Choice
from gamestate.modules.scenario.scene import Scene

ItemName = Callable[[str], str]
"""Template id to the name of the item."""


@frozen
class Option:
    """One choice as it is shown. `why`: why it can't be taken; None if no reason is given."""

    choice: Choice
    text: str
    available: bool
    why: str | None = None


def options(
    choices: Iterable[Choice], scene: Scene, item_name: ItemName, stat_names: Mapping[str, str]
) -> Iterator[Option]:
    """The choices that are shown, in the order of the scenario."""
    for choice in choices:
        text = scene.text_of(choice.text)
        if not scene.holds(choice.when):
            why = scene.text_of(choice.why) if choice.why else None
            if not choice.hidden:
                yield Option(choice, text, False, why)
            continue
        lack = next(_lacks(choice.effects, scene, item_name, stat_names), None)
        if lack is None or not choice.hidden:
            yield Option(choice, text, lack is None, lack)


def _lacks(
    effects: Iterable[NodeEffect],
    scene: Scene,
    item_name: ItemName,
    stat_names: Mapping[str, str],
) -> Iterator[str]:
    """What the effects would need and the character does not have.

    An effect with a condition may not happen: what it takes is not counted, what it gives is.
    """
    items: Counter[str] = Counter()
    stats: Counter[str] = Counter()
    for effect in effects:
        match effect:
            case Grant(item=item, quantity=quantity):
                items[item] += quantity
            case Take(item=item, quantity=quantity, when=None):
                items[item] -= quantity
                yield from _lack(item_name(item), -items[item], scene.items(item))
            case ChangeStats(changes=changes, when=condition):
                kept = {name: p for name, p in changes.items() if p > 0 or condition is None}
                stats.update(kept)
                for name in kept:
                    called = stat_names.get(name) or name.replace("_", " ")
                    yield from _lack(called, -stats[name], scene.stat(name))


def _lack(name: str, needed: int, has: int) -> Iterator[str]:
    if needed <= has:
        return
    if has:
        yield f"You have only {has} {name}; it takes {needed}."
    elif needed == 1:
        yield f"You have no {name}."
    else:
        yield f"You have no {name}; it takes {needed}."
