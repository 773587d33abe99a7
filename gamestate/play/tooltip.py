"""The details of one item, in lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from gamestate.play.pack import called, rarity_style
from gamestate.play.wording import Facts, listed, signed, span, words


def tooltip(reply: Facts) -> RenderableType:
    """The reply of `inventory.inspect`."""
    item, facts = reply["item"], reply["tooltip"]
    head = Text.assemble(
        (called(item), f"bold {rarity_style(item)}".strip()),
        f", {words(item['rarity'])} {words(item['kind'])}",
    )
    return Group(head, *(Text(f"  {line}") for line in _lines(item, facts)))


def _lines(item: Facts, facts: Facts) -> Iterator[str]:
    yield from _fighting(facts)
    if facts["modifiers"]:
        yield signed(facts["modifiers"])
    for one in facts["effects"]:
        yield one["text"]
    yield from _limits(facts)
    yield from _needs(facts["requirements"])
    flags = [words(flag) for flag in facts["flags"]]
    marks = [words(name) for name, value in (facts["data"] or {}).items() if value is True]
    if flags or marks:
        yield listed([*flags, *marks])
    yield f"{facts['weight']:g} lb, {facts['value']:g} gp"
    yield from _where(item, facts)


def _fighting(facts: Facts) -> Iterator[str]:
    if facts["damage"]:
        each = [f"{_dice(one)} {words(one['type'])}" for one in facts["damage"]]
        both = f"; with both hands {_dice(facts['versatile'])}" if facts["versatile"] else ""
        yield f"damage {listed(each)}{both}"
    if reach := facts["range"]:
        far = f", at most {reach['long_ft']:g} ft" if reach.get("long_ft") else ""
        yield f"{words(reach['kind'])} {reach['normal_ft']:g} ft{far}"
    if armor := facts["armor"]:
        cap = armor["agility_cap"]
        agility = "" if cap == 0 else " and agility" + (f" up to {cap:+d}" if cap else "")
        yield f"{words(armor['category'])} armor {armor['base']}{agility}"
    if facts["properties"]:
        yield listed([words(one) for one in facts["properties"]])


def _dice(numbers: Facts) -> str:
    return f"{numbers['dice']} ({numbers['mean']:g} on average)"


def _limits(facts: Facts) -> Iterator[str]:
    if (charges := facts["charges"]) and charges["of"] > 1:
        yield f"{charges['left']} of {charges['of']} charges left"
    if cooldown := facts["cooldown"]:
        left_s = cooldown["remaining_s"]
        ready = f", ready in {span(left_s)}" if left_s else ""
        yield f"once every {span(cooldown['total_s'])}{ready}"


def _needs(requirements: Iterable[Facts]) -> Iterator[str]:
    for one in requirements:
        met = "" if one["met"] else ", which is too little"
        yield f"needs {words(one['stat'])} {one['needed']}; you have {one['has']}{met}"


def _where(item: Facts, facts: Facts) -> Iterator[str]:
    if item["slot"] is not None:
        yield f"you wear it: {words(item['slot'])}"
    for one in facts["compare"]:
        instead = f" instead of {one['name']}" if one["name"] else ""
        changes = signed(one["changes"]) or "nothing changes"
        yield f"{words(one['slot'])}{instead}: {changes}"
    for does, allowed in (("equip", facts["equippable"]), ("use", facts["usable"])):
        if allowed["now"]:
            yield f"you can {does} it"
        elif allowed["why"]["code"] not in ("not_equippable", "not_usable", "equipped"):
            yield f"you can't {does} it now: {allowed['why']['detail']}"
