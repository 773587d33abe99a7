"""A fight as a client sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gamestate.modules.combat.dto import HERO, PARTY, CombatSessionDTO, Fighter
from gamestate.modules.combat.rules import Rules
from gamestate.state import Vital


class CombatFormatter:
    """Turns sessions into JSON values. `log_kept`: how many entries of the log are shown."""

    def __init__(self, rules: Rules, log_kept: int) -> None:
        self._rules = rules
        self._log_kept = log_kept

    def view(
        self, session_id: str, session: CombatSessionDTO, name: str, hp: Vital
    ) -> dict[str, Any]:
        """The view of the contract, with `deadline_s` (seconds since 1970 or null), and at the end
        `xp` and `slain`. `name`, `hp`: the character's.

        `participants` are in the order of their turns; their `conditions` are names to turns left.
        What it shows depends on the fight alone, not on what the stores have of it.
        """
        shown = {HERO: _hero(session, name, hp)} | {
            one.id: _monster(one) for one in session.monsters
        }
        return {
            "session_id": session_id,
            "round": session.round,
            "turn": session.order[session.turn],
            "participants": [shown[one] for one in session.order],
            "log": list(session.log[-self._log_kept :]),
            "deadline_s": session.deadline_s,
            **self.result(session),
        }

    def result(self, session: CombatSessionDTO) -> dict[str, Any]:
        """`{"over", "outcome"}`, and at the end `"xp"`, `"slain": [{"monster", "count"}, …]`."""
        if session.outcome is None:
            return {"over": False, "outcome": None}
        spoils = self._rules.spoils(session.monsters, session.outcome)
        return {
            "over": True,
            "outcome": session.outcome,
            "xp": spoils.xp,
            "slain": _counted(spoils.slain.items()),
        }


def nothing(outcome: str) -> dict[str, Any]:
    """The view where there is nothing to see: a fight that was lost."""
    return {
        "session_id": None,
        "round": 0,
        "turn": None,
        "participants": [],
        "log": [],
        "deadline_s": None,
        "over": True,
        "outcome": outcome,
        "xp": 0,
        "slain": [],
    }


def _counted(slain: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"monster": monster, "count": count} for monster, count in slain]


def _hero(session: CombatSessionDTO, name: str, hp: Vital) -> dict[str, Any]:
    hero = session.hero
    return {
        "id": HERO,
        "name": name,
        "side": PARTY,
        "hp": dict(hp),
        "conditions": dict(hero.conditions),
        "defending": hero.defending,
    }


def _monster(monster: Fighter) -> dict[str, Any]:
    return {
        "id": monster.id,
        "name": monster.name,
        "side": monster.side,
        "hp": {"cur": monster.hp, "max": monster.nature.max_hp},
        "conditions": dict(monster.conditions),
        "defending": monster.defending,
        "monster": monster.nature.template_id,
        "fled": monster.fled,
    }
