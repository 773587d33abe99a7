"""Scenarios for tests, as an author writes them, and the small catalogue around them."""

from __future__ import annotations

from typing import Any

from gamestate.content.catalogue import Catalogue
from gamestate.content.scenarios.reading import read_scenario
from gamestate.content.scenarios.scope import World
from gamestate.content.scenarios.templates import Scenario
from gamestate.content.templates import ItemTemplate

ITEMS = {
    "torch": ItemTemplate(template_id="torch", name="Torch", kind="gear", max_stack=20),
    "sword": ItemTemplate(template_id="sword", name="Sword", kind="gear"),
}
WORLD = World(frozenset(ITEMS), frozenset({"rat", "wolf"}), frozenset({"herbs"}))
CATALOGUE = Catalogue(ITEMS, {})

END = {"text": "The end.", "end": "done"}


def tale(nodes: dict[str, Any], **facts: Any) -> Scenario:
    """A scenario that begins at the first of its nodes; all choices may be short: see `choice`."""
    scenario, found = problems_of(nodes, **facts)
    assert scenario is not None, found
    return scenario


def problems_of(nodes: dict[str, Any], **facts: Any) -> tuple[Scenario | None, list[str]]:
    """What reading it gives."""
    start = next(iter(nodes))
    whole = {"name": "Tale", "start": start, "nodes": nodes, **facts}
    return read_scenario("tale", whole, WORLD)


def choice(id_: str, to: str, **facts: Any) -> dict[str, Any]:
    """A choice with a text."""
    return {"id": id_, "text": f"{id_}!", "to": to, **facts}


def place(*choices: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A node with choices."""
    return {"text": "A place.", "choices": list(choices), **facts}


def effect(kind: str, **facts: Any) -> dict[str, Any]:
    """An effect."""
    return {"effect": kind, **facts}
