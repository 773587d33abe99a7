"""The index of the catalogue for clients: scenarios, monsters and items by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from attrs import frozen

from gamestate.content.catalogue import Catalogue
from gamestate.content.live import LiveContent
from gamestate.content.scenarios.templates import Scenario
from gamestate.content.templates import ItemTemplate, MonsterTemplate

Worth = Callable[[float], int]
"""Challenge rating to the experience for slaying such a monster."""


@frozen
class Index:
    """All of it as JSON: `{"version", "counts", "scenarios", "monsters", "items"}`.

    `version`: the catalogue's."""

    version: str
    body: bytes


class ContentIndex:
    """The index of the content, made once for each catalogue. Thread-safe.

    `worth`: None if no module gives experience.
    """

    def __init__(self, content: LiveContent, worth: Worth | None) -> None:
        self._content = content
        self._worth = worth
        self._made: tuple[Catalogue, Index] | None = None

    def now(self) -> Index:
        """The index of the catalogue as it is now."""
        made, catalogue = self._made, self._content.catalogue
        if made is None or made[0] is not catalogue:
            made = self._made = (catalogue, index_of(catalogue, self._worth))
        return made[1]


def index_of(catalogue: Catalogue, worth: Worth | None) -> Index:
    """The index of a catalogue. `worth`: None if no module gives experience."""
    scenarios, monsters, items = catalogue.scenarios, catalogue.monsters, catalogue.items
    shown = {
        "version": catalogue.version,
        "counts": {
            "scenarios": len(scenarios),
            "monsters": len(monsters),
            "items": len(items),
        },
        "scenarios": [_scenario(one) for one in scenarios.values()],
        "monsters": [_monster(one, worth) for one in monsters.values()],
        "items": [_item(one) for one in items.values()],
    }
    return Index(catalogue.version, orjson.dumps(shown))


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "scenario": scenario.scenario_id,
        "name": scenario.name,
        "about": scenario.about,
        "version": scenario.version,
    }


def _monster(monster: MonsterTemplate, worth: Worth | None) -> dict[str, Any]:
    challenge = monster.challenge_rating
    return {
        "monster": monster.template_id,
        "name": monster.name,
        "challenge_rating": challenge,
        "xp": None if worth is None else worth(challenge),
        "hp": monster.hp,
        "armor_class": monster.armor_class,
    }


def _item(item: ItemTemplate) -> dict[str, Any]:
    return {
        "template_id": item.template_id,
        "name": item.name,
        "kind": item.kind,
        "rarity": item.rarity,
    }
