"""A session module that crashes its actor on demand, and how a server finds it: by entry point."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from attrs import frozen

from gamestate.contract.effects import MoveTo
from gamestate.contract.module import Parts, SessionModule, Snapshot, Storage
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import Effect, EffectRoute, Route, Transition, TurnContext
from persistence.records import DocumentSection, Section

CRASHING: Final = "crashing"
COUNTER: Final = "counter"
ENTRY_POINTS: Final = "[gamestate.modules]\ncrashing = tests.support.crashing:module\n"
METADATA: Final = "Metadata-Version: 2.1\nName: crashing\nVersion: 1.0\n"
PROJECT: Final = Path(__file__).parents[2]


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
    """Nobody survives this."""

    target = CRASHING


class CrashingModule:
    """Counts, and crashes."""

    name = CRASHING
    schema = 1
    storage = Storage.DOCUMENT
    derives = False

    def __init__(self) -> None:
        self.routes: Mapping[str, Route] = {
            "count": Route(Count, _count, needs_session=False),
            "raise": Route(Raise, _raise, needs_session=False),
        }
        self.effects: Mapping[type[Effect], EffectRoute] = {Crashed: EffectRoute(_crash)}

    def keeps(self, session: Any) -> bool:
        """See SessionModule."""
        return True

    def shown(self, session: Any) -> bool:
        """See SessionModule."""
        return True

    def wakes_at(self, session: Any) -> float | None:
        """See SessionModule."""
        return None

    def encode(self, session: Any, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return Parts({COUNTER: orjson.dumps(session)})

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """See SessionModule."""
        return orjson.loads(fields[COUNTER])

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """See SessionModule."""
        return orjson.loads(snapshot.document.data) if snapshot.document is not None else None

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """See SessionModule."""
        if session is None:
            return DocumentSection(None)
        return DocumentSection(session_id, orjson.dumps(session))

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """See SessionModule."""
        return {}


def module(given: ModuleSettings) -> SessionModule:
    """The target of the entry point."""
    return CrashingModule()


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
    return Transition({"counted": counted}, counted, (COUNTER,))


def _raise(turn: TurnContext, counter: int | None, command: Raise) -> Transition:
    everything = (MoveTo("nowhere"), Crashed())
    return Transition({}, (counter or 0) + 1000, (COUNTER,), everything)


def _crash(turn: TurnContext, counter: int, effect: Crashed) -> Transition:
    raise BugError("as ordered")
