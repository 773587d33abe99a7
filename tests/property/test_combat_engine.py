"""Random fights: whatever is asked, in whatever order, and wherever the server dies.

Legal and illegal commands never crash one, hit points stay in their bounds, every fight ends, what
a turn says it touched is enough for both stores, and no die is rolled differently because of a
restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gamestate.errors import GameStateError
from tests.support.effort import examples
from tests.unit.gamestate.modules.combat.world import MONSTERS, Player

Horde = list[tuple[str, int]]

KINDS = st.sampled_from(["rat", "rat", "wolf", "snake", "ogre", "dragon"])
HORDE = st.lists(st.tuples(KINDS, st.integers(1, 2)), min_size=1, max_size=3)
BAD_HORDE = st.sampled_from([[("unicorn", 1)], [("rat", 9)], [("rat", 1)]])
SEED = st.integers(0, 2**53 - 1)
TARGET = st.none() | st.sampled_from([*(f"m{number}" for number in range(1, 9)), "hero", "rat"])
ACTION = st.sampled_from(["attack", "attack", "defend", "flee", "pass"])
CHOSEN = {"log_kept": 8, "max_rounds": 12, "max_monsters": 8, "offline_turns": 2}


class AnyFight(RuleBasedStateMachine):
    """Commands at random, with both stores kept by deltas alone; and a twin whose server never dies
    and whose Postgres never has anything."""

    def __init__(self) -> None:
        super().__init__()
        self.player = self.twin = Player()
        self.told: dict[str, set[int]] = {}  # what anybody was ever told of a fight
        self.potions = 0

    @initialize(
        strength=st.integers(1, 30),
        hp=st.integers(1, 400),
        gear=st.sets(st.sampled_from(["longsword", "shield", "dagger"])),
        offline=st.sampled_from(["fled", "defeat", "ended", "defend"]),
    )
    def is_set_up(self, strength: int, hp: int, gear: set[str], offline: str) -> None:
        stats = {"strength": strength, "agility": 31 - strength}
        chosen: dict[str, Any] = {**CHOSEN, "offline_outcome": offline}
        self.player, self.twin = (Player(stats=stats, **chosen) for _ in range(2))
        for one in self.both:
            one.has_hp(hp, hp)
            self.potions = one.gets("potion", 20)
            for item in sorted(gear):
                self.refusable(one, "inventory.equip", item_id=one.gets(item))

    # ------------------------------------------------------------------ what a client may do

    @precondition(lambda self: not self.fighting)
    @rule(horde=HORDE, seed=SEED)
    def is_healed_and_fights(self, horde: Horde, seed: int) -> None:
        self.does("core.adjust_vitals", hp=500)
        self.starts(horde, seed)

    @precondition(lambda self: self.fighting)
    @rule(data=st.data())
    def attacks_somebody_who_is_up(self, data: st.DataObject) -> None:
        up = [one.id for one in self.fight.monsters if one.up]
        self.does("act", action="attack", target=data.draw(st.sampled_from(up)))

    @precondition(lambda self: self.fighting)
    @rule(action=ACTION)
    def does_something(self, action: str) -> None:
        self.does("act", action=action)

    @precondition(lambda self: self.fighting)
    @rule()
    def drinks(self) -> None:
        self.does("act", action="use_item", item_id=self.potions)

    @precondition(lambda self: self.fighting)
    @rule(points=st.sampled_from([-200, -5, 200, 200]))
    def is_hurt_or_healed_from_outside(self, points: int) -> None:
        self.does("core.adjust_vitals", hp=points)

    @precondition(lambda self: self.fighting)
    @rule(late=st.booleans())
    def waits(self, late: bool) -> None:
        for one in self.both:
            one.now_s += 31.0 if late else 1.0
            one.wakes()
        self.both_are_alike()

    @rule(
        message=st.sampled_from(["act", "view", "end", "start"]),
        action=st.sampled_from(["attack", "use_item", "flee"]),
        at=TARGET,
        horde=BAD_HORDE,
    )
    def asks_for_anything(self, message: str, action: str, at: str | None, horde: Horde) -> None:
        if message == "act":
            self.does("act", action=action, target=at, item_id=7)
        elif message == "start":
            self.starts(horde, 1)
        else:
            self.does(message)

    # ------------------------------------------------------------------ what happens to servers

    @rule()
    def postgres_gets_everything(self) -> None:
        self.player.is_saved()
        for session_id, numbers in self.told.items():
            assert set(self.player.stores.log[session_id]) == numbers

    @precondition(lambda self: self.fight is not None)
    @rule()
    def the_server_dies(self) -> None:
        self.player.restarts()

    @precondition(lambda self: self.fighting)
    @rule()
    def server_and_redis_die_after_a_backup(self) -> None:
        self.player.is_saved()
        self.player.loses_redis()

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def hit_points_are_within_their_bounds(self) -> None:
        hp = self.player.state.core.vitals["hp"]
        assert 0 <= hp["cur"] <= hp["max"]
        for monster in self.fight.monsters if self.fight else ():
            assert 0 <= monster.hp <= monster.nature.max_hp

    @invariant()
    def who_fights_is_in_a_fight_that_goes_on(self) -> None:
        fighting = self.player.state.core.state == "combat"
        assert fighting == self.fighting

    @invariant()
    def it_is_the_characters_turn_or_the_fight_is_over(self) -> None:
        if self.fighting:
            assert self.fight.order[self.fight.turn] == "hero"
            assert any(one.up for one in self.fight.monsters)
            assert self.fight.round <= CHOSEN["max_rounds"]

    @invariant()
    def redis_has_all_of_it(self) -> None:
        session = self.player.state.sessions.get("combat")
        if session is None:
            assert self.player.stores.hot == {}
            return
        whole = self.player.combat.save_session(session.data, None).put
        assert self.player.stores.hot == {session.session_id: whole}
        assert self.player.combat.restore_session(whole, session.schema) == session.data

    @property
    def both(self) -> tuple[Player, Player]:
        return self.player, self.twin

    @property
    def fight(self) -> Any:
        session = self.player.state.sessions.get("combat")
        return None if session is None else session.data

    @property
    def fighting(self) -> bool:
        return self.fight is not None and not self.fight.over

    def starts(self, horde: Horde, seed: int) -> None:
        monsters = [{"monster": kind, "count": count} for kind, count in horde]
        self.does("start", monsters=monsters, seed=seed)

    def does(self, message: str, **payload: Any) -> None:
        """The same for both; the answers are the same but for the session's id."""
        answers = [self.refusable(one, message, **payload) for one in self.both]
        first, second = ({**one, "session_id": None} for one in answers)
        assert first == second
        self.both_are_alike()

    def both_are_alike(self) -> None:
        assert self.player.state.core == self.twin.state.core
        if session := self.player.state.sessions.get("combat"):
            shown = self.told.setdefault(session.session_id, set())
            shown |= {entry["n"] for entry in session.data.log}

    @staticmethod
    def refusable(player: Player, message: str, **payload: Any) -> Mapping[str, Any]:
        """The reply, or what was refused; then nothing changed."""
        before = player.state
        try:
            reply = player.does(message, **payload)
        except GameStateError as error:
            assert player.state is before
            return {"code": error.code, **error.facts}
        assert orjson.loads(orjson.dumps(reply)) == reply
        return reply


