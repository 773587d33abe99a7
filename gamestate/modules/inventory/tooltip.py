"""The tooltip of one item, for the character that carries it."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate, Weapon
from gamestate.modules.inventory.availability import Availability
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.comparison import Comparison
from gamestate.modules.inventory.consumables import charges_left, cooldown_group
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.gear import range_view
from gamestate.modules.inventory.query import sums
from gamestate.modules.inventory.running import remaining_s
from gamestate.modules.inventory.wording import effect_view, numbers


class Tooltips:
    """The tooltips of the items of one character at one moment."""

    def __init__(
        self,
        items: ItemGateway,
        availability: Availability,
        session: InventorySessionDTO,
        bearer: Bearer,
    ) -> None:
        self._availability = availability
        self._comparison = Comparison(items, session, bearer)
        self._session = session
        self._bearer = bearer

    def of(self, item: InventoryItemDTO, template: ItemTemplate) -> dict[str, Any]:
        """The tooltip as JSON values. All keys are always there, null or empty where nothing
        applies.

        `weight` (pounds) and `value` (gold pieces) are those of the whole stack. `damage`: `[{
        "dice", "type", "min", "max", "mean"}]`, `versatile` without the type. `requirements`: `[{
        "stat", "needed", "has", "met"}]`. `effects`: as in the catalogue, with the numbers of their
        dice and a `text`. `charges`: `{"left", "of"}`. `cooldown`: `{"group", "total_s",
        "remaining_s"}`. `compare`: see `Comparison.of`. `equippable`, `usable`: see `Availability`.
        """
        stack = sums([(item, template)])
        return {
            "quantity": item.quantity,
            "weight": stack["weight"],
            "value": stack["value"],
            **_weapon(template.weapon),
            "two_handed": template.two_handed,
            "armor": None if template.armor is None else asdict(template.armor),
            "modifiers": dict(template.modifiers),
            "requirements": self._requirements(template),
            "effects": [effect_view(effect) for effect in template.effects],
            "charges": _charges(item, template),
            "cooldown": self._cooldown(template),
            "flags": list(template.flags),
            "data": item.data,
            "compare": self._comparison.of(item, template),
            "equippable": self._availability.equippable(item),
            "usable": self._availability.usable(item),
        }

    def _requirements(self, template: ItemTemplate) -> list[dict[str, Any]]:
        stats = self._bearer.stats
        return [
            {
                "stat": stat,
                "needed": needed,
                "has": (has := stats.get(stat, 0)),
                "met": has >= needed,
            }
            for stat, needed in template.requirements.items()
        ]

    def _cooldown(self, template: ItemTemplate) -> dict[str, Any] | None:
        if not template.cooldown_s and template.cooldown_group is None:
            return None
        group = cooldown_group(template)
        until_s = self._session.cooldowns.get(group, 0.0)
        return {
            "group": group,
            "total_s": template.cooldown_s,
            "remaining_s": remaining_s(until_s, self._bearer.now_s),
        }


def _weapon(weapon: Weapon | None) -> dict[str, Any]:
    if weapon is None:
        return {"damage": [], "versatile": None, "range": None, "properties": []}
    return {
        "damage": [{**numbers(one.dice), "type": one.type} for one in weapon.damage],
        "versatile": None if weapon.versatile is None else numbers(weapon.versatile),
        "range": range_view(weapon),
        "properties": list(weapon.properties),
    }


def _charges(item: InventoryItemDTO, template: ItemTemplate) -> dict[str, int] | None:
    if not template.charges:
        return None
    return {"left": charges_left(item, template), "of": template.charges}
