"""A session module that starts and ends fights and does nothing else: what the inventory may know
of a fight is the character's state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from attrs import frozen

from gamestate.contract.effects import EnterState, LeaveState
from gamestate.contract.module import Parts, SessionModule, Snapshot, Storage
from gamestate.contract.turn import Effect, EffectRoute, Route, Transition, TurnContext
from persistence.records import DocumentSection, Section

NAME: Final = "brawl"
COMBAT: Final = "combat"


@frozen
class Begin:
    """`brawl.begin`: be in a fight."""


@frozen
class End:
    """`brawl.end`: be in none."""


class BrawlModule:
    """See gamestate.contract.module.SessionModule: it has no session, only two commands."""

    name = NAME
    schema = 1
    storage = Storage.DOCUMENT
    derives = False
    routes: Mapping[str, Route]
    effects: Mapping[type[Effect], EffectRoute]

    def __init__(self) -> None:
        self.routes = {
            "begin": Route(Begin, _begin, needs_session=False),
            "end": Route(End, _end, needs_session=False),
        }
        self.effects = {}

    def derived(self, session: Any, core: Any, now_s: float) -> Mapping[str, Any]:
        """Nothing."""
        return {}

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
        """No parts."""
        return Parts({})

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """Raises ValueError: there never is a session."""
        raise ValueError("a brawl has no session")

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """None."""
        return None

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """No document."""
        return DocumentSection(None)


def brawl(_: Any) -> SessionModule:
    """The module's factory."""
    return BrawlModule()


def _begin(turn: TurnContext, session: None, command: Begin) -> Transition:
    return Transition({}, effects=(EnterState(COMBAT),))


def _end(turn: TurnContext, session: None, command: End) -> Transition:
    return Transition({}, effects=(LeaveState(COMBAT),))
