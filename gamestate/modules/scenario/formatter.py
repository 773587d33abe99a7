"""A scenario as a client sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from gamestate.modules.scenario.migration import Played
from gamestate.modules.scenario.options import Option

MILLISECONDS: Final = 3


def view(session_id: str, now: Played, shown: Iterable[Option], now_s: float) -> dict[str, Any]:
    """`{"session_id", "scenario", "name", "version", "node", "text", "choices", "variables",
    "over", "ending", "fighting", "timer": {"remaining_s"} or null, "changed"}`.

    `changed`: the scenario was changed and has no migration from the session's version: the session
    can only be viewed and abandoned, and `name` is null.
    """
    session, scenario = now.session, now.scenario
    return {
        "session_id": session_id,
        "scenario": session.scenario,
        "name": None if scenario is None else scenario.name,
        "version": session.version,
        "node": session.node,
        "text": session.text,
        "choices": [_choice(option) for option in shown],
        "variables": dict(session.variables),
        "over": session.over,
        "ending": session.ending,
        "fighting": session.fighting,
        "timer": _timer(session.deadline_s, now_s),
        "changed": scenario is None,
    }


def _choice(option: Option) -> dict[str, Any]:
    shown = {"id": option.choice.id, "text": option.text, "available": option.available}
    return shown if option.why is None else {**shown, "why": option.why}


def _timer(deadline_s: float | None, now_s: float) -> dict[str, float] | None:
    if deadline_s is None:
        return None
    return {"remaining_s": round(max(0.0, deadline_s - now_s), MILLISECONDS)}
