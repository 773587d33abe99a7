"""A session module of another package, as a game would bring it: its session is one text.

Registered by entry point, stored as one document; it can do everything a handler can: change, read,
refuse, crash, and ask the core for changes in the same turn. Its settings are `derives` and
`keeps`; it derives what its text says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from attrs import frozen

from gamestate.contract import (
    AdjustVitals,
    CharacterCore,
    DocumentSection,
    Effect,
    EffectRoute,
    EnterState,
    Event,
    LearnSkill,
    LeaveState,
    ModuleSettings,
    Parts,
    RefusedError,
    Route,
    Section,
    SessionModule,
    Snapshot,
    Transition,
    TurnContext,
)

NAME = "probe"


class NotNowError(RefusedError):
    """The probe was asked to refuse."""

    code = "not_now"
    text = "the probe was asked to refuse"


class NoProbeError(RefusedError):
    """There is no session."""

    code = "no_probe"
    text = "there is no probe"


@frozen
class Begin:
    """Make a session and enter the state `probe`."""

    text: str


@frozen
class Write:
    """Change the text; `hp` is asked of the core, then `tell`, `refuse` and `crash` are obeyed."""

    text: str
    hp: int = 0
    then: str = ""


@frozen
class Read:
    """Reply the text."""


@frozen
class Teach:
    """Ask the core to learn a skill; then `refuse` is obeyed."""

    skill: str
    level: int
    then: str = ""


@frozen
class Derive:
    """Reply what all modules derive."""


@frozen
class Leave:
    """Leave the state; the session stays."""


@frozen
class End:
    """Drop the session."""


@frozen
class Forget:
    """Return nothing, as a handler without its last line does."""


@frozen
class Refuse(Effect):
    """An effect that is always refused."""

    target = NAME


@frozen
class Crash(Effect):
    """An effect that crashes."""

    target = NAME


class ProbeModule(SessionModule):
    """See gamestate.contract.SessionModule. It stores its sessions itself, in one part `text`."""

    name = NAME

    def __init__(self, *, keeps: bool = True) -> None:
        self._keeps = keeps
        self.routes = {
            "begin": Route(Begin, _begin, needs_session=False),
            "write": Route(Write, _write),
            "read": Route(Read, _read),
            "teach": Route(Teach, _teach, needs_session=False),
            "derive": Route(Derive, _derive, needs_session=False),
            "leave": Route(Leave, _leave),
            "end": Route(End, _end),
            "forget": Route(Forget, _forget, needs_session=False),
        }
        self.effects = {Refuse: EffectRoute(_refuse, False), Crash: EffectRoute(_crash)}

    def keeps(self, session: Any) -> bool:
        """As its setting says."""
        return self._keeps

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """Raises ValueError if it is no text."""
        return _text(fields["text"])

    def save_session(self, session: Any, touched: Collection[str] | None) -> Parts:
        """One part, `text`."""
        return Parts({"text": orjson.dumps(session)})

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """None unless one is stored."""
        return None if snapshot.document is None else _text(snapshot.document.data)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """The whole document."""
        if session is None:
            return DocumentSection(None)
        return DocumentSection(session_id, orjson.dumps(session))


class DerivingProbeModule(ProbeModule):
    """It derives what its text says."""

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """Who says what."""
        return {"said": {"by": core.bio.name, "text": session}}


def probe(given: ModuleSettings) -> ProbeModule:
    """The entry point."""
    settings = dict(given.settings)
    module = DerivingProbeModule if settings.pop("derives", False) else ProbeModule
    return module(**settings)


def _begin(turn: TurnContext, session: str | None, command: Begin) -> Transition:
    effects = (EnterState(NAME),)
    return Transition({"text": command.text}, command.text, ("text",), effects)


def _write(turn: TurnContext, session: str | None, command: Write) -> Transition:
    _required(session)
    asked: dict[str, Effect] = {"refuse": Refuse(), "crash": Crash()}
    then = command.then.split()
    effects = [AdjustVitals({"hp": command.hp}), *(asked[it] for it in then if it != "tell")]
    events = (Event("told", {"text": command.text}),) if "tell" in then else ()
    return Transition({"text": command.text}, command.text, ("text",), effects, events=events)


def _read(turn: TurnContext, session: str | None, command: Read) -> Transition:
    return Transition({"text": _required(session)})


def _teach(turn: TurnContext, session: str | None, command: Teach) -> Transition:
    effects: list[Effect] = [LearnSkill(command.skill, command.level)]
    return Transition({}, effects=[*effects, Refuse()] if command.then else effects)


def _derive(turn: TurnContext, session: str | None, command: Derive) -> Transition:
    return Transition({"derived": turn.derived()})


def _leave(turn: TurnContext, session: str, command: Leave) -> Transition:
    return Transition({}, effects=(LeaveState(NAME),), backup=True)


def _end(turn: TurnContext, session: str, command: End) -> Transition:
    return Transition({}, None, effects=(LeaveState(NAME),), backup=True)


def _forget(turn: TurnContext, session: str | None, command: Forget) -> Transition:
    return None  # type: ignore[return-value]


def _refuse(turn: TurnContext, session: str | None, effect: Refuse) -> Transition:
    raise NotNowError


def _crash(turn: TurnContext, session: str, effect: Crash) -> Transition:
    raise ZeroDivisionError("the probe was asked to crash")


def _required(session: str | None) -> str:
    if session is None:
        raise NoProbeError
    return session


def _text(data: bytes) -> str:
    text = orjson.loads(data)
    if not isinstance(text, str):
        raise ValueError(f"not a text: {text!r}")
    return text
