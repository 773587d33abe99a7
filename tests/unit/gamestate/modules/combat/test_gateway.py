"""Fights as a client has them: commands in, replies out, and what becomes of the character."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from gamestate.errors import DeadError, InCombatError, InvalidPayloadError, RefusedError
from gamestate.modules.combat.refusals import (
    NoFightError,
    NoTargetError,
    TargetDeadError,
    TooManyMonstersError,
    UnknownMonsterError,
)
from tests.unit.gamestate.modules.combat.world import START_S, Player, participant


def actions(reply: Any) -> list[tuple[str | None, str]]:
    """Who did what."""
    return [(one["actor"], one["action"]) for one in reply["log"]]


# ------------------------------------------------------------------ starting


def test_a_fight_shows_who_is_in_it_and_waits_for_the_character(player: Player) -> None:
    reply = player.fights("rat", "wolf")
    assert reply["session_id"] == player.state.sessions["combat"].session_id
    assert (reply["turn"], reply["over"], reply["outcome"]) == ("hero", False, None)
    assert reply["deadline_s"] == START_S + 30
    assert participant(reply) == {
        "id": "hero",
        "name": "Ann",
        "side": "party",
        "hp": {"cur": player.hp, "max": 100},
        "conditions": {},
        "defending": False,
    }
    assert participant(reply, "m1") == {
        "id": "m1",
        "name": "Rat",
        "side": "monsters",
        "hp": {"cur": 1, "max": 1},
        "conditions": {},
        "defending": False,
        "monster": "rat",
        "fled": False,
    }
    assert player.state.core.state == "combat"


def test_the_log_begins_with_everybodys_initiative(player: Player) -> None:
    reply = player.fights("rat", "wolf")
    first = reply["log"][0]
    assert (first["n"], first["action"], first["actor"]) == (1, "start", None)
    order = [one["id"] for one in reply["participants"]]
    assert [one["id"] for one in first["participants"]] == order
    totals = [one["initiative"]["total"] for one in first["participants"]]
    assert totals == sorted(totals, reverse=True)


def test_who_is_quicker_than_the_character_acts_before_the_first_reply(player: Player) -> None:
    reply = player.fights("dragon")
    assert actions(reply)[1:] == [("m1", "attack")] * 4


def test_the_same_seed_gives_the_same_fight_whoever_fights_it() -> None:
    ann, bob = Player(), Player()
    bob.state = bob.state.__class__(2, 7, 900, *_rest(bob))
    first, second = ann.fights("snake", count=3), bob.fights("snake", count=3)
    assert first["log"] == second["log"]
    while not first["over"]:
        first, second = ann.acts(), bob.acts()
        assert first["log"] == second["log"]


def _rest(player: Player) -> tuple[Any, Any]:
    return player.state.core, player.state.sessions


def test_another_seed_gives_another_fight() -> None:
    logs = [Player().fights("wolf", count=5, seed=seed)["log"] for seed in (1, 2)]
    assert logs[0] != logs[1]


def test_without_a_seed_the_turn_decides(player: Player) -> None:
    player.fights("wolf", seed=None)
    seed = player.session.seed
    again = Player()
    again.fights("wolf", seed=seed)
    assert again.session.log == player.session.log


def test_every_die_that_is_cast_is_counted(player: Player) -> None:
    player.fights("golem")
    drawn = player.session.drawn
    entries = player.acts("attack")["log"]
    cast = sum(len(one["roll"]["cast"]) for one in entries if "roll" in one)
    assert cast == 2
    assert player.session.drawn == drawn + cast


def test_the_log_does_not_tell_the_seed(player: Player) -> None:
    assert "seed" not in str(player.fights("wolf", seed=123_456_789))


@pytest.mark.parametrize("state", ["exploration", "inventory", "scenario"])
def test_a_fight_may_start_from_anywhere_in_the_world(player: Player, state: str) -> None:
    player.goes(state)
    player.fights("rat")
    assert player.state.core.state == "combat"


def test_who_fights_can_not_start_another_fight(player: Player) -> None:
    player.fights("golem")
    with pytest.raises(InCombatError):
        player.fights("rat")


def test_the_dead_fight_nobody(player: Player) -> None:
    player.has_hp(0)
    with pytest.raises(DeadError):
        player.fights("rat")


def test_there_are_no_fights_against_what_is_not_in_the_catalogue(player: Player) -> None:
    with pytest.raises(UnknownMonsterError) as caught:
        player.fights("rat", "unicorn")
    assert (caught.value.code, caught.value.facts) == ("unknown_monster", {"monster": "unicorn"})


def test_a_horde_is_bounded() -> None:
    player = Player(max_monsters=3)
    with pytest.raises(TooManyMonstersError) as caught:
        player.fights("rat", "wolf", count=2)
    assert caught.value.facts == {"asked": 4, "most": 3}
    assert not player.fights("rat", count=3)["over"]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "payload.monsters"),
        ({"monsters": []}, "payload.monsters"),
        ({"monsters": [{"monster": "rat", "count": 1}] * 101}, "payload.monsters"),
        ({"monsters": [{"monster": "rat"}]}, "payload.monsters[0].count"),
        ({"monsters": [{"monster": "rat", "count": 0}]}, "payload.monsters[0].count"),
        ({"monsters": [{"monster": "", "count": 1}]}, "payload.monsters[0].monster"),
        ({"monsters": "rat"}, "payload.monsters"),
        ({"monsters": [{"monster": "rat", "count": 1}], "seed": "x"}, "payload.seed"),
        ({"monsters": [{"monster": "rat", "count": 1}], "level": 1}, "payload.level"),
    ],
)
def test_a_malformed_start_names_the_field(
    player: Player, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        player.does("start", **payload)
    assert caught.value.facts["field"] == field


# ------------------------------------------------------------------ acting


def test_an_attack_is_answered_by_everybody_who_is_left(player: Player) -> None:
    player.fights("golem", "rat")
    reply = player.acts("attack", target="m1")
    acted = [actor for actor, action in actions(reply) if action == "attack"]
    assert acted[0] == "hero"
    assert set(acted[1:]) == {"m1", "m2"}


def test_without_a_target_the_first_that_is_up_is_attacked(player: Player) -> None:
    player.fights("golem", "rat")
    entries = [one for one in player.acts()["log"] if one["actor"] == "hero"]
    assert entries[0]["target"] == "m1"


def test_wounds_are_the_cores(player: Player) -> None:
    reply = player.fights("ogre", count=3)
    while player.hp == 100:
        reply = player.acts("pass")
    assert participant(reply)["hp"] == {"cur": player.hp, "max": 100}


def test_who_is_healed_from_outside_fights_on_with_more(player: Player) -> None:
    player.fights("golem")
    player.has_hp(37)
    player.does("core.adjust_vitals", hp=5)
    assert participant(player.does("view"))["hp"]["cur"] == 42


def test_an_item_takes_the_turn_and_what_it_did_is_in_the_log(player: Player) -> None:
    potions = player.gets("potion", 2)
    player.fights("golem")
    player.has_hp(50)
    reply = player.acts("use_item", item_id=potions)
    used, *others = reply["log"]
    assert (used["action"], used["result"]) == ("use_item", "used")
    assert (used["item_id"], used["template_id"], used["left"]) == (potions, "potion", 1)
    gained = used["effects"][0]["gained"]
    dealt = sum(part["dealt"] for one in others for part in one.get("damage", ()))
    assert player.hp == 50 + gained - dealt
    assert others, "the enemies act after it"


def test_an_items_dice_are_the_fights() -> None:
    rolled = []
    for version in (3, 70):
        player = Player()
        player.state = evolve(player.state, version=version)
        potions = player.gets("potion")
        player.fights("golem", seed=9)
        player.has_hp(20)
        drawn = player.session.drawn
        log = player.acts("use_item", item_id=potions)["log"]
        rolled += [one["effects"][0]["rolled"] for one in log if one["action"] == "use_item"]
        dice_of_the_potion, die_of_the_golem = 2, 1
        assert player.session.drawn == drawn + dice_of_the_potion + die_of_the_golem
    assert rolled[0] == rolled[1]


def test_an_item_that_can_not_be_used_costs_nothing(player: Player) -> None:
    sword = player.gets("longsword")
    player.fights("golem")
    before = player.state
    with pytest.raises(RefusedError):
        player.acts("use_item", item_id=sword)
    assert player.state is before


def test_what_is_put_on_in_a_fight_counts_at_once(player: Player) -> None:
    sword = player.gets("longsword")
    player.fights("golem")
    player.does("inventory.equip", item_id=sword)
    entries = [one for one in player.acts()["log"] if one["actor"] == "hero"]
    assert entries[0]["attack"] == "Longsword"


def test_both_weapons_strike() -> None:
    player = Player()
    player.wears("longsword", "main_hand")
    player.wears("dagger", "off_hand")
    player.fights("golem")
    entries = [one["attack"] for one in player.acts()["log"] if one["actor"] == "hero"]
    assert entries == ["Longsword", "Dagger"]


def test_a_target_that_is_not_there_is_refused_with_those_that_are(player: Player) -> None:
    player.fights("golem", "rat")
    for target in ("m3", "hero", "rat"):
        with pytest.raises(NoTargetError) as caught:
            player.acts("attack", target=target)
        living = [{"id": "m1", "name": "Golem"}, {"id": "m2", "name": "Rat"}]
        assert caught.value.facts == {"target": target, "living": living}


def test_a_dead_target_is_refused_with_the_living(player: Player) -> None:
    reply = player.fights("golem", "rat")
    while participant(reply, "m2")["hp"]["cur"]:
        reply = player.acts("attack", target="m2")
    with pytest.raises(TargetDeadError) as caught:
        player.acts("attack", target="m2")
    assert caught.value.facts["living"] == [{"id": "m1", "name": "Golem"}]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "payload.action"),
        ({"action": "dance"}, "payload.action"),
        ({"action": "use_item"}, "payload.item_id"),
        ({"action": "use_item", "item_id": "5"}, "payload.item_id"),
        ({"action": "attack", "target": 1}, "payload.target"),
        ({"action": "attack", "weapon": 1}, "payload.weapon"),
    ],
)
def test_a_malformed_action_names_the_field(
    player: Player, payload: dict[str, Any], field: str
) -> None:
    player.fights("golem")
    with pytest.raises(InvalidPayloadError) as caught:
        player.does("act", **payload)
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize("command", ["act", "view", "end"])
def test_without_a_fight_there_is_nothing_to_do(player: Player, command: str) -> None:
    payload = {"action": "attack"} if command == "act" else {}
    with pytest.raises(NoFightError):
        player.does(command, **payload)
    player.fights("rat")
    player.fights_on()
    with pytest.raises(NoFightError):
        player.does(command, **payload)


def test_looking_changes_nothing(player: Player) -> None:
    reply = player.fights("golem")
    assert player.does("view") == reply
    assert player.turn.touched == {}


# ------------------------------------------------------------------ the end


def test_a_victory_says_what_was_slain_and_what_it_was_worth(player: Player) -> None:
    player.fights("rat", "husk", count=2)
    player.has_hp(1000, 1000)
    reply = player.fights_on()
    assert (reply["over"], reply["outcome"], reply["deadline_s"]) == (True, "victory", None)
    assert reply["xp"] == 200
    assert reply["slain"] == [{"monster": "rat", "count": 2}, {"monster": "husk", "count": 2}]
    assert player.state.core.state == "exploration"
    last = reply["log"][-1]
    assert (last["action"], last["result"], last["xp"]) == ("end", "victory", 200)


def test_nothing_is_said_of_spoils_before_the_end(player: Player) -> None:
    reply = player.fights("golem")
    assert {"xp", "slain"} & set(reply) == set()


def test_the_defeated_have_no_hit_points_and_are_out_of_the_fight(player: Player) -> None:
    player.fights("dragon", seed=3)
    reply = player.fights_on("pass")
    assert (reply["outcome"], reply["xp"], reply["slain"]) == ("defeat", 0, [])
    assert participant(reply)["hp"]["cur"] == player.hp == 0
    assert player.state.core.state == "exploration"


def test_a_fight_may_be_lost_before_the_first_turn(player: Player) -> None:
    player.has_hp(1)
    reply = player.fights("dragon", seed=2)
    assert (reply["over"], reply["outcome"], player.hp) == (True, "defeat", 0)
    assert reply["session_id"] == player.state.sessions["combat"].session_id
    assert player.state.core.state == "exploration"


def test_who_flees_is_out_of_the_fight(player: Player) -> None:
    player.fights("rat")
    reply = player.fights_on("flee")
    assert (reply["outcome"], reply["xp"]) == ("fled", 0)
    assert player.state.core.state == "exploration"
    assert player.hp > 0


def test_a_long_fight_ends_without_a_winner() -> None:
    player = Player(max_rounds=5)
    player.fights("golem")
    reply = player.fights_on("defend")
    assert (reply["outcome"], reply["round"]) == ("ended", 5)


def test_who_is_killed_from_outside_is_defeated_and_does_nothing(player: Player) -> None:
    player.fights("golem")
    player.has_hp(0)
    reply = player.acts()
    assert reply["outcome"] == "defeat"
    assert actions(reply) == [(None, "end")]


def test_who_is_killed_from_outside_uses_up_nothing(player: Player) -> None:
    potions = player.gets("potion")
    player.fights("golem")
    player.has_hp(0)
    assert player.acts("use_item", item_id=potions)["outcome"] == "defeat"
    assert potions in player.state.sessions["inventory"].data.items


@pytest.mark.parametrize(
    ("before", "after"), [("scenario", "scenario"), ("inventory", "exploration")]
)
def test_the_character_goes_back_to_where_it_was(player: Player, before: str, after: str) -> None:
    player.goes(before)
    player.fights("rat")
    player.fights_on()
    assert player.state.core.state == after


def test_an_operator_ends_any_fight(player: Player) -> None:
    player.goes("scenario")
    player.fights("golem")
    hp = player.hp
    reply = player.does("end")
    assert (reply["over"], reply["outcome"], reply["xp"]) == (True, "ended", 0)
    assert (player.hp, player.state.core.state) == (hp, "scenario")


def test_an_operator_frees_a_character_whose_fight_was_lost(player: Player) -> None:
    player.goes("combat")
    reply = player.does("end")
    assert (reply["over"], reply["outcome"], reply["session_id"]) == (True, "ended", None)
    assert player.state.core.state == "exploration"


def test_the_end_is_backed_up_soon(player: Player) -> None:
    player.fights("rat")
    player.fights_on()
    assert player.turn.backup


# ------------------------------------------------------------------ after the end


def test_a_fight_that_is_over_is_not_shown_but_kept_until_it_is_saved(player: Player) -> None:
    player.fights("rat")
    assert player.combat.shown(player.session)
    assert player.combat.keeps(player.session)
    player.fights_on()
    assert not player.combat.shown(player.session)
    assert not player.combat.keeps(player.session)


def test_the_next_fight_has_a_session_of_its_own(player: Player) -> None:
    first = player.fights("rat")["session_id"]
    player.fights_on()
    second = player.fights("rat", seed=2)
    assert second["session_id"] == player.state.sessions["combat"].session_id != first
    assert second["log"][0]["n"] == 1
    assert list(player.stores.hot) == [second["session_id"]]


# ------------------------------------------------------------------ for a scenario


def test_a_scenario_is_told_the_outcome_of_its_fight(player: Player) -> None:
    player.does("scenario.ambush", monster="rat")
    assert (player.state.core.state, player.tale) == ("combat", ())
    player.fights_on()
    assert player.tale == ("victory",)
    assert player.state.core.state == "scenario"


def test_a_scenario_is_told_of_a_fight_that_was_lost_at_once(player: Player) -> None:
    player.has_hp(1)
    player.does("scenario.ambush", monster="dragon", seed=2)
    assert player.tale == ("defeat",)
    assert player.state.core.state == "exploration"


def test_a_scenario_is_told_of_a_defeat(player: Player) -> None:
    player.does("scenario.ambush", monster="dragon", seed=3)
    player.fights_on("pass")
    assert player.tale == ("defeat",)
    assert player.state.core.state == "exploration"


def test_a_scenario_is_told_when_an_operator_ends_its_fight(player: Player) -> None:
    player.does("scenario.ambush", monster="golem")
    player.does("end")
    assert player.tale == ("ended",)


def test_a_scenario_hears_nothing_of_fights_it_did_not_start(player: Player) -> None:
    player.goes("scenario")
    player.fights("rat")
    player.fights_on()
    assert "scenario" not in player.state.sessions


def test_a_scenario_may_go_on_to_the_next_fight_in_the_same_turn(player: Player) -> None:
    player.does("scenario.ambush", monster="rat", again=True)
    first = player.state.sessions["combat"].session_id
    reply = player.fights_on()
    assert (reply["session_id"], reply["outcome"]) == (first, "victory")
    assert player.state.core.state == "combat"
    assert player.state.sessions["combat"].session_id != first
    assert not player.session.over
    player.fights_on()
    assert player.tale == ("victory", "victory")


def test_a_scenarios_fight_has_the_seed_it_asks_for(player: Player) -> None:
    player.does("scenario.ambush", monster="wolf", seed=77, count=2)
    other = Player()
    other.fights("wolf", seed=77, count=2)
    assert player.session.log == other.session.log
