"""A fight as a client sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gamestate.contract.state import Vital
from gamestate.modules.combat.dto import HERO, PARTY, CombatSessionDTO, Fighter, LogEntry
from gamestate.modules.combat.rules import Rules


class CombatFormatter:
    """Turns sessions into JSON values.

    Args:
        log_kept: how many entries of the log can be asked for.
        log_shown: how many of them one reply shows.
    """

    def __init__(self, rules: Rules, log_kept: int, log_shown: int) -> None:
        self._rules = rules
        self._log_kept = log_kept
        self._log_shown = log_shown

    def latest(self, session: CombatSessionDTO, since: int = 1) -> Sequence[LogEntry]:
        """The last entries of the log from `since` on, as many as one reply shows."""
        first = max(since, session.log_next - min(self._log_shown, self._log_kept))
        return session.log[max(0, first - session.log_from) :]

    def part(self, session: CombatSessionDTO, log_from: int) -> Sequence[LogEntry]:
        """The log from this entry on, or from the first that can be asked for, no more than one
        reply shows."""
        first = max(log_from, session.log_next - self._log_kept)
        at = max(0, first - session.log_from)
        return session.log[at : at + self._log_shown]

    def view(
        self,
        session_id: str,
        session: CombatSessionDTO,
        name: str,
        hp: Vital,
        log: Sequence[LogEntry],
    ) -> dict[str, Any]:
        """The view of the contract, with `log_from` (the number of the first entry shown; of the
        next one there will be, if none is), `deadline_s` (Unix time or null), and at the
        end `xp` and `slain`. `name`, `hp`: the character's. `log`: the entries to show.

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
            "log": list(log),
            "log_from": log[0]["n"] if log else session.log_next,
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
    """The view of a fight whose session was lost."""
    return {
        "session_id": None,
        "round": 0,
        "turn": None,
        "participants": [],
        "log": [],
        "log_from": 1,
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
