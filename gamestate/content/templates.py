"""Item and monster templates: all rules of an item or monster as data.

Weights are whole thousandths of a pound (`_mlb`) and values whole copper pieces (`_cp`), because
sums of them must be exact; `weight` and `value` are the same in pounds and gold pieces. Distances
are feet (`_ft`). A tuple or mapping that is empty means that the facts say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Final, TypeAlias

from attrs import field, frozen

from gamestate.constraints import Between, Matching, NotEmpty, OneOf, Printable
from gamestate.content.dice import Dice

STATS: Final = ("strength", "agility", "endurance", "intelligence", "wisdom", "charisma")
DEFAULT_STAT: Final = 10

SLOTS: Final = (
    "main_hand",
    "off_hand",
    "head",
    "chest",
    "legs",
    "feet",
    "accessory_1",
    "accessory_2",
)
KINDS: Final = (
    "weapon",
    "armor",
    "shield",
    "ammunition",
    "consumable",
    "ring",
    "rod",
    "wand",
    "wondrous",
    "tool",
    "container",
    "treasure",
    "gear",
    "hazard",
)
RARITIES: Final = ("common", "uncommon", "rare", "very_rare", "legendary", "artifact")
"""From the least to the most rare."""
FLAGS: Final = ("quest", "no_drop", "unique_equipped", "bind_on_equip")
MODIFIERS: Final = (*STATS, "armor_class", "attack_bonus", "damage_bonus")
DAMAGE_TYPES: Final = (
    "acid",
    "bludgeoning",
    "cold",
    "fire",
    "force",
    "lightning",
    "necrotic",
    "piercing",
    "poison",
    "psychic",
    "radiant",
    "slashing",
    "thunder",
)
CONDITIONS: Final = (
    "blinded",
    "charmed",
    "deafened",
    "exhaustion",
    "frightened",
    "grappled",
    "incapacitated",
    "invisible",
    "paralyzed",
    "petrified",
    "poisoned",
    "prone",
    "restrained",
    "stunned",
    "unconscious",
)
WEAPON_CATEGORIES: Final = ("simple_melee", "simple_ranged", "martial_melee", "martial_ranged")
WEAPON_PROPERTIES: Final = (
    "ammunition",
    "finesse",
    "heavy",
    "light",
    "loading",
    "reach",
    "thrown",
    "two_handed",
    "versatile",
)
SIZES: Final = ("tiny", "small", "medium", "large", "huge", "gargantuan")


def ability_bonus(points: int) -> int:
    """What a stat adds to rolls."""
    return (points - DEFAULT_STAT) // 2


Id = Annotated[
    str,
    Matching(
        "an id (a-z, 0-9 and - between them, at most 64)", r"(?=.{1,64}\Z)[a-z0-9]+(-[a-z0-9]+)*"
    ),
]
Name = Annotated[str, Printable(100)]
Word = Annotated[str, Matching("a word (a-z and _)", r"[a-z][a-z_]{0,31}")]
Amount = Annotated[int, Between(0, 1_000_000_000)]
Bonus = Annotated[int, Between(-100, 100)]
Score = Annotated[int, Between(0, 100)]
Stack = Annotated[int, Between(1, 10_000)]
Cooldown = Annotated[int, Between(0, 2_592_000)]
Duration = Annotated[int, Between(1, 2_592_000)]
Slot = Annotated[str, OneOf("an equipment slot", SLOTS)]
Stat = Annotated[str, OneOf("a stat", STATS)]
Modifier = Annotated[str, OneOf("a modifier", MODIFIERS)]
DamageType = Annotated[str, OneOf("a damage type", DAMAGE_TYPES)]
Condition = Annotated[str, OneOf("a condition", CONDITIONS)]
Reach = Annotated[str, OneOf("a way to attack", ("melee", "ranged"))]


@frozen
class Damage:
    """What one hit does: points of one type."""

    dice: Dice
    type: DamageType


@frozen
class WeaponRange:
    """How far a weapon reaches (`melee` with `long_ft` is a throw). Beyond `normal_ft`, and up to
    `long_ft`, it hits less well."""

    kind: Reach
    normal_ft: Amount
    long_ft: Amount | None = None


@frozen
class Weapon:
    """How a weapon hits. No `damage`: the facts leave it to the weapon it is made from.

    `versatile`: the dice instead of the first of `damage` while the other hand is free.
    """

    category: Annotated[str, OneOf("a weapon category", WEAPON_CATEGORIES)]
    damage: tuple[Damage, ...] = ()
    versatile: Dice | None = None
    properties: tuple[Annotated[str, OneOf("a weapon property", WEAPON_PROPERTIES)], ...] = ()
    range: WeaponRange | None = None


@frozen
class Armor:
    """What body armor does. The armor class of its wearer is `base`, plus the agility bonus but no
    more than `agility_cap` (None: all of it; 0: nothing, neither bonus nor penalty), plus the
    `armor_class` modifiers of all that is worn.
    """

    category: Annotated[str, OneOf("an armor category", ("light", "medium", "heavy"))]
    base: Annotated[int, Between(1, 100)]
    agility_cap: Score | None = None
    stealth_disadvantage: bool = False


@frozen
class Restore:
    """The dice are added to a vital of the item's user."""

    effect: ClassVar[str] = "restore"

    vital: Word
    dice: Dice


@frozen
class Buff:
    """Modifiers of the item's user for a time."""

    effect: ClassVar[str] = "buff"

    modifiers: Annotated[Mapping[Modifier, Bonus], NotEmpty()]
    duration_s: Duration


@frozen
class Teleport:
    """The item's user is moved to a location."""

    effect: ClassVar[str] = "teleport"

    location: Annotated[str, Printable(128)]


