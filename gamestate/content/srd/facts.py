"""The SRD data set as it is written: one JSON object a line, with exactly these fields.

A field that is not here is an error, so that a new edition of the data set loses nothing silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import orjson
from attrs import field, frozen

from gamestate.errors import ContentError
from gamestate.structure import from_json

Fact = TypeVar("Fact")


@frozen
class DamageFact:
    """`dice`: `NdM` or a plain number."""

    dice: str
    type: str


@frozen
class RangeFact:
    """Feet."""

    kind: str
    value: int
    long: int | None


@frozen
class HealFact:
    """Hit points: dice (None: none) plus a bonus."""

    dice: str | None
    bonus: int


@frozen(kw_only=True)
class ItemFacts:
    """One line of `items.jsonl`. `weight` in pounds, `cost_gp` in gold pieces."""

    slug: str
    name: str
    item_kind: str
    weight: float
    cost_gp: float
    rarity: str
    requires_attunement: bool
    uses_max: str = "0"
    auto_destroy: bool = False
    weapon_category: str | None = None
    damage: tuple[DamageFact, ...] = ()
    versatile_damage: str | None = None
    properties: tuple[str, ...] = ()
    range: RangeFact | None = None
    magical: bool = False
    magical_bonus: int = 0
    armor_category: str | None = None
    base_ac: int = 0
    dex_bonus_max: int | None = None
    strength_min: int | None = None
    stealth_disadvantage: bool = False
    heal: HealFact | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words of the slug."""
        return frozenset(self.slug.split("-"))


@frozen
class AttackDamageFact:
    """`bonus`: a formula of the data set's, mostly empty."""

    dice: str
    bonus: str
    types: tuple[str, ...]


@frozen
class AttackFact:
    """`attack`: `melee`, `ranged` or empty."""

    name: str
    attack: str
    ability: str | None
    bonus: str | None
    damage: tuple[AttackDamageFact, ...]


@frozen(kw_only=True)
class MonsterFacts:
    """One line of `monsters.jsonl`. `speed` in feet a round."""

    slug: str
    name: str
    cr: float
    creature_type: str
    creature_size: str
    hp: int
    hp_dice: str
    ac: int
    ability_scores: Mapping[str, int] = field(factory=dict)
    proficiency_bonus: int
    damage_immunities: tuple[str, ...]
    damage_resistances: tuple[str, ...]
    damage_vulnerabilities: tuple[str, ...]
    condition_immunities: tuple[str, ...]
    speed: int
    attacks: tuple[AttackFact, ...]


def read_facts(file: Path, fact: type[Fact]) -> list[Fact]:
    """All lines of a file.

    Raises:
        ContentError: a line is not such a fact; the text names file, line and problem.
        OSError: the file cannot be read.
    """
    return [
        _read_line(f"{file.name}:{number}", line, fact)
        for number, line in enumerate(file.read_bytes().splitlines(), start=1)
    ]


def _read_line(where: str, line: bytes, fact: type[Fact]) -> Fact:
    try:
        return from_json(orjson.loads(line), fact)
    except ValueError as error:
        raise ContentError(f"{where}: {error}") from error
