"""A refusal of the server as one line for a player."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gamestate.client import RequestRefusedError
from gamestate.play.wording import listed

BETTER: Final[Mapping[str, str]] = {
    "dead": "You have no hit points left. Rest first.",
    "no_fight": "You are in no fight.",
    "in_combat": "Not in a fight: win it, or flee.",
    "no_scenario": "You are in no scenario. Type scenarios to see which there are.",
    "internal": "The server failed at this, and wrote down why.",
}
"""By code: texts that say more to a player than the server's."""


def refusal(error: RequestRefusedError) -> str:
    """The line."""
    problem = error.problem
    if error.code in ("target_dead", "no_target"):
        return f"That one is not in the fight any more.{_left(problem)}"
    return BETTER.get(error.code) or _sentence(str(error).removeprefix("payload."))


def _left(problem: Mapping[str, Any]) -> str:
    names = [str(one["name"]) for one in problem.get("living", ())]
    return f" Still there: {listed(names)}." if names else ""


def _sentence(detail: str) -> str:
    end = "" if detail.endswith((".", "!", "?", '"')) else "."
    return f"{detail[:1].upper()}{detail[1:]}{end}"