@frozen
class Learn:
    """The item's user has a skill at this level from now on, if not at a higher one."""

    effect: ClassVar[str] = "learn"

    skill: Word
    level: Annotated[int, Between(1, 1_000_000)] = 1


ItemEffect: TypeAlias = Restore | Buff | Teleport | Learn
"""What using an item does. In data the field `effect` names the kind."""

EFFECTS: Final[Mapping[str, type[ItemEffect]]] = {
    kind.effect: kind for kind in (Restore, Buff, Teleport, Learn)
}


_RULES_OF_USE: Final = ("consumable", "cooldown_s", "cooldown_group", "only_if_useful", "effects")


@frozen(kw_only=True)
class ItemTemplate:
    """One kind of item.

    Attributes:
        max_stack: how many lie in one stack; 1 does not stack.
        slots: where it may be worn or held, one at a time; empty: nowhere.
        two_handed: it goes in the main hand and the off hand stays empty.
        modifiers: what its wearer gains or loses while it is equipped. A shield's and a magic
            armor's armor class are here.
        requirements: the least of each stat that its wearer must have; a stat of the game's own,
            such as `level`, may be asked for.
        consumable: removed with the last charge.
        charges: how often one item can be used; 0: it cannot.
        cooldown_s: seconds from a use until the next.
        cooldown_group: the items whose uses wait for one another; None: those of this template,
            whose id is the name of the group.
        only_if_useful: a use that would change nothing is refused.
        effects: what each use does, in this order; empty: the facts do not say.
        magical: it counts as magic.
    """

    template_id: Id
    name: Name
    kind: Annotated[str, OneOf("an item kind", KINDS)]
    rarity: Annotated[str, OneOf("a rarity", RARITIES)] = "common"
    weight_mlb: Amount = 0
    value_cp: Amount = 0
    max_stack: Stack = 1
    slots: tuple[Slot, ...] = ()
    two_handed: bool = False
    weapon: Weapon | None = None
    armor: Armor | None = None
    modifiers: Mapping[Modifier, Bonus] = field(factory=dict)
    requirements: Mapping[Word, Score] = field(factory=dict)
    consumable: bool = False
    charges: Annotated[int, Between(0, 10_000)] = 0
    cooldown_s: Cooldown = 0
    cooldown_group: Id | None = None
    only_if_useful: bool = False
    effects: tuple[ItemEffect, ...] = ()
    requires_attunement: bool = False
    magical: bool = False
    flags: tuple[Annotated[str, OneOf("a flag", FLAGS)], ...] = ()

    @property
    def weight(self) -> float:
        """Pounds, of one."""
        return self.weight_mlb / 1000

    @property
    def value(self) -> float:
        """Gold pieces, of one."""
        return self.value_cp / 100

    def contradictions(self) -> Iterator[str]:
        """Contradictions between fields."""
        if self.kind in ("weapon", "armor") and getattr(self, self.kind) is None:
            yield f"kind: {self.kind!r} without a table {self.kind!r}"
        if len(set(self.slots)) < len(self.slots):
            yield "slots: the same slot twice"
        if self.two_handed and self.slots != ("main_hand",):
            yield "two_handed: slots must then be main_hand alone"
        if self.max_stack > 1 and self.slots:
            yield "max_stack: what can be equipped does not stack"
        if self.max_stack > 1 and self.charges > int(self.consumable):
            yield "max_stack: what keeps count of its charges does not stack"
        for rule in _RULES_OF_USE:
            if getattr(self, rule) and not self.charges:
                yield f"{rule}: without charges it could never be used"
        for effect in self.effects:
            if isinstance(effect, Learn) and effect.skill in STATS:
                yield f"effects: {effect.skill} is no skill of its own; use a buff"


@frozen
class AttackDamage:
    """One part of a monster's damage.

    `types`: several if the monster has one of them; none if the facts do not say. `plus`: the bonus
    of a stat (or of the attack's own `ability`) that the facts name as added to this part.
    """

    dice: Dice
    types: tuple[DamageType, ...] = ()
    plus: Annotated[str, OneOf("a stat or 'ability'", ("ability", *STATS))] | None = None


@frozen
class Attack:
    """One attack action.

    `reach` and `ability` are None where the facts leave them to the rule (melee, and strength or
    for a ranged attack agility); `ability` 'none' means that no stat is added. `bonus`: to hit.
    """

    name: Name
    reach: Reach | None = None
    ability: Annotated[str, OneOf("a stat or 'none'", ("none", *STATS))] | None = None
    bonus: Bonus = 0
    damage: tuple[AttackDamage, ...] = ()


@frozen(kw_only=True)
class MonsterTemplate:
    """One kind of monster.

    Attributes:
        hp: hit points of a usual one; `hp_dice` rolls those of any one, None if always `hp`.
        stats: all six.
        speed_ft: feet walked in a round.
    """

    template_id: Id
    name: Name
    challenge_rating: Annotated[float, Between(0, 100)]
    creature_type: Word
    size: Annotated[str, OneOf("a size", SIZES)]
    hp: Annotated[int, Between(1, 1_000_000)]
    armor_class: Annotated[int, Between(1, 100)]
    stats: Mapping[Stat, Score]
    proficiency_bonus: Score
    speed_ft: Amount
    hp_dice: Dice | None = None
    damage_immunities: tuple[DamageType, ...] = ()
    damage_resistances: tuple[DamageType, ...] = ()
    damage_vulnerabilities: tuple[DamageType, ...] = ()
    condition_immunities: tuple[Condition, ...] = ()
    attacks: tuple[Attack, ...] = ()

    def contradictions(self) -> Iterator[str]:
        """Contradictions between fields."""
        if missing := [stat for stat in STATS if stat not in self.stats]:
            yield f"stats: {', '.join(missing)} missing"
