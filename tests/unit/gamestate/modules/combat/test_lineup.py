"""Who is in a fight, and in which order."""

from __future__ import annotations

from attrs import evolve

from gamestate.modules.combat.dto import Fighter
from gamestate.modules.combat.lineup import initiatives, monsters_of
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.stream import CountedStream
from tests.unit.gamestate.modules.combat import world
from tests.unit.gamestate.modules.combat.arena import LoadedDice, foe
from tests.unit.gamestate.modules.combat.world import MONSTERS


def order(hero: Fighter, *foes: Fighter, dice: tuple[int, ...]) -> list[str]:
    """Who acts when, if these are rolled."""
    return [one.fighter.id for one in initiatives((hero, *foes), LoadedDice(*dice))]


def test_the_highest_roll_acts_first() -> None:
    assert order(world.hero(), foe(1), foe(2), dice=(10, 5, 15)) == ["m2", "hero", "m1"]


def test_agility_helps_to_be_first() -> None:
    assert order(world.hero(agility=20), foe(1), dice=(10, 14)) == ["hero", "m1"]


def test_at_a_tie_the_greater_bonus_acts_first() -> None:
    quick = foe(2, stats={"agility": 14})
    assert order(world.hero(), foe(1), quick, dice=(12, 12, 10)) == ["m2", "hero", "m1"]


def test_at_a_full_tie_the_party_acts_first_and_then_the_lower_number() -> None:
    foes = [foe(number) for number in range(1, 12)]
    expected = ["hero", *(f"m{number}" for number in range(1, 12))]
    rolls = initiatives((*foes, world.hero()), LoadedDice(*(7,) * 12))
    assert [one.fighter.id for one in rolls] == expected


def test_monsters_are_numbered_in_the_order_they_are_named() -> None:
    horde = [(MONSTERS["wolf"], 2), (MONSTERS["rat"], 1), (MONSTERS["wolf"], 1)]
    monsters = monsters_of(horde, Rules(), CountedStream(1))
    assert [(one.id, one.name, one.hp) for one in monsters] == [
        ("m1", "Wolf 1", 10),
        ("m2", "Wolf 2", 10),
        ("m3", "Rat", 1),
        ("m4", "Wolf 3", 10),
    ]


def test_those_of_a_kind_share_its_nature() -> None:
    one, other = monsters_of([(MONSTERS["wolf"], 2)], Rules(), CountedStream(1))
    assert one.nature is other.nature
    assert evolve(one, id=other.id, name=other.name) == other
