"""The gear of a character, summed up once, and the numbers that follow from it.

The sum changes only when something is put on or taken off; what follows also depends on the stats
and on the running buffs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from gamestate.content.templates import DEFAULT_STAT, ability_bonus
from gamestate.modules.inventory.dto import (
    EQUIPMENT_SLOTS,
    HANDS,
    NOTHING_WORN,
    ActiveBuff,
    Gear,
    InventoryItemDTO,
    InventorySessionDTO,
    Wielded,
)
from gamestate.modules.inventory.running import remaining_s
from gamestate.modules.inventory.templates import template_of

if TYPE_CHECKING:
    from gamestate.content.items import ItemGateway
    from gamestate.content.templates import ItemTemplate, Weapon
    from gamestate.modules.inventory.bearer import Bearer

AGILITY: Final = "agility"
STRENGTH: Final = "strength"
ARMOR_CLASS: Final = "armor_class"
ATTACK_BONUS: Final = "attack_bonus"
DAMAGE_BONUS: Final = "damage_bonus"
OF_THE_WEAPON: Final = (ATTACK_BONUS, DAMAGE_BONUS)
UNARMORED: Final = 10


def gear_of(worn: Iterable[InventoryItemDTO], gateway: ItemGateway) -> Gear:
    """Sum up what is worn; the main hand's weapon comes first, however it came there."""
    in_order = sorted(worn, key=_by_slot)
    if not in_order:
        return NOTHING_WORN
    pieces = [(item, template_of(gateway, item.template_id)) for item in in_order]
    modifiers: Counter[str] = Counter()
    armor = None
    for _, template in pieces:
        modifiers.update(_of_the_wearer(template))
        armor = template.armor or armor
    armed = [(item, template) for item, template in pieces if template.weapon is not None]
    free_hand = sum(item.slot in HANDS for item, _ in pieces) == 1
    weapons = tuple(
        Wielded(
            item.item_id,
            str(item.slot),
            template,
            template.two_handed or (free_hand and _versatile(template)),
        )
        for item, template in armed
    )
    return Gear(dict(modifiers), armor, weapons)


def stat(session: InventorySessionDTO, bearer: Bearer, name: str) -> int:
    """A stat with everything that is worn and every running buff; never below 0."""
    worn = session.gear.modifiers.get(name, 0)
    running = sum(
        buff.modifiers.get(name, 0) for buff in session.buffs if buff.until_s > bearer.now_s
    )
    return max(0, bearer.stats.get(name, DEFAULT_STAT) + worn + running)


def derived(
    gear: Gear, buffs: Iterable[ActiveBuff], stats: Mapping[str, int], now_s: float
) -> dict[str, Any]:
    """The character's numbers with gear and buffs, as JSON values: `{"stats", "armor_class",
    "attacks", "modifiers", "buffs"}`. An attack is `{"item_id", "name", "slot", "dice", "type",
    "to_hit", "bonus", "ability", "range"}`, one for each weapon in a hand."""
    running = [buff for buff in buffs if buff.until_s > now_s]
    modifiers = Counter(gear.modifiers)
    for buff in running:
        modifiers.update(buff.modifiers)
    total = {name: max(0, points + modifiers[name]) for name, points in stats.items()}
    return {
        "stats": total,
        "armor_class": _armor_class(gear, total) + modifiers[ARMOR_CLASS],
        "attacks": [_attack(weapon, total, modifiers) for weapon in gear.weapons],
        "modifiers": {name: points for name, points in modifiers.items() if points},
        "buffs": [
            {
                "template_id": buff.template_id,
                "modifiers": buff.modifiers,
                "remaining_s": remaining_s(buff.until_s, now_s),
            }
            for buff in running
        ],
    }


def _by_slot(item: InventoryItemDTO) -> int:
    return EQUIPMENT_SLOTS.index(str(item.slot))


def _versatile(template: ItemTemplate) -> bool:
    return template.weapon is not None and template.weapon.versatile is not None


def _of_the_wearer(template: ItemTemplate) -> Mapping[str, int]:
    if template.weapon is None:
        return template.modifiers
    own = template.modifiers.items()
    return {name: points for name, points in own if name not in OF_THE_WEAPON}


def _armor_class(gear: Gear, stats: Mapping[str, int]) -> int:
    bonus = ability_bonus(stats.get(AGILITY, DEFAULT_STAT))
    if gear.armor is None:
        return UNARMORED + bonus
    cap = gear.armor.agility_cap
    if cap is not None:  # in heavy armor agility neither helps nor harms
        bonus = min(bonus, cap) if cap else 0
    return gear.armor.base + bonus


def _attack(
    wielded: Wielded, stats: Mapping[str, int], modifiers: Mapping[str, int]
) -> dict[str, Any]:
    template = wielded.template
    weapon = template.weapon
    assert weapon is not None
    ability = _ability(weapon, stats)
    bonus = ability_bonus(stats.get(ability, DEFAULT_STAT))
    own = template.modifiers
    hit = weapon.damage[0] if weapon.damage else None
    dice = weapon.versatile if wielded.two_handed and weapon.versatile else hit and hit.dice
    return {
        "item_id": wielded.item_id,
        "name": template.name,
        "slot": wielded.slot,
        "dice": None if dice is None else str(dice),
        "type": None if hit is None else hit.type,
        "extra": [{"dice": str(part.dice), "type": part.type} for part in weapon.damage[1:]],
        "to_hit": bonus + modifiers.get(ATTACK_BONUS, 0) + own.get(ATTACK_BONUS, 0),
        "bonus": bonus + modifiers.get(DAMAGE_BONUS, 0) + own.get(DAMAGE_BONUS, 0),
        "ability": ability,
        "range": range_view(weapon),
    }


def _ability(weapon: Weapon, stats: Mapping[str, int]) -> str:
    if weapon.range is not None and weapon.range.kind == "ranged":
        return AGILITY
    if "finesse" in weapon.properties and stats.get(AGILITY, 0) > stats.get(STRENGTH, 0):
        return AGILITY
    return STRENGTH


def range_view(weapon: Weapon) -> dict[str, Any] | None:
    """`{"kind", "normal_ft", "long_ft"}`; None if the weapon has no range."""
    reach = weapon.range
    if reach is None:
        return None
    return {"kind": reach.kind, "normal_ft": reach.normal_ft, "long_ft": reach.long_ft}
