"""A session module that starts and ends fights and does nothing else: what the inventory may know
of a fight is the character's state."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from gamestate.contract import (
    EnterState,
    LeaveState,
    ModuleSettings,
    Route,
    SessionModule,
    Transition,
    TurnContext,
)

NAME: Final = "brawl"
COMBAT: Final = "combat"


@frozen
class Begin:
    """`brawl.begin`: be in a fight."""


@frozen
class End:
    """`brawl.end`: be in none."""


class BrawlModule(SessionModule):
    """It has no session, only two commands."""

    name = NAME

    def __init__(self, given: ModuleSettings) -> None:
        self.routes = {
            "begin": Route(Begin, _begin, needs_session=False),
            "end": Route(End, _end, needs_session=False),
        }


def _begin(turn: TurnContext, session: None, command: Begin) -> Transition:
    return Transition({}, effects=(EnterState(COMBAT),))


def _end(turn: TurnContext, session: None, command: End) -> Transition:
    return Transition({}, effects=(LeaveState(COMBAT),))
