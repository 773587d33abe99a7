"""The log of a fight, in sentences."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from attrs import evolve

from gamestate.content.catalogue import Catalogue, load
from gamestate.content.dice import Dice
from gamestate.content.templates import Damage
from gamestate.modules.combat.actions import Action, Attack, Defend, Flee, Pass
from gamestate.modules.combat.dto import HERO, PARTY, Blow, Fighter, Nature
from gamestate.modules.combat.engine import Challenge, CombatEngine, Moment
from gamestate.modules.combat.formatter import CombatFormatter
from gamestate.modules.combat.policy import Instinct
from gamestate.modules.combat.rules import Rules
from gamestate.modules.combat.settings import CombatSettings
from gamestate.play.fight_log import FightLog, ending
from tests.unit.gamestate.play.shown import recorded, shown

VIEW = {
    "participants": [
        {"id": "hero", "name": "Mira", "side": "party"},
        {"id": "m1", "name": "Wolf", "side": "monsters"},
    ]
}
ROLL = {"dice": "1d20+3", "cast": [14], "total": 17, "against": 12}
BITE = {"actor": "m1", "target": "hero", "action": "attack", "attack": "Bite", "roll": ROLL}
SLASH = {"actor": "hero", "target": "m1", "action": "attack", "attack": "Longsword", "roll": ROLL}
UP = {"cur": 7, "max": 9}
DOWN = {"cur": 0, "max": 9}


def hurt(type_: str, dealt: int, rolled: int | None = None) -> dict[str, Any]:
    return {"dice": "1d8", "type": type_, "rolled": dealt if rolled is None else rolled,
            "dealt": dealt}  # fmt: skip


def seen(**entry: Any) -> str:
    return FightLog(VIEW).sentence({"n": 1, "round": 1, **entry}).plain


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({**SLASH, "result": "miss", "hp": UP}, "You miss Wolf (Longsword, 17 against 12)."),
        (
            {**BITE, "result": "hit", "damage": [hurt("piercing", 4)], "hp": UP},
            "Wolf hits you for 4 piercing (Bite, 17 against 12).",
        ),
        (
            {**SLASH, "result": "critical", "damage": [hurt("slashing", 9)], "hp": DOWN},
            "Critical! You hit Wolf for 9 slashing (Longsword, 17 against 12). Wolf falls.",
        ),
        (
            {**SLASH, "result": "hit", "hp": UP,
             "damage": [hurt("fire", 3, 7), hurt("cold", 0, 5)]},
            "You hit Wolf for 3 fire (rolled 7) and no cold (Longsword, 17 against 12).",
        ),
        (
            {**BITE, "result": "hit", "damage": [hurt("poison", 4)], "hp": UP, "conditions": [
                {"condition": "poisoned", "check": "endurance", "roll": ROLL,
                 "result": "inflicted", "turns": 2}]},
            ("Wolf hits you for 4 poison (Bite, 17 against 12). "
            "You are poisoned for 2 turns (endurance, 17 against 12)."),
        ),
        (
            {**BITE, "result": "miss", "hp": UP, "roll": {**ROLL, "edge": "disadvantage"}},
            "Wolf misses you (Bite, 17 against 12, disadvantage).",
        ),
        ({"actor": "hero", "action": "defend", "result": "defending"}, "You keep your guard up."),
        ({"actor": "m1", "action": "pass", "result": "passed"}, "Wolf waits."),
        (
            {"actor": "hero", "action": "flee", "result": "escaped", "roll": ROLL},
            "You get away (17 against 12).",
        ),
        (
            {"actor": "m1", "action": "flee", "result": "failed", "roll": ROLL},
            "Wolf tries to get away, in vain (17 against 12).",
        ),
        (
            {"actor": "hero", "action": "flee", "result": "held", "roll": ROLL},
            "You are held and can't get away (17 against 12).",
        ),
        (
            {"actor": "hero", "action": "use_item", "result": "used", "item_id": 5,
             "template_id": "potion-of-healing", "left": 2,
             "effects": [{"effect": "restore", "vital": "hp", "rolled": 9, "gained": 7}]},
            "You use Potion of Healing: +7 hp.",
        ),
        (
            {"actor": "m1", "action": "suffer", "result": "hurt", "hp": UP,
             "conditions": [{"condition": "burning", "turns": 1}], "damage": [hurt("fire", 2)]},
            "Wolf suffers 2 fire (burning).",
        ),
        (
            {"actor": "hero", "action": "suffer", "result": "lost_turn", "hp": UP,
             "conditions": [{"condition": "stunned", "turns": 1}]},
            "You are stunned and can't act.",
        ),
        (
            {"actor": "hero", "action": "recover", "result": "recovered",
             "conditions": [{"condition": "prone"}]},
            "You are no longer prone.",
        ),
        ({"actor": "hero", "action": "expire", "result": "lingers"}, "You took too long."),
        (
            {"actor": None, "action": "end", "result": "victory", "xp": 25,
             "slain": {"wolf": 1, "giant-rat": 2}},
            "Victory! Slain: wolf and giant rat x2. 25 xp.",
        ),
    ],
)  # fmt: skip
def test_an_entry_is_a_sentence(entry: Mapping[str, Any], sentence: str) -> None:
    assert seen(**entry) == sentence


def test_an_entry_of_a_newer_server_is_told_in_its_own_words() -> None:
    assert seen(actor="m1", action="sing", result="loudly") == "Wolf: sing, loudly."
    assert seen(actor="m9", action="pass", result="passed") == "m9 waits."


def test_an_outcome_of_a_newer_server_is_told_in_its_own_words() -> None:
    assert ending("called_off", 0, {}).plain == "The fight is over: called off."


START = (
    "You face Giant Rat 1 and Giant Rat 2. In turn: Giant Rat 1 (22), you (21), Giant Rat 2 (16)."
)
END = "Critical! You hit Giant Rat 2 for 22 slashing (Longsword, 23 against 13). Giant Rat 2 falls."


def test_a_fight_is_a_story() -> None:
    won = recorded("fight_won")
    log = FightLog(won)
    seen = [log.sentence(entry).plain for entry in won["log"]]
    assert seen == [
        START,
        "Giant Rat 1 misses you (Bite, 9 against 13).",
        "You hit Giant Rat 1 for 10 slashing (Longsword, 21 against 13). Giant Rat 1 falls.",
        "Critical! Giant Rat 2 hits you for 6 piercing (Bite, 25 against 13).",
        "You miss Giant Rat 2 (Longsword, 12 against 13).",
        "Giant Rat 2 hits you for 7 piercing (Bite, 14 against 13).",
        END,
        "Victory! Slain: giant rat x2. 50 xp.",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_in_a_fight_is_told(seed: int, catalogue: Catalogue) -> None:
    rules, random = Rules(), Random(seed)
    engine = CombatEngine(rules, Instinct(), CombatSettings(max_rounds=20))
    blow = Blow("Longsword", 9, (Damage(Dice(2, 8, 5), "slashing"), Damage(Dice(1, 4), "fire")))
    hero = Fighter(HERO, PARTY, "Mira", Nature(
        template_id=HERO, name="Mira", armor_class=16, max_hp=400, stats={}, blows=(blow,)), 400,
    )  # fmt: skip
    horde = [(one, 1) for one in random.sample(list(catalogue.monsters.values()), 5)]
    change = engine.start(Challenge(horde=horde, seed=seed, came_from="x"), hero, Moment(0))
    while not change.session.over:
        target = engine.default_target(change.session)
        choices: list[Action] = [Defend(), Pass(), Flee(), Attack(target)]
        action = random.choices(choices, (1, 1, 1, 9))[0]
        change = engine.act(change.session, evolve(hero, hp=change.hero_hp), action, Moment(0))
    view = CombatFormatter(rules, 100, 30).view(
        "s", change.session, "Mira", {"cur": change.hero_hp, "max": 400}, change.session.log
    )
    log = FightLog(view)
    for entry in view["log"]:
        sentence = shown(log.sentence(entry), width=1000)
        assert sentence.endswith((".", "!"))
        assert f": {entry['action']}, {entry['result']}." not in sentence, entry
