"""Turns: how they begin, what is done in them, how they end, and that they do end."""

from __future__ import annotations

import pytest
from attrs import evolve, frozen

from gamestate.content.dice import RandomStream
from gamestate.modules.combat.actions import Action, Attack, Defend, Flee, Pass, UseItem
from gamestate.modules.combat.dto import HERO
from gamestate.modules.combat.policy import PolicyError, Situation
from tests.unit.gamestate.modules.combat import world
from tests.unit.gamestate.modules.combat.arena import Arena, blow, foe


@frozen
class Always:
    """A policy with one idea."""

    action: Action

    def decide(self, situation: Situation, random: RandomStream) -> Action:
        return self.action


IDLE = Always(Pass())


def results(arena: Arena) -> list[tuple[str | None, str, str]]:
    """Who did what, and what came of it."""
    return [(one["actor"], one["action"], one["result"]) for one in arena.log]


# ------------------------------------------------------------------ order


def test_everybody_has_a_turn_before_the_character_has_its_next() -> None:
    arena = Arena(foe(1), foe(2), policy=IDLE)
    arena.turns.take(arena.draft, HERO, Pass())
    arena.turns.play_on(arena.draft)
    assert [actor for actor, *_ in results(arena)] == ["hero", "m1", "m2"]
    assert (arena.draft.round, arena.draft.turn, arena.draft.outcome) == (2, 0, None)


def test_who_has_fallen_or_fled_has_no_turn() -> None:
    arena = Arena(foe(1, hp=0), foe(2, fled=True), foe(3), policy=IDLE)
    arena.turns.play_on(arena.draft)
    assert [actor for actor, *_ in results(arena)] == ["m3"]


def test_a_fight_ends_after_the_last_round() -> None:
    arena = Arena(policy=IDLE, max_rounds=3)
    for _ in range(3):
        arena.turns.take(arena.draft, HERO, Pass())
        arena.turns.play_on(arena.draft)
    assert (arena.draft.outcome, arena.draft.round) == ("ended", 3)


def test_a_fight_without_enemies_is_won() -> None:
    arena = Arena(foe(1, hp=0), foe(2, fled=True))
    arena.turns.play_on(arena.draft)
    assert arena.draft.outcome == "victory"


def test_nobody_acts_after_the_character_has_fallen() -> None:
    arena = Arena(foe(1), foe(2), hero=evolve(world.hero(), hp=1), dice=(11, 3))
    arena.turns.play_on(arena.draft)
    assert results(arena) == [("m1", "attack", "hit")]
    assert arena.draft.outcome == "defeat"


# ------------------------------------------------------------------ attacks


def test_a_monster_strikes_as_often_as_its_kind_does() -> None:
    arena = Arena(foe(strikes=3), dice=(2, 2, 2))
    arena.turns.play_on(arena.draft)
    assert len(arena.log) == 3


def test_the_character_strikes_once_with_each_of_its_weapons() -> None:
    hero = world.hero()
    armed = evolve(hero, nature=evolve(hero.nature, blows=(blow("1d8"), blow("1d4"))))
    arena = Arena(hero=armed, dice=(11, 3, 11, 3))
    arena.turns.take(arena.draft, HERO, Attack("m1"))
    assert [one["damage"][0]["dice"] for one in arena.log] == ["1d8", "1d4"]


def test_the_second_strike_goes_to_the_next_enemy_if_the_first_felled_one() -> None:
    hero = world.hero()
    armed = evolve(hero, nature=evolve(hero.nature, blows=(blow(), blow())))
    arena = Arena(foe(1), foe(2, hp=1), hero=armed, dice=(11, 3, 11, 3))
    arena.turns.take(arena.draft, HERO, Attack("m2"))
    assert [one["target"] for one in arena.log] == ["m2", "m1"]


def test_a_strike_at_nobody_is_not_made() -> None:
    hero = world.hero()
    armed = evolve(hero, nature=evolve(hero.nature, blows=(blow(), blow())))
    arena = Arena(foe(hp=1), hero=armed, dice=(11, 3))
    arena.turns.take(arena.draft, HERO, Attack("m1"))
    arena.turns.play_on(arena.draft)
    assert (len(arena.log), arena.draft.outcome) == (1, "victory")


# ------------------------------------------------------------------ other actions


def test_defending_lasts_until_the_next_turn() -> None:
    arena = Arena(policy=IDLE)
    arena.turns.take(arena.draft, HERO, Defend())
    assert arena.hero.defending
    arena.turns.play_on(arena.draft)
    assert not arena.hero.defending


def test_monsters_can_defend_too() -> None:
    arena = Arena(policy=Always(Defend()))
    arena.turns.play_on(arena.draft)
    assert arena.foe().defending


def test_a_check_against_the_swiftest_enemy_gets_the_character_away() -> None:
    swift = foe(2, stats={"agility": 16})
    arena = Arena(foe(1), swift, dice=(13,))
    arena.turns.take(arena.draft, HERO, Flee())
    assert arena.log[0]["roll"] == {"dice": "1d20", "cast": [13], "total": 13, "against": 13}
    assert arena.draft.outcome == "fled"


def test_enemies_that_are_down_hold_nobody_up() -> None:
    arena = Arena(foe(1), foe(2, hp=0, stats={"agility": 30}), dice=(10,))
    arena.turns.take(arena.draft, HERO, Flee())
    assert arena.draft.outcome == "fled"


