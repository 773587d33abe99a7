"""Makes a scenario from the data of its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from gamestate.content.scenarios.checks import problems
from gamestate.content.scenarios.scope import World
from gamestate.content.scenarios.templates import Scenario
from gamestate.structure import StructureError, from_json

VERSION_DIGITS: Final = 16

NOT_WRITTEN: Final = {
    "scenario_id": "is the name of the file and not repeated in it",
    "version": "is computed from the content",
}

NOT_PLAYED: Final = frozenset({"about", "migrations", "names"})


def read_scenario(
    scenario_id: str, facts: object, world: World
) -> tuple[Scenario | None, list[str]]:
    """The scenario, and every problem with it; None if there are any.

    Args:
        facts: what the file says, as plain data.
        world: the catalogue around it.
    """
    if not isinstance(facts, dict):
        return None, ["must be a table of fields"]
    if written := [f"{field}: {why}" for field, why in NOT_WRITTEN.items() if field in facts]:
        return None, written
    named = {"scenario_id": scenario_id, "version": version_of(facts)}
    try:
        scenario = from_json({**facts, **named}, Scenario)
    except StructureError as error:
        return None, error.problems
    found = problems(scenario, world)
    return None if found else scenario, found


def version_of(facts: Mapping[str, Any]) -> str:
    """The digest of all that is played: the same for the same content in another layout."""
    played = {field: fact for field, fact in facts.items() if field not in NOT_PLAYED}
    canonical = json.dumps(played, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_DIGITS]
