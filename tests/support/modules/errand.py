"""A session module of another package with what the probe has not: an end that is kept as history,
a deadline, and changes it asks of others before it goes on.

What the module does when it is woken is in the text of its session: `crash`, `refuse`, `ignore`,
`insist` (on its deadline), `derive`; any other text only counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from attrs import asdict, evolve, frozen

from gamestate.contract import (
    DocumentSection,
    Effect,
    EffectRoute,
    EnterState,
    GrantItems,
    LeaveState,
    ModuleSettings,
    RefusedError,
    Route,
    Section,
    SessionModule,
    TakeItems,
    Transition,
    TurnContext,
)
from tests.support.modules.probe import Refuse

NAME = "errand"


@frozen
class ErrandDTO:
    """`woken`: how often. `due_s`: when it wants to be woken."""

    text: str
    due_s: float | None = None
    over: bool = False
    woken: int = 0


class NoErrandError(RefusedError):
    """There is none that goes on."""

    code = "no_errand"


@frozen
class Begin:
    """Make a session and enter the state; another takes its place if there is one."""

    text: str
    due_in_s: float | None = None


@frozen
class PutOff:
    """Another deadline."""

    due_in_s: float | None = None


@frozen
class Finish:
    """It is over."""


@frozen
class Read:
    """Reply what there is, also if it is over."""


@frozen
class Trade:
    """Take some items and give some; then `refuse` is obeyed."""

    take: str
    give: str
    quantity: int = 1
    then: str = ""


@frozen
class Boast:
    """Ask something of oneself."""


@frozen
class Wake:
    """The time has come."""


@frozen
class Leave:
    """The character is being logged out."""


@frozen
class Replaced(Effect):
    """Another session appears where one was."""

    target = NAME
    session: ErrandDTO


@frozen
class Praised(Effect):
    """The text changes."""

    target = NAME
    text: str


class ErrandModule(SessionModule):
    """See gamestate.contract.SessionModule, which stores its sessions in Redis."""

    name = NAME
    session = ErrandDTO

    def __init__(self) -> None:
        self.routes = {
            "begin": Route(Begin, _begin),
            "put_off": Route(PutOff, _put_off),
            "finish": Route(Finish, _finish),
            "read": Route(Read, _read),
            "trade": Route(Trade, _trade),
            "boast": Route(Boast, _boast),
            "wake": Route(Wake, _wake, internal=True),
            "leave": Route(Leave, _leave, internal=True),
        }
        self.effects = {Replaced: EffectRoute(_replaced), Praised: EffectRoute(_praised)}

    def keeps(self, session: ErrandDTO) -> bool:
        """Until it is over."""
        return not session.over

    def shown(self, session: ErrandDTO) -> bool:
        """Until it is over."""
        return not session.over

    def wakes_at(self, session: ErrandDTO) -> float | None:
        """As it says."""
        return session.due_s

    def backup_session(
        self, session_id: str, session: ErrandDTO | None, touched: Collection[str] | None
    ) -> Section:
        """The whole document; every time it was woken is in the log."""
        if session is None:
            return DocumentSection(None)
        log = [(n, b"%d" % n) for n in range(1, session.woken + 1)]
        document = orjson.dumps(asdict(session))
        return DocumentSection(session_id, document, live=not session.over, appended=log)


def errand(given: ModuleSettings) -> ErrandModule:
    """The entry point."""
    return ErrandModule()


def _begin(turn: TurnContext, session: ErrandDTO | None, command: Begin) -> Transition:
    begun = ErrandDTO(command.text, _due_s(turn, command.due_in_s))
    if session is None:
        return Transition({}, begun, effects=(EnterState(NAME),))
    return Transition({}, None, (), (Replaced(begun), EnterState(NAME)))


def _replaced(turn: TurnContext, session: None, effect: Replaced) -> Transition:
    return Transition({}, effect.session)


def _put_off(turn: TurnContext, session: ErrandDTO | None, command: PutOff) -> Transition:
    return _changed(evolve(_running(session), due_s=_due_s(turn, command.due_in_s)))


def _finish(turn: TurnContext, session: ErrandDTO | None, command: Finish) -> Transition:
    over = evolve(_running(session), due_s=None, over=True)
    return Transition({}, over, effects=(LeaveState(NAME),), backup=True)


def _read(turn: TurnContext, session: ErrandDTO | None, command: Read) -> Transition:
    if session is None:
        raise NoErrandError("there is none")
    return Transition(asdict(session))


def _trade(turn: TurnContext, session: ErrandDTO | None, command: Trade) -> Transition:
    before = turn.items(command.take)
    taken = turn.perform(TakeItems(command.take, command.quantity))
    given = turn.perform(GrantItems(command.give, command.quantity))
    reply = {
        "had": before,
        "has": turn.items(command.take),
        "taken": taken["taken"],
        "given": given["granted"],
        "version": turn.state.version,
    }
    effects = (Refuse(),) if command.then == "refuse" else ()
    return Transition(reply, evolve(_running(session), text="traded"), effects=effects)


def _boast(turn: TurnContext, session: ErrandDTO | None, command: Boast) -> Transition:
    turn.perform(Praised("how clever"))
    return Transition()


def _praised(turn: TurnContext, session: ErrandDTO | None, effect: Praised) -> Transition:
    return _changed(evolve(_running(session), text=effect.text), {"praised": effect.text})


def _wake(turn: TurnContext, session: ErrandDTO | None, command: Wake) -> Transition:
    errand = _running(session)
    if errand.text == "crash":
        raise ZeroDivisionError("as ordered")
    if errand.text == "refuse":
        raise NoErrandError("as ordered")
    if errand.text == "ignore":
        return Transition()
    if errand.text == "insist":
        return _changed(evolve(errand, woken=errand.woken + 1))
    if errand.text == "derive":
        turn.derived()
    return _changed(evolve(errand, due_s=None, woken=errand.woken + 1))


def _leave(turn: TurnContext, session: ErrandDTO | None, command: Leave) -> Transition:
    errand = _running(session)
    if errand.text == "refuse":
        raise NoErrandError("as ordered")
    if errand.text == "derive":  # needs the inventory's session, which is not loaded
        return _changed(evolve(errand, text=f"armor {turn.derived()['armor_class']}"))
    return Transition()


def _running(session: ErrandDTO | None) -> ErrandDTO:
    if session is None or session.over:
        raise NoErrandError("there is none that goes on")
    return session


def _due_s(turn: TurnContext, in_s: float | None) -> float | None:
    return None if in_s is None else turn.now_s + in_s


def _changed(session: ErrandDTO, reply: Mapping[str, Any] | None = None) -> Transition:
    return Transition(reply or {}, session)