def test_failing_to_flee_costs_the_turn() -> None:
    arena = Arena(dice=(9,), policy=IDLE)
    arena.turns.take(arena.draft, HERO, Flee())
    arena.turns.play_on(arena.draft)
    assert results(arena) == [("hero", "flee", "failed"), ("m1", "pass", "passed")]
    assert arena.draft.outcome is None


@pytest.mark.parametrize("condition", ["grappled", "restrained"])
def test_who_is_held_does_not_get_away(condition: str) -> None:
    dice = (20,) if condition == "grappled" else (20, 20)
    arena = Arena(dice=dice, conditions={condition: 1})
    arena.turns.take(arena.draft, HERO, Flee())
    assert arena.log[0]["result"] == "held"
    assert arena.draft.outcome is None


def test_a_monster_that_fled_is_out_of_the_fight_and_not_slain() -> None:
    arena = Arena(foe(), dice=(10,), policy=Always(Flee()))
    arena.turns.play_on(arena.draft)
    assert arena.draft.outcome == "victory"
    assert arena.rules.spoils(arena.draft.monsters, "victory").slain == {}


def test_what_an_item_did_is_in_the_log() -> None:
    arena = Arena()
    arena.turns.take(arena.draft, HERO, UseItem({"item_id": 5, "effects": [{"gained": 3}]}))
    assert arena.log[0] == {
        "n": 1,
        "round": 1,
        "actor": "hero",
        "action": "use_item",
        "result": "used",
        "item_id": 5,
        "effects": [{"gained": 3}],
    }


# ------------------------------------------------------------------ conditions


def test_burning_hurts_as_a_turn_begins_and_ends_with_its_last_turn() -> None:
    arena = Arena(foe(conditions={"burning": 1}), dice=(3,), policy=IDLE)
    arena.turns.play_on(arena.draft)
    assert results(arena) == [
        ("m1", "suffer", "hurt"),
        ("m1", "pass", "passed"),
        ("m1", "recover", "recovered"),
    ]
    assert arena.log[0]["damage"] == [{"dice": "1d4", "type": "fire", "rolled": 3, "dealt": 3}]
    assert (arena.foe().hp, arena.foe().conditions) == (7, {})


def test_a_condition_is_a_turn_shorter_after_each_turn() -> None:
    arena = Arena(foe(conditions={"burning": 3}), dice=(1,), policy=IDLE)
    arena.turns.play_on(arena.draft)
    assert arena.foe().conditions == {"burning": 2}


def test_who_dies_of_a_condition_does_nothing_more() -> None:
    arena = Arena(foe(hp=1, conditions={"poisoned": 1}), dice=(4,), policy=IDLE)
    arena.turns.play_on(arena.draft)
    assert results(arena) == [("m1", "suffer", "hurt")]
    assert arena.draft.outcome == "victory"


def test_torment_is_resisted_like_any_damage() -> None:
    arena = Arena(foe(conditions={"burning": 2}, resistances=("fire",)), dice=(3,), policy=IDLE)
    arena.turns.play_on(arena.draft)
    assert arena.foe().hp == 9


def test_the_stunned_lose_their_turns() -> None:
    arena = Arena(foe(conditions={"stunned": 1}), policy=IDLE)
    arena.turns.play_on(arena.draft)
    assert results(arena) == [("m1", "suffer", "lost_turn"), ("m1", "recover", "recovered")]


def test_a_stunned_character_is_passed_over() -> None:
    arena = Arena(policy=IDLE)
    arena.turns.take(arena.draft, HERO, Pass())
    arena.draft.put(evolve(arena.hero, conditions={"stunned": 2}))
    arena.turns.play_on(arena.draft)
    lost = [("hero", "suffer", "lost_turn"), ("m1", "pass", "passed")]
    assert results(arena)[2:-3] == lost
    assert (arena.draft.round, arena.hero.conditions) == (4, {})


def test_a_character_that_is_never_itself_again_still_comes_to_an_end() -> None:
    arena = Arena(policy=IDLE, max_rounds=10)
    arena.turns.take(arena.draft, HERO, Pass())
    arena.draft.put(evolve(arena.hero, conditions={"petrified": 10_000}))
    arena.turns.play_on(arena.draft)
    assert arena.draft.outcome == "ended"


def test_a_condition_hampers_the_turn_in_which_it_ends() -> None:
    arena = Arena(dice=(15, 2), conditions={"frightened": 1})
    arena.turns.take(arena.draft, HERO, Attack("m1"))
    assert arena.log[0]["roll"]["edge"] == "disadvantage"
    assert arena.hero.conditions == {}


def test_who_is_hampered_flees_with_disadvantage() -> None:
    arena = Arena(dice=(20, 5), conditions={"frightened": 2})
    arena.turns.take(arena.draft, HERO, Flee())
    assert arena.log[0]["result"] == "failed"


# ------------------------------------------------------------------ what a policy may not do


@pytest.mark.parametrize(
    "action", [Attack("m1"), Attack("nobody"), Attack("hero", blow("9d9")), UseItem({})]
)
def test_a_policy_that_wants_the_impossible_is_a_mistake(action: Action) -> None:
    arena = Arena(policy=Always(action))
    with pytest.raises(PolicyError, match="Foe 1"):
        arena.turns.play_on(arena.draft)
