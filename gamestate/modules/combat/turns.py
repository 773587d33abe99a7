"""Turns by initiative: how each begins, the actions in it, and how it ends."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from gamestate.contract.effects import DEFEAT, ENDED, FLED, VICTORY
from gamestate.modules.combat.actions import Action, Attack, Defend, Flee, Pass, UseItem
from gamestate.modules.combat.attack import strike
from gamestate.modules.combat.conditions import borne, edge_of_flight, one_turn_later
from gamestate.modules.combat.damage import Hurt, hit_points, wounded
from gamestate.modules.combat.draft import Draft
from gamestate.modules.combat.dto import HERO, MONSTERS, PARTY, Blow, Fighter
from gamestate.modules.combat.policy import Policy, PolicyError, Situation
from gamestate.modules.combat.rolls import D20
from gamestate.modules.combat.rules import AGILITY, Rules

BEFORE_THE_FIRST: Final = -1
"""The turn of a draft before the first turn of the fight."""


class Turns:
    """Plays a draft by the rules. A fight ends at the latest after `max_rounds` rounds."""

    def __init__(self, rules: Rules, policy: Policy, max_rounds: int) -> None:
        self._rules = rules
        self._policy = policy
        self._max_rounds = max_rounds

    def take(self, draft: Draft, fighter_id: str, action: Action) -> None:
        """The fighter, whose turn it is, acts, and its turn ends."""
        self._do(draft, draft.fighter(fighter_id), action)
        self._end_turn(draft, fighter_id)

    def play_on(self, draft: Draft) -> None:
        """Play turns until the character may act or the fight is over."""
        while not self._judged(draft) and self._next_turn(draft):
            fighter_id = draft.order[draft.turn]
            if not draft.fighter(fighter_id).up:
                continue
            if not self._begin_turn(draft, fighter_id):
                self._end_turn(draft, fighter_id)
            elif fighter_id == HERO:
                return
            else:
                self.take(draft, fighter_id, self._decided(draft, fighter_id))

    # ------------------------------------------------------------------ between turns

    def _judged(self, draft: Draft) -> bool:
        """Whether the fight is over, now at the latest."""
        if draft.over:
            return True
        if not draft.standing(PARTY):
            draft.outcome = DEFEAT
        elif not draft.standing(MONSTERS):
            draft.outcome = VICTORY
        return draft.over

    def _next_turn(self, draft: Draft) -> bool:
        """Go to the next turn; False, and an outcome, after the last round."""
        draft.turn += 1
        if draft.turn < len(draft.order):
            return True
        if draft.round >= self._max_rounds:
            draft.turn -= 1
            draft.outcome = ENDED
            return False
        draft.turn = 0
        draft.round += 1
        return True

    def _begin_turn(self, draft: Draft, fighter_id: str) -> bool:
        """The conditions do their damage; whether the fighter can act."""
        fighter = draft.fighter(fighter_id)
        if fighter.defending:
            fighter = draft.put(evolve(fighter, defending=False))
        if not fighter.conditions:
            return True
        conditions = borne(fighter, self._rules.conditions)
        damages = [one.damage for one in conditions if one.damage is not None]
        hurts = [Hurt.of(one, fighter.nature, draft.stream) for one in damages]
        fighter = draft.put(wounded(fighter, hurts))
        disabled = any(one.disables for one in conditions)
        if hurts or disabled:
            self._note_suffering(draft, fighter, hurts, disabled=disabled)
        return fighter.up and not disabled

    def _note_suffering(
        self, draft: Draft, fighter: Fighter, hurts: list[Hurt], *, disabled: bool
    ) -> None:
        draft.note(
            fighter.id,
            "suffer",
            "lost_turn" if disabled else "hurt",
            conditions=_turns_left(fighter),
            damage=[hurt.to_log() for hurt in hurts],
            hp=hit_points(fighter),
        )

    def _end_turn(self, draft: Draft, fighter_id: str) -> None:
        fighter = draft.fighter(fighter_id)
        if not fighter.conditions or not fighter.up:
            return
        left = one_turn_later(fighter.conditions)
        draft.put(evolve(fighter, conditions=left))
        if over := [{"condition": name} for name in fighter.conditions if name not in left]:
            draft.note(fighter_id, "recover", "recovered", conditions=over)

    # ------------------------------------------------------------------ what is done

    def _decided(self, draft: Draft, fighter_id: str) -> Action:
        """The action that the policy chose. Raises: PolicyError: it can't be done."""
        me = draft.fighter(fighter_id)
        enemies = draft.enemies(me)
        allies = tuple(one for one in draft.standing(me.side) if one is not me)
        situation = Situation(draft.round, me, enemies, allies)
        action = self._policy.decide(situation, draft.stream)
        match action:
            case Attack(target=target, blow=blow):
                able = blow is None or blow in me.nature.blows
                if not able or all(enemy.id != target for enemy in enemies):
                    raise PolicyError(f"{me.name} can't do this: {action}")
            case UseItem():
                raise PolicyError(f"{me.name} has no items: {action}")
        return action

    def _do(self, draft: Draft, fighter: Fighter, action: Action) -> None:
        match action:
            case Attack(target=target, blow=None):
                self._attack(draft, fighter, target, fighter.nature.blows)
            case Attack(target=target, blow=Blow() as blow):
                self._attack(draft, fighter, target, (blow,) * fighter.nature.strikes)
            case Defend():
                draft.put(evolve(fighter, defending=True))
                draft.note(fighter.id, "defend", "defending")
            case Flee():
                self._flee(draft, fighter)
            case Pass():
                draft.note(fighter.id, "pass", "passed")
            case UseItem(reply=reply):
                draft.note(fighter.id, "use_item", "used", **reply)

    def _attack(
        self, draft: Draft, fighter: Fighter, target_id: str, blows: tuple[Blow, ...]
    ) -> None:
        """Every blow goes to the target, or when that has fallen to the next enemy."""
        for blow in blows:
            if not draft.fighter(target_id).up:
                enemies = draft.enemies(fighter)
                if not enemies:
                    return
                target_id = enemies[0].id
            strike(draft, self._rules, fighter.id, target_id, blow)

    def _flee(self, draft: Draft, fighter: Fighter) -> None:
        """A check of agility against the swiftest enemy. It fails while a condition holds the
        fighter."""
        known = self._rules.conditions
        held = any(one.holds for one in borne(fighter, known))
        difficulty = self._rules.flight_difficulty(draft.enemies(fighter))
        bonus = fighter.nature.bonus(AGILITY)
        roll = D20.roll(draft.stream, bonus, edge_of_flight(fighter, known))
        away = roll.total >= difficulty and not held
        result = "escaped" if away else "held" if held else "failed"
        draft.note(fighter.id, "flee", result, roll=roll.to_log(difficulty))
        if not away:
            return
        draft.put(evolve(fighter, fled=True))
        if fighter.id == HERO:
            draft.outcome = FLED


def _turns_left(fighter: Fighter) -> list[dict[str, Any]]:
    return [{"condition": name, "turns": left} for name, left in fighter.conditions.items()]
