"""Every monster of the starter pack can fight, against the strong and against the weak."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attrs import evolve

from gamestate.content.catalogue import load
from gamestate.content.dice import Dice
from gamestate.content.templates import Damage, MonsterTemplate
from gamestate.contract.effects import OUTCOMES
from gamestate.modules.combat.actions import Attack
from gamestate.modules.combat.codec import SCHEMA, CombatCodec
from gamestate.modules.combat.dto import Blow, CombatSessionDTO, Fighter
from gamestate.modules.combat.engine import Challenge, CombatEngine, Moment
from gamestate.modules.combat.policy import Instinct
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.settings import CombatSettings
from tests.unit.gamestate.modules.combat import world

RULES = Rules()
CODEC = CombatCodec(RULES.conditions)
ENGINE = CombatEngine(RULES, Instinct(), CombatSettings())
NOW = Moment(world.START_S, saved=True)


@pytest.fixture(scope="module")
def monsters() -> Mapping[str, MonsterTemplate]:
    """All of them."""
    return load().monsters


def strong() -> Fighter:
    """Somebody who slays dragons."""
    hero = world.hero(strength=30, agility=20, endurance=20)
    blade = Blow("Blade", 20, (Damage(Dice(4, 6, 10), "force"),))
    return evolve(hero, hp=1000, nature=evolve(hero.nature, max_hp=1000, blows=(blade,)))


def weak() -> Fighter:
    """Somebody who should not have come."""
    hero = world.hero(strength=6, agility=6)
    return evolve(hero, hp=5, nature=evolve(hero.nature, max_hp=5))


def fought(template: MonsterTemplate, hero: Fighter) -> tuple[CombatSessionDTO, int]:
    """A whole fight: what it comes to, and the hit points that are left."""
    challenge = Challenge(horde=[(template, 1)], seed=1, came_from="exploration")
    change = ENGINE.start(challenge, hero, NOW)
    while not change.session.over:
        assert 0 < change.hero_hp <= hero.nature.max_hp
        now = evolve(hero, hp=change.hero_hp)
        target = ENGINE.default_target(change.session)
        change = ENGINE.act(change.session, now, Attack(target), NOW)
    return change.session, change.hero_hp


def test_there_are_all_of_them(monsters: Mapping[str, MonsterTemplate]) -> None:
    assert len(monsters) == 341


@pytest.mark.parametrize("hero", [strong(), weak()], ids=["strong", "weak"])
def test_every_monster_fights_to_the_end(
    monsters: Mapping[str, MonsterTemplate], hero: Fighter
) -> None:
    for name, template in monsters.items():
        session, hp = fought(template, hero)
        assert session.outcome in OUTCOMES, name
        assert (hp == 0) is (session.outcome == "defeat"), name
        assert session.round < 200, name
        assert CODEC.decode(CODEC.encode(session, None).put, SCHEMA) == session, name


def test_the_strong_mostly_win_and_the_weak_mostly_lose(
    monsters: Mapping[str, MonsterTemplate],
) -> None:
    ends = {
        who: [fought(one, hero)[0].outcome for one in monsters.values()]
        for who, hero in {"strong": strong(), "weak": weak()}.items()
    }
    assert ends["strong"].count("victory") > 300
    assert ends["weak"].count("defeat") > 250


def test_every_monster_has_a_way_to_hurt(monsters: Mapping[str, MonsterTemplate]) -> None:
    for name, template in monsters.items():
        session, _ = fought(template, weak())
        nature = session.monsters[0].nature
        assert nature.blows, name
        assert any(one.dice.max > 0 for blow in nature.blows for one in blow.damage), name
        assert nature.xp >= 10, name
