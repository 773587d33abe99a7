"""What Redis holds of a fight."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gamestate.modules.combat.dto import CombatSessionDTO
from tests.unit.gamestate.modules.combat.world import MONSTERS, Player


@pytest.fixture
def fight(player: Player) -> Player:
    """A character in a fight against two rats and a golem."""
    player.does(
        "start",
        monsters=[{"monster": "rat", "count": 2}, {"monster": "golem", "count": 1}],
        seed=5,
    )
    return player


def stored(player: Player) -> dict[str, bytes]:
    """All parts."""
    return dict(player.combat.save_session(player.session, None).put)


def changed(fields: dict[str, bytes], part: str, **values: Any) -> dict[str, bytes]:
    """The parts with other values in one; None takes a value away."""
    value = {**orjson.loads(fields[part]), **values}
    left = {name: one for name, one in value.items() if one is not ...}
    return {**fields, part: orjson.dumps(left)}


def test_a_fight_has_a_part_for_each_kind_monster_and_entry(fight: Player) -> None:
    entries = {f"log:{number}" for number in range(1, len(fight.session.log) + 1)}
    named = {"fight", "kind:rat", "kind:golem", "monster:1", "monster:2", "monster:3"}
    assert set(stored(fight)) == named | entries


def test_a_restored_fight_is_the_same(fight: Player) -> None:
    assert fight.combat.restore_session(stored(fight), 1) == fight.session


def test_a_turn_writes_what_it_changed(fight: Player) -> None:
    before = fight.session
    fight.acts("attack", target="m3")
    parts = fight.combat.save_session(fight.session, fight.turn.touched["combat"])
    unhurt = [n for n in (1, 2, 3) if before.monsters[n - 1] is fight.session.monsters[n - 1]]
    assert {"monster:1", "monster:2"} & set(parts.put) == set()
    assert unhurt[:2] == [1, 2]
    assert not any(part.startswith("kind:") for part in parts.put)
    assert f"log:{before.log_next}" in parts.put
    assert f"log:{before.log_next - 1}" not in parts.put


def test_a_fight_goes_on_with_monsters_that_left_the_catalogue(fight: Player) -> None:
    kept = {name: one for name, one in MONSTERS.items() if name != "golem"}
    later = Player(kept)
    session = later.combat.restore_session(stored(fight), 1)
    assert session == fight.session


def test_an_unknown_part_can_not_be_encoded(fight: Player) -> None:
    with pytest.raises(ValueError, match="pockets"):
        fight.combat.save_session(fight.session, ["pockets"])


def test_another_schema_is_refused(fight: Player) -> None:
    with pytest.raises(ValueError, match="schema 2"):
        fight.combat.restore_session(stored(fight), 2)


@pytest.mark.parametrize("missing", ["fight", "kind:rat", "monster:1", "monster:3", "log:1"])
def test_a_missing_part_is_refused(fight: Player, missing: str) -> None:
    fields = stored(fight)
    fight.acts("pass")
    del fields[missing]
    if missing == "log:1":  # the oldest may have been let go of, but none after it
        fields["log:0"] = b"{}"
    with pytest.raises(ValueError, match=r"."):
        fight.combat.restore_session(fields, 1)


def test_a_gap_in_the_log_is_refused(fight: Player) -> None:
    fight.acts("pass")
    fields = stored(fight)
    del fields["log:2"]
    with pytest.raises(ValueError, match="gaps"):
        fight.combat.restore_session(fields, 1)


@pytest.mark.parametrize(
    ("part", "raw"),
    [
        ("pockets", b"{}"),
        ("monster:4", b'{"kind":"rat","name":"Rat 3","hp":1}'),
        ("monster:01", b"{}"),
        ("monster:", b"{}"),
        ("monster:x", b"{}"),
        ("kind:wolf", b"{}"),
        ("log:x", b"{}"),
        ("log:1", b"[]"),
        ("log:1", b"{"),
        ("log:1", b'{"n":2,"round":1,"actor":null,"action":"start","result":"started"}'),
        ("log:1", b'{"n":1,"round":"1","actor":null,"action":"start","result":"started"}'),
        ("log:1", b'{"n":1,"round":1,"actor":7,"action":"start","result":"started"}'),
        ("log:1", b'{"n":1,"round":1,"actor":null,"result":"started"}'),
        ("past:8c9dcb7e-7f0d-4b0c-8f4f-0f7d8a5d1e11", b"[]"),
        ("past:8c9dcb7e-7f0d-4b0c-8f4f-0f7d8a5d1e11", b"{}"),
        ("fight", b"null"),
        ("fight", b"[]"),
    ],
)
def test_a_part_that_can_not_be_is_refused(fight: Player, part: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fight.combat.restore_session({**stored(fight), part: raw}, 1)


@pytest.mark.parametrize(
    ("part", "values", "problem"),
    [
        ("monster:1", {"hp": -1}, "hp"),
        ("monster:1", {"hp": 2}, "hit points"),
        ("monster:1", {"hp": 1.0}, "hp"),
        ("monster:1", {"hp": True}, "hp"),
        ("monster:1", {"kind": "wolf"}, "kind"),
        ("monster:3", {"kind": "rat", "hp": 1}, "kinds"),
        ("monster:1", {"conditions": {"dizzy": 1}}, "unknown conditions: dizzy"),
        ("monster:1", {"conditions": {"poisoned": 0}}, "conditions"),
        ("monster:1", {"hp": 0, "fled": True}, "fled and is dead"),
        ("monster:1", {"mood": "bad"}, "mood"),
        ("monster:1", {"name": ...}, "name"),
        ("kind:rat", {"template_id": "mouse"}, r"kind"),
        ("kind:rat", {"blows": []}, "no way to hit"),
        ("kind:rat", {"max_hp": 0}, r"hit points"),
        ("kind:rat", {"strikes": 0}, "strikes"),
        ("kind:rat", {"armor_class": "10"}, "armor_class"),
        ("fight", {"turn": 4}, "no turn 4"),
        ("fight", {"turn": -1}, "turn"),
        ("fight", {"order": ["hero", "m1", "m2"]}, "order"),
        ("fight", {"order": ["hero", "m1", "m1", "m2"]}, "order"),
        ("fight", {"order": ["hero", "m1", "m2", "m4"]}, "order"),
        ("fight", {"round": 0}, "round"),
        ("fight", {"drawn": -1}, "drawn"),
        ("fight", {"seed": "x"}, "seed"),
        ("fight", {"seed": 2**60}, "seed"),
        ("fight", {"outcome": "draw"}, "outcome"),
        ("fight", {"outcome": "victory"}, "deadline"),
        ("fight", {"deadline_s": "soon"}, "deadline_s"),
        ("fight", {"conditions": {"dizzy": 1}}, "unknown conditions: dizzy"),
        ("fight", {"monsters": 2}, "monsters"),
        ("fight", {"monsters": 0}, "monsters"),
        ("fight", {"log_next": 1}, "gaps"),
        ("fight", {"saved_to": 999}, "999"),
        ("fight", {"came_from": ""}, "came_from"),
        ("fight", {"awaited": 1}, "awaited"),
        ("fight", {"mood": "bad"}, "mood"),
        ("fight", {"drawn": ...}, "drawn"),
    ],
)
def test_what_can_not_be_is_refused(
    fight: Player, part: str, values: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        fight.combat.restore_session(changed(stored(fight), part, **values), 1)


def test_a_fight_in_which_it_is_somebody_elses_turn_is_refused(fight: Player) -> None:
    session: CombatSessionDTO = fight.session
    others = [at for at, who in enumerate(session.order) if who != "hero"]
    with pytest.raises(ValueError, match="turn"):
        fight.combat.restore_session(changed(stored(fight), "fight", turn=others[0]), 1)


def test_a_fight_without_enemies_that_is_not_over_is_refused(fight: Player) -> None:
    fields = stored(fight)
    for number in (1, 2, 3):
        fields = changed(fields, f"monster:{number}", hp=0)
    with pytest.raises(ValueError, match="no enemies"):
        fight.combat.restore_session(fields, 1)
