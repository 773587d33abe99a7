"""Item facts to item templates. Derivations and corrections are listed in
NOTICE.md."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from gamestate.content.dice import Dice
from gamestate.content.srd.facts import HealFact, ItemFacts, RangeFact
from gamestate.content.srd.kinds import MAX_STACK, kind_of, slots_of
from gamestate.content.templates import Armor, Damage, ItemTemplate, Restore, Weapon, WeaponRange
from gamestate.errors import ContentError

_UNARMORED_BASE: Final = 10
_SHIELD_BONUS: Final = 2


def item_template(facts: ItemFacts) -> ItemTemplate:
    """The template of one item.

    Raises:
        ContentError: a weight or a cost is not a whole number of the catalogue's units.
    """
    kind = kind_of(facts)
    slots = slots_of(facts, kind)
    consumable = kind == "consumable"
    charges = int(facts.uses_max) or int(consumable)
    return ItemTemplate(
        template_id=facts.slug,
        name=facts.name,
        kind=kind,
        rarity=facts.rarity,
        weight_mlb=_whole(facts.slug, facts.weight, 1000),
        value_cp=_whole(facts.slug, facts.cost_gp, 100),
        max_stack=1 if slots or charges > int(consumable) else MAX_STACK.get(kind, 1),
        slots=slots,
        two_handed="two_handed" in facts.properties,
        weapon=_weapon(facts),
        armor=_armor(facts) if kind == "armor" else None,
        modifiers=_modifiers(facts, kind),
        requirements={} if facts.strength_min is None else {"strength": facts.strength_min},
        consumable=consumable,
        charges=charges,
        effects=(_heal(facts.heal),) if facts.heal and charges else (),
        requires_attunement=facts.requires_attunement,
        magical=facts.magical or facts.item_kind == "magic_item",
        flags=("unique_equipped",) if slots and facts.requires_attunement else (),
    )


def _whole(slug: str, amount: float, scale: int) -> int:
    exact = Decimal(str(amount)) * scale
    if exact != int(exact):
        raise ContentError(f"{slug}: {amount} times {scale} is not a whole number")
    return int(exact)


def _weapon(facts: ItemFacts) -> Weapon | None:
    if facts.weapon_category is None:
        return None
    return Weapon(
        category=facts.weapon_category,
        damage=tuple(Damage(Dice.parse(part.dice), part.type) for part in facts.damage),
        versatile=None if facts.versatile_damage is None else Dice.parse(facts.versatile_damage),
        properties=facts.properties,
        range=None if facts.range is None else _range(facts.range),
    )


def _range(facts: RangeFact) -> WeaponRange:
    return WeaponRange(facts.kind, facts.value, facts.long)


def _armor(facts: ItemFacts) -> Armor:
    category = _armor_category(facts)
    agility_cap = 0 if category == "heavy" else facts.dex_bonus_max
    return Armor(category, facts.base_ac, agility_cap, facts.stealth_disadvantage)


def _armor_category(facts: ItemFacts) -> str:
    # Only heavy armor asks for strength; the data set calls two magic suits of it light.
    return "heavy" if facts.strength_min is not None else str(facts.armor_category)


def _modifiers(facts: ItemFacts, kind: str) -> dict[str, int]:
    bonus = facts.magical_bonus
    if kind == "weapon":
        return {"attack_bonus": bonus, "damage_bonus": bonus} if bonus else {}
    armor_class = bonus + (_shield_bonus(facts) if kind == "shield" else 0)
    return {"armor_class": armor_class} if armor_class else {}


def _shield_bonus(facts: ItemFacts) -> int:
    # One shield carries the data set's default for a suit of armor.
    return _SHIELD_BONUS if facts.base_ac == _UNARMORED_BASE else facts.base_ac


def _heal(facts: HealFact) -> Restore:
    dice = Dice.parse(facts.dice or "0")
    return Restore("hp", Dice(dice.count, dice.sides, facts.bonus))
