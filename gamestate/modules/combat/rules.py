"""The rules a game may replace: numbers and tables as data, and methods that use them.

Where the facts of a monster say nothing, the rule is here: how often it strikes in a turn follows
from its challenge rating, and which conditions its hits leave behind from the type of damage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from gamestate.content.dice import Dice, RandomStream
from gamestate.content.templates import DEFAULT_STAT, Attack, Damage, MonsterTemplate, ability_bonus
from gamestate.contract.effects import DEFEAT
from gamestate.modules.combat.conditions import CONDITIONS, Conditions
from gamestate.modules.combat.dto import Blow, Fighter, Nature
from gamestate.modules.combat.rolls import raised

AGILITY: Final = "agility"
STRENGTH: Final = "strength"

Steps = Sequence[tuple[float, int]]
"""(from this challenge rating on, this many), ascending."""

XP: Final[Steps] = (
    (0, 10),
    (1 / 8, 25),
    (1 / 4, 50),
    (1 / 2, 100),
    (1, 200),
    (2, 450),
    (3, 700),
    (4, 1_100),
    (5, 1_800),
    (6, 2_300),
    (7, 2_900),
    (8, 3_900),
    (9, 5_000),
    (10, 5_900),
    (11, 7_200),
    (12, 8_400),
    (13, 10_000),
    (14, 11_500),
    (15, 13_000),
    (16, 15_000),
    (17, 18_000),
    (18, 20_000),
    (19, 22_000),
    (20, 25_000),
    (21, 33_000),
    (22, 41_000),
    (23, 50_000),
    (24, 62_000),
    (25, 75_000),
    (26, 90_000),
    (27, 105_000),
    (28, 120_000),
    (29, 135_000),
    (30, 155_000),
)
"""Experience for slaying one."""

STRIKES: Final[Steps] = ((0, 1), (2, 2), (9, 3), (20, 4))
"""How often a turn: beasts and common folk once, veterans twice, the great dragons three times, and
what ends worlds four."""


@frozen
class Infliction:
    """When a hit leaves a condition behind: one that did damage of this type.

    Attributes:
        turns: for how many.
        check: the stat of the target's check to withstand it; None: there is no check.
        critical: only critical hits do it.
    """

    type: str
    condition: str
    turns: Dice
    check: str | None = None
    critical: bool = False


INFLICTIONS: Final = (
    Infliction("poison", "poisoned", Dice(1, 3), check="endurance"),
    Infliction("fire", "burning", Dice(1, 3), critical=True),
    Infliction("lightning", "stunned", Dice(bonus=1), check="endurance", critical=True),
    Infliction("cold", "restrained", Dice(bonus=1), check="strength", critical=True),
    Infliction("radiant", "blinded", Dice(bonus=1), check="endurance", critical=True),
    Infliction("psychic", "frightened", Dice(1, 3), check="wisdom", critical=True),
    Infliction("thunder", "prone", Dice(bonus=1), check="strength", critical=True),
    Infliction("bludgeoning", "prone", Dice(bonus=1), check="strength", critical=True),
)


@frozen
class Spoils:
    """What a fight was worth. `slain`: kind to how many, in the order they were met."""

    xp: int
    slain: Mapping[str, int]


@frozen(kw_only=True)
class Rules:
    """The rules of fights that a game may change. It changes numbers with
    `attrs.evolve`, and the rest in a subclass.

    Attributes:
        check_base: a check against an infliction must reach this and the attacker's bonus to hit.
        flight_base: a check to get away must reach this and the best agility bonus among the
            enemies.
        proficiency: what training adds to every roll of the character to hit, beside what its
            stats and gear do; a monster's is in its facts.
        unarmed: the type of damage of bare hands.
        untyped: of damage whose type the facts do not say.

    Raises (the constructor): ValueError if an infliction names no condition there is.
    """

    xp: Steps = XP
    strikes: Steps = STRIKES
    conditions: Conditions = CONDITIONS
    inflictions: Sequence[Infliction] = field(default=INFLICTIONS)
    check_base: int = 8
    flight_base: int = 10
    proficiency: int = 2
    unarmed: str = "bludgeoning"
    untyped: str = "slashing"

    @inflictions.validator
    def _all_known(self, _: object, inflictions: Sequence[Infliction]) -> None:
        if unknown := {one.condition for one in inflictions} - set(self.conditions):
            raise ValueError(f"inflictions name no conditions: {', '.join(sorted(unknown))}")

    def nature(self, template: MonsterTemplate, random: RandomStream) -> Nature:
        """What all monsters of a kind are in one fight. Damage that may be of several types is of
        one of them, chosen here."""
        blows = tuple(self.blow(attack, template, random) for attack in template.attacks)
        unarmed = self.bare_hands(template.stats, template.proficiency_bonus)
        return Nature(
            template_id=template.template_id,
            name=template.name,
            armor_class=template.armor_class,
            max_hp=template.hp,
            stats=dict(template.stats),
            blows=blows or (unarmed,),
            strikes=_at(self.strikes, template.challenge_rating),
            creature_type=template.creature_type,
            challenge_rating=template.challenge_rating,
            xp=self.worth(template.challenge_rating),
            immunities=template.damage_immunities,
            resistances=template.damage_resistances,
            vulnerabilities=template.damage_vulnerabilities,
            condition_immunities=template.condition_immunities,
        )

    def blow(self, attack: Attack, template: MonsterTemplate, random: RandomStream) -> Blow:
        """A monster's attack. The bonus of its ability goes to its first damage, unless the facts
        name what is added and where."""
        ability = attack.ability or (AGILITY if attack.reach == "ranged" else STRENGTH)
        bonus = 0 if ability == "none" else ability_bonus(template.stats[ability])
        to_hit = bonus + template.proficiency_bonus + attack.bonus
        if not attack.damage:
            bare = self.bare_hands(template.stats, 0)
            return Blow(attack.name, to_hit, bare.damage)
        named = any(part.plus for part in attack.damage)
        damage = []
        for index, part in enumerate(attack.damage):
            plus = 0 if named or index else bonus
            if part.plus:
                plus = bonus if part.plus == "ability" else ability_bonus(template.stats[part.plus])
            damage.append(Damage(raised(part.dice, plus), self.one_type(part.types, random)))
        return Blow(attack.name, to_hit, tuple(damage))

    def one_type(self, types: Sequence[str], random: RandomStream) -> str:
        """One of the types that a monster's damage may have."""
        if len(types) > 1:
            return types[random.randint(0, len(types) - 1)]
        return types[0] if types else self.untyped

    def bare_hands(
        self, stats: Mapping[str, int], to_hit: int, bonus: int = 0, name: str = "Unarmed strike"
    ) -> Blow:
        """A blow without a weapon: 1 and the strength bonus, at least 1. `to_hit`, `bonus`: what is
        added beside the strength bonus."""
        strength = ability_bonus(stats.get(STRENGTH, DEFAULT_STAT))
        points = raised(Dice(bonus=1), strength + bonus)
        damage = points if points.bonus >= 1 else Dice(bonus=1)
        return Blow(name, strength + to_hit, (Damage(damage, self.unarmed),))

    def check_difficulty(self, blow: Blow) -> int:
        """What a check against an infliction of this blow must reach."""
        return self.check_base + blow.to_hit

    def flight_difficulty(self, enemies: Iterable[Fighter]) -> int:
        """What a check to get away from these must reach; there is at least one."""
        return self.flight_base + max(enemy.nature.bonus(AGILITY) for enemy in enemies)

    def worth(self, challenge_rating: float) -> int:
        """The experience for slaying a monster of this challenge rating."""
        return _at(self.xp, challenge_rating)

    def spoils(self, monsters: Iterable[Fighter], outcome: str | None) -> Spoils:
        """What a fight was worth; the defeated learn nothing."""
        fallen = [one.nature for one in monsters if one.hp == 0]
        slain: dict[str, int] = {}
        for nature in fallen:
            slain[nature.template_id] = slain.get(nature.template_id, 0) + 1
        return Spoils(0 if outcome == DEFEAT else sum(one.xp for one in fallen), slain)


def _at(steps: Steps, challenge_rating: float) -> int:
    """The last step that is not above the challenge rating, or the first there is."""
    reached = [much for start, much in steps if start <= challenge_rating]
    return reached[-1] if reached else steps[0][1]