TestAnyFight = AnyFight.TestCase
TestAnyFight.settings = settings(examples(40), stateful_step_count=40)


@given(
    horde=st.lists(
        st.tuples(st.sampled_from(sorted(MONSTERS)), st.integers(1, 4)), min_size=1, max_size=3
    ),
    seed=SEED,
    action=st.sampled_from(["attack", "defend", "pass"]),
    max_rounds=st.integers(1, 30),
)
@examples(60)
def test_every_fight_ends_within_its_rounds(
    horde: list[tuple[str, int]], seed: int, action: str, max_rounds: int
) -> None:
    player = Player(max_rounds=max_rounds)
    monsters = [{"monster": kind, "count": count} for kind, count in horde]
    reply = player.does("start", monsters=monsters, seed=seed)
    turns = 0
    while not reply["over"]:
        reply = player.acts(action)
        turns += 1
    assert turns <= max_rounds
    assert reply["round"] <= max_rounds
    assert reply["outcome"] in ("victory", "defeat", "ended")


@given(seed=SEED, kills=st.sets(st.integers(0, 12)), postgres=st.booleans())
@examples(40)
def test_a_fight_that_is_interrupted_rolls_the_same_dice(
    seed: int, kills: set[int], postgres: bool
) -> None:
    undisturbed, interrupted = Player(), Player()
    logs = []
    for player in (undisturbed, interrupted):
        reply = player.does("start", monsters=[{"monster": "snake", "count": 2}], seed=seed)
        shown = list(reply["log"])
        for step in range(12):
            if player is interrupted and step in kills and not reply["over"]:
                _dies(player, postgres=postgres)
            if not reply["over"]:
                reply = player.acts()
                shown += reply["log"]
        logs.append((shown, reply["participants"], player.hp))
    assert logs[0] == logs[1]


def _dies(player: Player, *, postgres: bool) -> None:
    if postgres:
        player.is_saved()
        player.loses_redis()
    else:
        player.restarts()
