"""A session module that crashes its actor on demand, and how a server finds it: by entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import frozen

from gamestate.contract import (
    Effect,
    EffectRoute,
    ModuleSettings,
    MoveTo,
    Route,
    SessionModule,
    Transition,
    TurnContext,
)

CRASHING: Final = "crashing"
ENTRY_POINTS: Final = (
    "[gamestate.modules]\ncrashing = tests.support.modules.crashing:CrashingModule\n"
)
METADATA: Final = "Metadata-Version: 2.1\nName: crashing\nVersion: 1.0\n"
PROJECT: Final = Path(__file__).parents[3]


class BugError(Exception):
    """What a module should never do."""


@frozen
class Count:
    """`crashing.count`: one more."""


@frozen
class Raise:
    """`crashing.raise`: change everything there is to change, then crash."""


@frozen
class Crashed(Effect):
    """Always crashes."""

    target = CRASHING


class CrashingModule(SessionModule):
    """Counts, and crashes."""

    name = CRASHING
    session = int

    def __init__(self, given: ModuleSettings) -> None:
        self.routes = {
            "count": Route(Count, _count, needs_session=False),
            "raise": Route(Raise, _raise, needs_session=False),
        }
        self.effects = {Crashed: EffectRoute(_crash)}


def install(directory: Path) -> str:
    """Put what an installed package would leave behind into `directory`; the PYTHONPATH with which
    another process finds the module."""
    dist_info = directory / "crashing-1.0.dist-info"
    dist_info.mkdir(parents=True)
    (dist_info / "METADATA").write_text(METADATA)
    (dist_info / "entry_points.txt").write_text(ENTRY_POINTS)
    return f"{directory}:{PROJECT}"


def _count(turn: TurnContext, counter: int | None, command: Count) -> Transition:
    counted = (counter or 0) + 1
    return Transition({"counted": counted}, counted)


def _raise(turn: TurnContext, counter: int | None, command: Raise) -> Transition:
    everything = (MoveTo("nowhere"), Crashed())
    return Transition({}, (counter or 0) + 1000, effects=everything)


def _crash(turn: TurnContext, counter: int, effect: Crashed) -> Transition:
    raise BugError("as ordered")
