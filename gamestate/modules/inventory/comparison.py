"""How a character's numbers would change if it wore an item."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gamestate.content.dice import Dice
from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.dto import (
    HANDS,
    MAIN_HAND,
    OFF_HAND,
    Gear,
    InventoryItemDTO,
    InventorySessionDTO,
)
from gamestate.modules.inventory.equipment import worn_in
from gamestate.modules.inventory.gear import (
    ARMOR_CLASS,
    ATTACK_BONUS,
    DAMAGE_BONUS,
    derived,
    gear_of,
)
from gamestate.modules.inventory.templates import template_of


class Comparison:
    """Compares the items of one character with what it wears at one moment."""

    def __init__(self, items: ItemGateway, session: InventorySessionDTO, bearer: Bearer) -> None:
        self._items = items
        self._session = session
        self._bearer = bearer
        self._before = self._derived(session.gear)

    def of(self, item: InventoryItemDTO, template: ItemTemplate) -> list[dict[str, Any]]:
        """`[{"slot", "item_id", "name", "changes"}, …]`, for each slot the item could go into; none
        for an item that is worn.

        `item_id` and `name`: what is worn there, None if nothing. `changes`: only what would not
        stay the same, as differences: stats, `armor_class`, `attack_bonus` and `damage_bonus` of
        the character; `to_hit` of the weapon in that slot; `damage_mean`, what all weapons in hand
        do on average if each hits once. Requirements do not count here.
        """
        if item.slot is not None:
            return []
        return [self._in_slot(item, template, slot) for slot in template.slots]

    def _in_slot(self, item: InventoryItemDTO, template: ItemTemplate, slot: str) -> dict[str, Any]:
        worn = worn_in(self._session, slot)
        name = None if worn is None else template_of(self._items, worn.template_id).name
        after = self._derived(self._wearing(item, slot, self._cleared(template, slot)))
        return {
            "slot": slot,
            "item_id": None if worn is None else worn.item_id,
            "name": name,
            "changes": _differences(_measures(self._before, slot), _measures(after, slot)),
        }

    def _cleared(self, template: ItemTemplate, slot: str) -> Collection[str]:
        """The slots that must be empty for the item."""
        if template.two_handed:
            return HANDS
        held = worn_in(self._session, MAIN_HAND) if slot == OFF_HAND else None
        if held is not None and template_of(self._items, held.template_id).two_handed:
            return HANDS
        return (slot,)

    def _wearing(self, item: InventoryItemDTO, slot: str, cleared: Collection[str]) -> Gear:
        worn = self._session.equipped.items()
        kept = [self._session.items[item_id] for other, item_id in worn if other not in cleared]
        return gear_of([*kept, item.worn_in(slot)], self._items)

    def _derived(self, gear: Gear) -> Mapping[str, Any]:
        return derived(gear, self._session.buffs, self._bearer.stats, self._bearer.now_s)


def _measures(facts: Mapping[str, Any], slot: str) -> dict[str, float]:
    attacks, modifiers = facts["attacks"], facts["modifiers"]
    return {
        **facts["stats"],
        ARMOR_CLASS: facts[ARMOR_CLASS],
        ATTACK_BONUS: modifiers.get(ATTACK_BONUS, 0),
        DAMAGE_BONUS: modifiers.get(DAMAGE_BONUS, 0),
        "to_hit": sum(attack["to_hit"] for attack in attacks if attack["slot"] == slot),
        "damage_mean": sum(map(_mean_damage, attacks)),
    }


def _mean_damage(attack: Mapping[str, Any]) -> float:
    if attack["dice"] is None:
        return 0
    rolled = (attack["dice"], *(part["dice"] for part in attack["extra"]))
    bonus: int = attack["bonus"]
    return sum(Dice.parse(dice).mean for dice in rolled) + bonus


def _differences(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    return {name: after[name] - points for name, points in before.items() if after[name] != points}
